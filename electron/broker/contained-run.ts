import type { Socket } from 'node:net'
import { createInterface } from 'node:readline'
import { isReachedByName, kindOf } from '../containment/egress/addresses.ts'
import type { Egress } from '../containment/egress/egress.ts'
import type { Client } from '../containment/egress/rules.ts'
import { Fence } from '../containment/fence.ts'
import { allBelow } from '../containment/linux/tree.ts'
import { removeTemporaryFolder, temporaryFolderOf } from '../containment/temporary-folder.ts'
import { levelOf } from '../containment/walls.ts'
import { SupervisorMessage, type BrokerMessage, type ContainedProcess, type FenceTerms } from '../contract/containment.ts'
import type { Verdict } from '../contract/decision.ts'
import { describeEffect } from '../contract/describe.ts'
import type { Effect } from '../contract/effect.ts'
import type { ContainRequest } from '../contract/endpoint.ts'
import type { SessionId } from '../contract/ids.ts'
import type { ContainedAgent } from '../contract/operator.ts'
import { err, ok, type Result } from '../contract/result.ts'
import { AnnouncedEffects } from './announced.ts'
import { containedEnvironment, type ContainedEnvironment } from './contained-environment.ts'
import { startContainedEgress, type ContainedNetwork } from './contained-egress.ts'
import type { ContainedRunsOptions, Identity } from './contained-runs.ts'
import { asksUnannounced, termsFor } from './contained-terms.ts'
import type { IncomingCall } from './incoming-call.ts'
import { endedWithin, endProcesses, isAlive, processesOfRun, treeOf } from './leftovers.ts'
import { operationCall } from './operation-call.ts'
import { folderOf, holderOfSocket, programOf, wordsOf } from './processes.ts'

type Asked = Extract<SupervisorMessage, { type: 'operation' }>

/** How long a paused program waits at most; policy sets the shorter time that counts. A day, in milliseconds. */
const PATIENCE = 24 * 60 * 60_000
/** How long a supervisor gets to end its tree politely, in milliseconds: twice its own patience, and some. */
const ORDERLY = 5000
/** More differences than this are not told one by one. */
const MOST_DIFFERENCES = 200
const THE_AGENT = { isAgent: true, isTransparent: true, program: '', argv: [] }

/** One agent that runs contained, seen from the broker: what it may do goes to its supervisor, what it asks comes from there. */
export class ContainedRun {
  readonly #options: ContainedRunsOptions
  readonly #identity: Identity
  readonly #request: ContainRequest
  readonly #socket: Socket
  readonly #waiting = new Map<number, AbortController>()
  readonly #announced = new AnnouncedEffects()
  readonly #differences = new Set<string>()
  #agentPid = 0
  #startedAt = 0
  #questions = 0
  #sentTerms = ''
  #fence: Fence | undefined
  #egress: Egress | undefined
  #environment: ContainedEnvironment | undefined

  constructor(options: ContainedRunsOptions, identity: Identity, request: ContainRequest, socket: Socket) {
    this.#options = options
    this.#identity = identity
    this.#request = request
    this.#socket = socket
  }

  /** Tells the supervisor the terms. From then on it may start the agent. */
  async open(): Promise<void> {
    const { agent, session } = this.#identity
    const environment = this.#chooseEnvironment()
    if (!environment.ok) return this.#fail(environment.error)
    this.#environment = environment.value
    const egress = await startContainedEgress(this.#network(), {
      secrets: environment.value.secrets,
      onContradiction: ({ host, port }, { message }) => this.#differs(`A connection to ${host}:${port} was closed: ${message}`),
    })
    if (!egress.ok) return this.#fail(egress.error)
    this.#egress = egress.value
    this.#socket.once('close', () => void egress.value.close())
    const noted = this.#note('started', levelOf(this.#request.walls))
    if (!noted.ok) return this.#fail(noted.error)
    this.refresh()
    this.#listen()
    this.#send({
      type: 'contained',
      agent,
      session,
      terms: this.#terms(),
      passed: environment.value.passed,
      withheld: environment.value.withheld,
      wanted: environment.value.wanted,
      environment: { ...environment.value.set, ...egress.value.environment() },
      resolverPort: egress.value.resolverPort,
    })
  }

  #chooseEnvironment(): Result<ContainedEnvironment, string> {
    const { policies, folders } = this.#options
    const { agent, subject } = this.#identity
    return containedEnvironment(this.#request.variables ?? [], agent, () => policies.inForce.environment(subject), folders.shipped)
  }

  #fail(message: string): void {
    this.#send({ type: 'error', message })
    this.#socket.end()
  }

  /** Sends the terms if they are other than those the supervisor has. */
  refresh(): void {
    const terms = this.#terms()
    const text = JSON.stringify(terms)
    if (text === this.#sentTerms) return
    const isFirst = this.#sentTerms === ''
    this.#sentTerms = text
    this.#fence = new Fence(terms)
    if (!isFirst) this.#send({ type: 'terms', terms })
  }

  get session(): SessionId {
    return this.#identity.session
  }

  /** What the operator is shown; undefined until the agent runs. */
  describe(): ContainedAgent | undefined {
    if (this.#startedAt === 0) return undefined
    const { agent, session, subject } = this.#identity
    const { program, walls } = this.#request
    const policies = this.#options.policies.inForce.appliedTo(subject)
    return { agent, session, workspace: subject.workspace, program, pid: this.#agentPid, startedAt: this.#startedAt, walls, policies, asked: this.#questions }
  }

  /** A person is asked about what this run is about to do. */
  countQuestion(): void {
    this.#questions += 1
  }

  /** Has the agent ended, with everything it started. */
  end(): void {
    this.#send({ type: 'end' })
  }

  /** The same, on record, and by force where the supervisor does not see to it. The error says what goes on. */
  async endForOperator(): Promise<Result<void, string>> {
    const { supervisor, session } = this.#identity
    this.#note('ending', 'The operator ends it, with everything it started.')
    const tree = treeOf(supervisor)
    this.end()
    if (!(await endedWithin(tree, ORDERLY))) endProcesses([...tree, ...treeOf(supervisor), ...processesOfRun(session)])
    if (await endedWithin(tree, ORDERLY)) return ok(undefined)
    return err(`It does not end: ${tree.filter(isAlive).map(({ pid }) => `process ${pid}`).join(', ')}.`)
  }

  #listen(): void {
    this.#socket.on('close', () => this.#closed())
    // The endpoint keeps its side of a connection open until it has answered; here nothing is left to answer.
    this.#socket.on('end', () => this.#socket.end())
    const lines = createInterface({ input: this.#socket, crlfDelay: Infinity })
    // A supervisor that was killed resets its connection; the close that follows says all there is to say.
    lines.on('error', () => {})
    lines.on('line', (line) => {
      const message = SupervisorMessage.safeParse(parseJson(line))
      if (!message.success) return void this.#socket.destroy()
      this.#hear(message.data)
    })
  }

  #hear(message: SupervisorMessage): void {
    switch (message.type) {
      case 'secrets':
        return this.#environment?.take(message.values)
      case 'started':
        this.#agentPid = message.pid
        this.#startedAt = Date.now()
        this.#options.peers.standsFor(this.#identity.supervisor, message)
        return this.#options.onChange()
      case 'operation':
        return void this.#answer(message)
      case 'withdrawn':
        return this.#waiting.get(message.id)?.abort('the program is gone')
      case 'seen':
        return message.operations.forEach(({ effect }) => this.#beside(effect))
    }
  }

  /** A call of this agent was allowed: what it announced needs no second question. */
  announce(effects: readonly Effect[]): void {
    this.#announced.add(effects, Date.now())
  }

  isAgent(pid: number): boolean {
    return pid === this.#agentPid
  }

  async #answer(asked: Asked): Promise<void> {
    if (asked.effects.every((effect) => this.#announced.cover(effect, Date.now()))) return this.#send({ type: 'answer', id: asked.id, verdict: 'allow' })
    const gone = new AbortController()
    this.#waiting.set(asked.id, gone)
    const answer = await this.#options.pipeline.answer({ ...this.#callOf(asked), ...this.#against(asked.effects) }, PATIENCE, gone.signal)
    this.#waiting.delete(asked.id)
    const verdict = answer.verdict === 'allow' && answer.reach === 'folder' ? 'allow in folder' : answer.verdict
    this.#send({ type: 'answer', id: asked.id, verdict, ...(answer.verdict === 'deny' && { message: answer.message }) })
  }

  /** What stands against an operation that no call announced, where a policy asks about such. */
  #against(effects: readonly Effect[]): Pick<IncomingCall, 'unannounced'> {
    const message = effects.map((effect) => this.#beside(effect)).find((found) => found !== undefined)
    return message !== undefined && asksUnannounced(this.#options.policies, this.#identity.subject) ? { unannounced: message } : {}
  }

  /** Notes what the agent starts beside the calls it announces, and says it. */
  #beside(effect: Effect): string | undefined {
    if (this.#fence?.isToBeAnnounced(effect) !== true || !this.#announced.lacks(effect, Date.now())) return undefined
    const message = `No call announced that it ${describeEffect(effect)}.`
    this.#differs(message)
    return message
  }

  /** Notes what happens otherwise than it was decided or announced. */
  #differs(message: string): void {
    if (this.#differences.has(message) || this.#differences.size >= MOST_DIFFERENCES) return
    this.#differences.add(message)
    this.#note('differs', message)
  }

  #callOf(asked: Asked): IncomingCall {
    return operationCall(this.#identity, { ...asked, effects: asked.effects.map((effect) => this.#byName(effect)) })
  }

  /** A connection by address is asked about by the name that the agent's programs looked up for it, where a rule for the name may mean the address. */
  #byName(effect: Effect): Effect {
    if (effect.kind !== 'connect' || !isReachedByName(kindOf(effect.host))) return effect
    const named = { ...effect, host: this.#egress?.nameOf(effect.host) ?? effect.host }
    const onAddress = this.#ruleOn(effect)
    return onAddress === 'deny' || (onAddress === 'ask' && this.#ruleOn(named) === 'allow') ? effect : named
  }

  /** What a rule says of the effect; undefined where it is left to the default. */
  #ruleOn(effect: Effect): Verdict | undefined {
    const [reason] = this.#options.policies.inForce.decide([effect], this.#identity.subject).reasons
    return reason?.layer === 'default' ? undefined : reason?.verdict
  }

  #network(): ContainedNetwork {
    const atOnce: ContainedNetwork['atOnce'] = (effect) => {
      if (this.#fence?.atOnce([effect], THE_AGENT) === 'allow') return 'allow'
      const { verdict } = this.#options.policies.inForce.decide([effect], this.#identity.subject)
      return verdict === 'deny' ? 'deny' : undefined
    }
    return {
      atOnce,
      isNamed: (effect) => this.#fence?.names(effect) === true,
      isDenied: (effect) => this.#ruleOn(effect) === 'deny',
      decide: async (effect, gone, client) => {
        // To find the program takes a while: only where a person will see it.
        const asking = atOnce(effect) === undefined ? this.#processOf(client) : this.#theAgent()
        const call = this.#callOf({ type: 'operation', id: 0, process: asking, effects: [effect] })
        const answer = await this.#options.pipeline.answer(call, PATIENCE, gone)
        return answer.verdict === 'allow' ? undefined : answer.message
      },
    }
  }

  /** The program that a client of the egress is; the agent where that can't be told. */
  #processOf(client: Client | undefined): ContainedProcess {
    const { supervisor } = this.#identity
    const pid = client && holderOfSocket(client, allBelow(supervisor.pid).map((process) => process.pid))
    return pid === undefined ? this.#theAgent() : { pid, program: programOf(pid), argv: wordsOf(pid), cwd: folderOf(pid) ?? this.#request.cwd }
  }

  #theAgent(): ContainedProcess {
    const { program, argv, cwd } = this.#request
    return { pid: this.#agentPid, program, argv, cwd }
  }

  #terms(): FenceTerms {
    return termsFor(this.#options, this.#identity, this.#egress?.proxyPort)
  }

  #closed(): void {
    for (const gone of this.#waiting.values()) gone.abort('the supervisor is gone')
    // With an orderly end there is nothing left; after a crash of the supervisor nobody else would end it.
    const left = processesOfRun(this.#identity.session)
    endProcesses(left)
    void endedWithin(left, ORDERLY).then(() => removeTemporaryFolder(temporaryFolderOf(this.#identity.session, this.#terms())))
    this.#note('ended', 'The agent has ended.')
  }

  #note(change: 'started' | 'ending' | 'ended' | 'differs', message: string) {
    const { agent, session, subject } = this.#identity
    return this.#options.record.add({ kind: 'contained', change, agent, session, workspace: subject.workspace, message })
  }

  #send(message: BrokerMessage): void {
    if (this.#socket.writable) this.#socket.write(`${JSON.stringify(message)}\n`)
  }
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line) as unknown
  } catch {
    return undefined
  }
}
