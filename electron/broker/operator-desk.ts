import type { Connector } from '../connectors/connector.ts'
import type { Channel } from '../contract/channel.ts'
import { serveOperator, type ServedWindow } from '../contract/operator-server.ts'
import type { Operator, ParsedInput, Role, State } from '../contract/operator.ts'
import type { Canaries } from './canaries.ts'
import type { ContainedRuns } from './contained-runs.ts'
import type { ContainedStart } from './contained-start.ts'
import type { Grants } from './grants.ts'
import type { PolicyStore } from './policy-store.ts'
import type { Recorder } from './recorder.ts'
import type { Requests } from './requests.ts'
import type { RunningAgents } from './running-agents.ts'
import type { MonitorKnowledgeStore } from './monitor-knowledge-store.ts'
import { deniedByEnd } from './denial.ts'
import type { SessionOrder } from './session-orders.ts'
import type { Watch } from './watch.ts'

export interface OperatorDeskOptions {
  version: string
  connectors: readonly Connector[]
  policies: PolicyStore
  grants: Grants
  requests: Requests
  record: Recorder
  watch: Watch
  knowledge: MonitorKnowledgeStore
  agents: RunningAgents
  canaries: Canaries
  contained: ContainedRuns
  starts: ContainedStart
}

/** How often the agents' settings are looked at while a window is open, in milliseconds: others change them too. */
const LOOK_AGAIN = 2000

interface Window {
  served: ServedWindow
  roles: readonly Role[]
}

/** Where the operator's windows are served: what they ask for, and what they are told unasked. */
export class OperatorDesk {
  readonly #options: OperatorDeskOptions
  readonly #windows = new Map<Channel, Window>()
  #pushing: NodeJS.Immediate | undefined
  #looking: NodeJS.Timeout | undefined
  /** The connections as windows know them, to tell when they changed. */
  #shown = ''

  constructor(options: OperatorDeskOptions) {
    this.#options = options
    options.record.onEvent((event) => {
      for (const { served, roles } of this.#windows.values()) if (roles.includes('console')) served.emit('timeline', event)
    })
  }

  /** How many windows can answer requests. */
  get operators(): number {
    return [...this.#windows.values()].filter(({ roles }) => roles.includes('prompt')).length
  }

  attach(channel: Channel, roles: readonly Role[]): void {
    const served = serveOperator(channel, roles, this.#operator)
    this.#windows.set(channel, { served, roles })
    this.#looking ??= setInterval(() => this.#look(), LOOK_AGAIN).unref()
    channel.onClose(() => this.#detach(channel))
  }

  /** Tells every window the new state, once for all changes of this turn. */
  changed(): void {
    if (this.#windows.size === 0) return
    this.#pushing ??= setImmediate(() => {
      this.#pushing = undefined
      const state = this.#state()
      for (const { served } of this.#windows.values()) served.emit('state', state)
    })
  }

  close(): void {
    clearImmediate(this.#pushing)
    clearInterval(this.#looking)
    for (const channel of this.#windows.keys()) channel.close()
  }

  /** What the operator has ordered on the command line; that it can't be done is on record. */
  async order({ session, action }: SessionOrder): Promise<void> {
    const { record, watch } = this.#options
    const [name, ...others] = watch.named(session)
    const done = name === undefined || others.length > 0 ? { done: false as const, message: `${others.length > 0 ? 'Several paused sessions begin' : 'No paused session begins'} with "${session}".` } : await this.#respondToSession({ ...name, action })
    if (!done.done) record.add({ kind: 'operator', change: 'refused', message: `${action} of a session: ${done.message}` })
  }

  readonly #operator: Operator = {
    state: () => this.#state(),
    answer: (answer) => this.#options.requests.answer(answer),
    timeline: (page) => this.#options.record.page(page.before === undefined ? { limit: page.limit } : { before: page.before, limit: page.limit }),
    verifyJournal: () => this.#options.record.verify(),
    revokeGrant: ({ id }) => this.#revoke(id),
    planConnection: ({ agent, change }) => {
      const plan = this.#connector(agent)?.plan(change)
      if (!plan) return { problem: noConnector(agent) }
      return plan.ok ? { plan: plan.value } : { problem: plan.error }
    },
    applyConnection: (input) => this.#applyConnection(input),
    planContained: ({ agent }) => {
      const plan = this.#options.starts.plan(agent)
      return plan.ok ? { plan: plan.value } : { problem: plan.error }
    },
    startContained: async ({ agent, folder }) => {
      const started = await this.#options.starts.start(agent, folder)
      return started.ok ? { started: started.value } : { problem: started.error }
    },
    endContained: async ({ session }) => {
      const ended = await this.#options.contained.end(session)
      return ended.ok ? { done: true } : { done: false, message: ended.error }
    },
    respondToSession: (target) => this.#respondToSession(target),
    respondToAgent: (target) => {
      const done = this.#options.agents.respond(target)
      return done.ok ? { done: true } : { done: false, message: done.error.message, asks: [...done.error.asks] }
    },
    restartContained: async (target) => {
      const done = await this.#options.agents.restart(target, this.#options.starts)
      if (!done.ok) return { problem: done.error }
      return done.value
    },
    planRegistration: (registration) => {
      const planned = this.#options.agents.plan(registration)
      return planned.ok ? { file: planned.value.file, adds: planned.value.adds } : { problem: planned.error }
    },
    applyRegistration: (registration) => {
      const done = this.#options.agents.register(registration)
      return done.ok ? { done: true } : { done: false, message: done.error }
    },
  }

  #detach(channel: Channel): void {
    this.#windows.delete(channel)
    if (this.#windows.size > 0) return
    clearInterval(this.#looking)
    this.#looking = undefined
  }

  #look(): void {
    const now = JSON.stringify(this.#options.connectors.map((connector) => connector.inspect()))
    if (now === this.#shown) return
    this.#options.canaries.look()
    this.changed()
  }

  #state(): State {
    const { version, connectors, policies, grants, requests, record, watch, knowledge, agents, contained } = this.#options
    const { revision, files, errors } = policies.inForce
    const inspected = connectors.map((connector) => connector.inspect())
    this.#shown = JSON.stringify(inspected)
    const connections = inspected.map((connection) => this.#options.canaries.proven(connection))
    return {
      version,
      now: Date.now(),
      requests: requests.list(),
      grants: grants.list(),
      connections,
      sessions: watch.list(),
      contained: contained.list(),
      running: agents.running,
      monitor: { problems: [...knowledge.problems] },
      policy: { revision, files: [...files], errors: [...errors] },
      journal: record.state,
    }
  }

  /** Resumes or ends a paused session; a contained run is ended with everything that it started. */
  async #respondToSession({ action, ...name }: ParsedInput<'respondToSession'>): Promise<{ done: true } | { done: false; message: string }> {
    const { watch, requests, contained } = this.#options
    if (action === 'resume') {
      const resumed = watch.resume(name)
      if (!resumed.ok) return { done: false, message: resumed.error }
      requests.resumed(name)
      return { done: true }
    }
    const ended = watch.end(name)
    if (!ended.ok) return { done: false, message: ended.error }
    requests.ended(name, deniedByEnd(ended.value))
    if (!contained.list().some(({ session }) => session === name.session)) return { done: true }
    const gone = await contained.end(name.session)
    return gone.ok ? { done: true } : { done: false, message: gone.error }
  }

  #revoke(id: string): { done: true } | { done: false; message: string } {
    const { grants, record, requests } = this.#options
    const grant = grants.revoke(id)
    if (!grant) return { done: false, message: 'This grant is not in force any more.' }
    const { agent, session, rules } = grant
    const noted = record.add({ kind: 'grant', change: 'revoked', remember: 'session', agent, session, rules })
    requests.refresh()
    return noted.ok ? { done: true } : { done: false, message: `It is revoked, but that is not on record. ${noted.error}` }
  }

  #applyConnection({ agent, change, digest }: ParsedInput<'applyConnection'>): { done: true } | { done: false; message: string } {
    const connector = this.#connector(agent)
    if (!connector) return { done: false, message: noConnector(agent) }
    const applied = connector.apply(change, digest)
    this.#options.canaries.look()
    this.changed()
    if (!applied.ok) return { done: false, message: applied.error }
    const { file } = connector.inspect()
    this.#options.record.add({ kind: 'connection', agent, change: change === 'connect' ? 'connected' : 'disconnected', file })
    return { done: true }
  }

  #connector(agent: string): Connector | undefined {
    return this.#options.connectors.find((one) => one.agent === agent)
  }
}

function noConnector(agent: string): string {
  return `Paddock has no connector for "${agent}".`
}
