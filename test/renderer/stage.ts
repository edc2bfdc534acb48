import { join } from 'node:path'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import type { Channel } from '../../electron/contract/channel.ts'
import { serveOperator, type ServedWindow } from '../../electron/contract/operator-server.ts'
import type { Operator, Role, State } from '../../electron/contract/operator.ts'
import type { TimelineEvent } from '../../electron/contract/event.ts'
import type { Answer, AnswerOutcome } from '../../electron/contract/request.ts'
import { SECURITY_HEADERS } from '../../electron/headless/headers.ts'
import { serveHeadless, type HeadlessBroker } from '../../electron/headless/serve.ts'
import { readManifest } from '../../electron/headless/static-files.ts'

export const builtRenderer = join(import.meta.dirname, '../../out/renderer')

/** The operator's side of a broker, with a state that a test sets and a record of what windows asked for. */
export class Stage implements HeadlessBroker {
  state: State
  events: TimelineEvent[] = []
  readonly answers: Answer[] = []
  readonly calls: string[] = []
  readonly notes: string[] = []
  plan: Awaited<ReturnType<Operator['planConnection']>> = { problem: 'Nothing to plan.' }
  containedPlan: Awaited<ReturnType<Operator['planContained']>> = { problem: 'Nothing to plan.' }
  started: Awaited<ReturnType<Operator['startContained']>> = { started: 'xterm in /home/ada' }
  response: Awaited<ReturnType<Operator['respondToAgent']>> = { done: true }
  agentPids = new Set<number>()
  peerPid: number | undefined
  /** Decides what becomes of an answer; by default as a broker does. */
  outcome: (answer: Answer) => AnswerOutcome | Promise<AnswerOutcome> = (answer) => this.#apply(answer)
  readonly #windows = new Set<ServedWindow>()
  readonly #channels = new Set<Channel>()

  constructor(state: State) {
    this.state = state
  }

  readonly peers = {
    processOfTcpPeer: (): number | undefined => this.peerPid,
    descendsFromAgent: (pid: number): boolean => this.agentPids.has(pid),
  }

  noteOperator(change: string, message: string): void {
    this.notes.push(`${change}: ${message}`)
  }

  attach(channel: Channel, roles: readonly Role[]): void {
    const window = serveOperator(channel, roles, this.#operator)
    this.#windows.add(window)
    this.#channels.add(channel)
    channel.onClose(() => {
      this.#windows.delete(window)
      this.#channels.delete(channel)
    })
  }

  /** Changes the state and tells every window. */
  set(change: Partial<State>): void {
    this.state = { ...this.state, ...change, now: Date.now() }
    for (const window of this.#windows) window.emit('state', this.state)
  }

  record(event: TimelineEvent): void {
    this.events.unshift(event)
    for (const window of this.#windows) window.emit('timeline', event)
  }

  /** Ends every channel, as a broker that dies does. */
  vanish(): void {
    for (const channel of this.#channels) channel.close()
  }

  #apply(answer: Answer): AnswerOutcome {
    const request = this.state.requests.find(({ id }) => id === answer.id)
    if (!request) return { outcome: 'refused', reason: 'no-such-request', message: 'This request is no longer waiting.' }
    if (request.digest !== answer.digest)
      return { outcome: 'refused', reason: 'changed', message: 'This request has changed. Read it again.' }
    queueMicrotask(() => this.set({ requests: this.state.requests.filter(({ id }) => id !== answer.id) }))
    return { outcome: 'applied' }
  }

  readonly #operator: Operator = {
    state: () => ({ ...this.state, now: Date.now() }),
    answer: (answer) => {
      this.answers.push(answer)
      return this.outcome(answer)
    },
    timeline: ({ before = Infinity, limit }) => this.events.filter(({ seq }) => seq < before).slice(0, limit),
    verifyJournal: () => {
      this.calls.push('verify')
      return { rows: this.state.journal.rows }
    },
    revokeGrant: ({ id }) => {
      this.set({ grants: this.state.grants.filter((grant) => grant.id !== id) })
      return { done: true }
    },
    planConnection: () => this.plan,
    respondToAgent: ({ pid, action, confirmed }) => {
      this.calls.push(`${action} ${pid}${confirmed ? ' confirmed' : ''}`)
      return this.response
    },
    restartContained: ({ pid, policy, confirmed }) => {
      if (!confirmed) return { asks: `End process ${pid} and start it anew, contained?` }
      this.calls.push(`restart ${pid}${policy === undefined ? '' : ` under ${policy}`}`)
      return { started: 'xterm in /home/ada/work' }
    },
    planRegistration: ({ pid, as, policy }) => ({ file: '/home/ada/.config/paddock/agents.yaml', adds: `${as === 'authorized' ? 'agents' : 'ignore'}: # ${pid}${policy === undefined ? '' : ` under ${policy}`}` }),
    applyRegistration: ({ pid, as }) => {
      this.calls.push(`${as} ${pid}`)
      return { done: true }
    },
    applyConnection: ({ agent, change, digest }) => {
      this.calls.push(`${change} ${agent} ${digest}`)
      return { done: true }
    },
    planContained: () => this.containedPlan,
    startContained: ({ agent, folder }) => {
      this.calls.push(`start ${agent} in ${folder}`)
      return this.started
    },
    respondToSession: ({ session, action }) => {
      this.calls.push(`${action} ${session}`)
      this.set({ sessions: this.state.sessions.map((one) => (one.session === session ? { ...one, ...(action === 'end' ? { halt: one.halt && { ...one.halt, state: 'ended' } } : { halt: undefined, response: 'none', score: 0 }) } : one)) })
      return { done: true }
    },
    endContained: ({ session }) => {
      this.calls.push(`end ${session}`)
      this.set({ contained: this.state.contained.filter((one) => one.session !== session) })
      return { done: true }
    },
  }
}

export interface OpenPage {
  page: Page
  /** What the page's content security policy blocked, and what it threw. */
  complaints: string[]
  close: () => Promise<void>
}

export interface PageOptions extends BrowserContextOptions {
  /** Gives the page a clock that stands still and that `page.clock` moves. It starts at this time. */
  clock?: Date
}

/** A real browser at the real headless server, signed in with the code that was announced. */
export async function openHeadless(browser: Browser, stage: Stage, options: PageOptions = {}): Promise<OpenPage> {
  const lines: string[] = []
  const served = await serveHeadless(stage, { renderer: builtRenderer, announce: (line) => lines.push(line) })
  if (!served.ok) throw new Error(served.error)
  const { page, complaints } = await newPage(browser, options)
  await page.goto(announcedAddress(lines[0]!))
  await page.getByRole('navigation').or(page.getByRole('alertdialog')).first().waitFor()
  return {
    page,
    complaints,
    close: async () => {
      await page.context().close()
      await served.value.close()
    },
  }
}

export function announcedAddress(line: string): string {
  return /http:\S+/.exec(line)![0]
}

/** A page of the desktop with the headers and the bridge that the desktop gives it. */
export async function openWindow(
  browser: Browser,
  stage: Stage,
  name: 'prompt' | 'console',
  options: PageOptions = {},
): Promise<OpenPage> {
  const { page, complaints } = await newPage(browser, options)
  const manifest = readManifest(builtRenderer, `${name}.html`)
  if (!manifest.ok) throw new Error(manifest.error)
  await page.route('**/*', (route) => {
    const file = manifest.value.get(new URL(route.request().url()).pathname)
    if (!file) return route.abort()
    return route.fulfill({ body: file.body, headers: { ...SECURITY_HEADERS, 'content-type': file.type } })
  })

  const listeners: ((message: unknown) => void)[] = []
  const closes: (() => void)[] = []
  const push = (script: string, value?: unknown): void => void page.evaluate(`window.${script}(${JSON.stringify(value)})`).catch(() => {})
  await page.exposeFunction('toBroker', (message: unknown) => listeners.forEach((listener) => listener(message)))
  await page.addInitScript(() => {
    const received: ((message: unknown) => void)[] = []
    const closed: (() => void)[] = []
    const scope = window as unknown as Record<string, unknown>
    scope['fromBroker'] = (message: unknown) => received.forEach((listener) => listener(message))
    scope['brokerGone'] = () => closed.forEach((listener) => listener())
    scope['paddock'] = {
      send: scope['toBroker'],
      onMessage: (listener: (message: unknown) => void) => received.push(listener),
      onClose: (listener: () => void) => closed.push(listener),
    }
  })
  stage.attach(
    {
      send: (message) => push('fromBroker', message),
      onMessage: (listener) => listeners.push(listener),
      onClose: (listener) => closes.push(listener),
      close: () => push('brokerGone'),
    },
    [name],
  )
  await page.goto(`https://${name}.test/`)
  await page.getByRole('main').waitFor()
  return { page, complaints, close: () => page.context().close() }
}

async function newPage(browser: Browser, { clock, ...options }: PageOptions): Promise<{ page: Page; complaints: string[] }> {
  const context = await browser.newContext(options)
  const page = await context.newPage()
  const complaints: string[] = []
  page.on('pageerror', (error) => complaints.push(error.message))
  page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()))
  await page.exposeFunction('complain', (text: string) => complaints.push(text))
  await page.addInitScript(() =>
    document.addEventListener('securitypolicyviolation', (event) => {
      const { complain } = window as unknown as { complain: (text: string) => void }
      complain(`${event.violatedDirective}: ${event.blockedURI} ${event.sample}`)
    }),
  )
  if (clock) {
    await page.clock.install({ time: clock })
    await page.clock.pauseAt(clock)
  }
  return { page, complaints }
}
