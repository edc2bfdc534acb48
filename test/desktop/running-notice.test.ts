import { expect, test } from 'vitest'
import { Running } from '../../electron/contract/finding.ts'
import type { State } from '../../electron/contract/operator.ts'
import type { Host } from '../../electron/desktop/host.ts'
import { runningNotice } from '../../electron/desktop/running-notice.ts'

interface Shown {
  title: string
  body: string
  click: () => void
  choices: string[]
  choose: (details: { actionIndex: number }) => void
}

function desk(): { shown: Shown[]; host: Host } {
  const shown: Shown[] = []
  class Notification {
    static isSupported = (): boolean => true
    readonly #one: Shown
    constructor({ title, body, actions = [] }: { title: string; body: string; actions?: { text: string }[] }) {
      this.#one = { title, body, click: () => {}, choices: actions.map(({ text }) => text), choose: () => {} }
    }
    on(event: 'click' | 'action', listener: () => void): void {
      if (event === 'click') this.#one.click = listener
      else this.#one.choose = listener
    }
    show(): void {
      shown.push(this.#one)
    }
  }
  return { shown, host: { Notification } as unknown as Host }
}

const agent = (pid: number, name: string, kinds: string[]): object => ({
  pid,
  startedAt: 1,
  agent: 'custom',
  name,
  confidence: 0.9,
  evidence: [],
  authorized: kinds.length === 0,
  level: 'observed',
  connections: [],
  credentials: [],
  program: '/bin/x', command: ['x'], folder: `/w/${name}`, user: 'ada', processes: [pid], bypass: [],
  paused: false,
  findings: kinds.map((kind) => ({ id: `${kind}${pid}`, kind, severity: 'high', message: 'm', advice: 'a' })),
})
const stateOf = (...agents: object[]): State => ({ running: Running.parse({ agents, servers: [], findings: [], gaps: [] }) }) as unknown as State

test('an agent that nobody authorised is announced once, and a click opens where something can be done', () => {
  const { shown, host } = desk()
  const opened: string[] = []
  const take = runningNotice(host, { open: () => opened.push('console'), respond: () => {} })
  take(stateOf(agent(1, 'bot', ['unauthorized-agent']), agent(2, 'fine', [])))
  take(stateOf(agent(1, 'bot', ['unauthorized-agent'])))
  expect(shown.map(({ title, body }) => [title, body])).toEqual([['bot runs, and nobody authorised it', 'bot in /w/bot']])
  shown[0]!.click()
  expect(opened).toEqual(['console'])
  take(stateOf(agent(3, 'a', ['unauthorized-agent']), agent(4, 'b', ['unauthorized-agent']), agent(5, 'c', ['bypass'])))
  expect(shown.at(-1)).toMatchObject({ title: '2 agents run that nobody authorised', body: 'a in /w/a\nb in /w/b' })
})

test('it offers what can be done: a pause at once, everything else where it is shown first', () => {
  const { shown, host } = desk()
  const done: string[] = []
  const take = runningNotice(host, { open: () => done.push('console'), respond: ({ pid }, action) => done.push(`${action} ${pid}`) })
  take(stateOf(agent(1, 'bot', ['unauthorized-agent'])))
  const [{ choices, choose }] = shown as [Shown]
  expect(choices).toEqual(['Pause', 'Authorise…', 'Restart contained…', 'End…', 'Ignore here…'])
  for (const actionIndex of choices.keys()) choose({ actionIndex })
  expect(done).toEqual(['pause 1', 'console', 'console', 'console', 'console'])
  // Of several a button could not say which it means.
  take(stateOf(agent(2, 'a', ['unauthorized-agent']), agent(3, 'b', ['unauthorized-agent'])))
  expect(shown.at(-1)!.choices).toEqual([])
})
