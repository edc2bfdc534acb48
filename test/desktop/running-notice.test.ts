import { expect, test } from 'vitest'
import { Running } from '../../electron/contract/finding.ts'
import type { State } from '../../electron/contract/operator.ts'
import type { Host } from '../../electron/desktop/host.ts'
import { runningNotice } from '../../electron/desktop/running-notice.ts'

interface Shown {
  title: string
  body: string
  click: () => void
}

function desk(): { shown: Shown[]; host: Host } {
  const shown: Shown[] = []
  class Notification {
    static isSupported = (): boolean => true
    readonly #one: Shown
    constructor({ title, body }: { title: string; body: string }) {
      this.#one = { title, body, click: () => {} }
    }
    on(_event: 'click', listener: () => void): void {
      this.#one.click = listener
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
  const take = runningNotice(host, () => opened.push('console'))
  take(stateOf(agent(1, 'bot', ['unauthorized-agent']), agent(2, 'fine', [])))
  take(stateOf(agent(1, 'bot', ['unauthorized-agent'])))
  expect(shown.map(({ title, body }) => [title, body])).toEqual([['bot runs, and nobody authorised it', 'bot in /w/bot']])
  shown[0]!.click()
  expect(opened).toEqual(['console'])
  take(stateOf(agent(3, 'a', ['unauthorized-agent']), agent(4, 'b', ['unauthorized-agent']), agent(5, 'c', ['bypass'])))
  expect(shown.at(-1)).toMatchObject({ title: '2 agents run that nobody authorised', body: 'a in /w/a\nb in /w/b' })
})
