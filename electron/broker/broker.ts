import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Connector } from '../connectors/connector.ts'
import type { Channel } from '../contract/channel.ts'
import type { ContainRequest, EndpointReply, EndpointRequest } from '../contract/endpoint.ts'
import type { EventBody } from '../contract/event.ts'
import type { Role } from '../contract/operator.ts'
import { err, ok, type Result } from '../contract/result.ts'
import { Journal } from '../journal/journal.ts'
import { readOrCreateKey } from '../journal/key.ts'
import { managedFolder } from '../discovery/open.ts'
import { parseRedactionRules } from '../journal/redaction-rules.ts'
import { openEndpoint, type Endpoint } from './endpoint.ts'
import { journalFile, journalKeyFile, type Folders } from './folders.ts'
import { Canaries } from './canaries.ts'
import { ContainedRuns } from './contained-runs.ts'
import { ContainedStart } from './contained-start.ts'
import { Grants } from './grants.ts'
import { Judge } from './judge.ts'
import { MonitorKnowledgeStore } from './monitor-knowledge-store.ts'
import { takeLock } from './lock.ts'
import { OperatorDesk } from './operator-desk.ts'
import { Peers } from './peers.ts'
import { Pipeline } from './pipeline.ts'
import { PolicyStore } from './policy-store.ts'
import { ProfileStore } from './profile-store.ts'
import { canonicalPath, realWorld } from './real-world.ts'
import { Recorder } from './recorder.ts'
import { Requests } from './requests.ts'
import { RunningAgents } from './running-agents.ts'
import { takeOrders } from './session-orders.ts'
import { secureRunFolder } from './run-folder.ts'
import { Watch } from './watch.ts'

export interface BrokerOptions {
  folders: Folders
  version: string
  connectors: readonly Connector[]
  /** Look for agents on this machine, all the time. */
  discover?: boolean
  /** IT's folder, where it is not the usual one. */
  managed?: string
}

/** The one process that judges, asks, answers and records. Hosts attach the operator's windows to it. */
export interface Broker {
  /** Serves the operator's interface to a window that may do what `roles` say. */
  attach(channel: Channel, roles: readonly Role[]): void
  /** How many open windows can answer requests. */
  readonly operators: number
  readonly peers: Peers
  /** Records something about the operator's channel, for hosts. */
  noteOperator(change: Extract<EventBody, { kind: 'operator' }>['change'], message: string): void
  /** Denies what waits, says goodbye in the journal, gives up the lock. */
  close(): Promise<void>
}

/**
 * Starts the broker of this user: lock, journal, policy, endpoint, in this order, so that whoever reaches the endpoint
 * reaches all of it. The error says what a person can do. Nothing stays open after an error.
 */
export async function startBroker(options: BrokerOptions): Promise<Result<Broker, string>> {
  const { folders } = options
  const undo: (() => void)[] = []
  const fail = (message: string): Result<Broker, string> => {
    undo.toReversed().forEach((step) => step())
    return err(message)
  }
  const secured = secureRunFolder(folders.run)
  if (!secured.ok) return fail(secured.error)
  const lock = takeLock(folders.run)
  if (!lock.ok) return fail(lock.error)
  undo.push(() => lock.value.release())

  const record = openRecord(folders)
  if (!record.ok) return fail(record.error)
  undo.push(() => record.value.close())
  const policies = PolicyStore.open(folders, {
    guardedFiles: options.connectors.flatMap((connector) => connector.guardedFiles),
    lastRevision: record.value.lastRevision(),
  })
  if (!policies.ok) return fail(policies.error)
  undo.push(() => policies.value.close())

  const { config, shipped } = folders
  const managed = options.managed ?? managedFolder()
  const monitor = MonitorKnowledgeStore.open({ shipped, config, managed, home: canonicalPath(folders.home) }, policies.value.inForce.knowledge.secrets)
  if (!monitor.ok) return fail(monitor.error)
  undo.push(() => monitor.value.close())

  const broker = new RunningBroker(options, record.value, policies.value, monitor.value, managed)
  const begun = broker.begin()
  if (!begun.ok) return fail(begun.error)
  const endpoint = await broker.open()
  if (!endpoint.ok) return fail(endpoint.error)
  // Nobody waits for it: calls are judged without knowing what else runs.
  void broker.discover()
  return ok({
    attach: (channel, roles) => broker.desk.attach(channel, roles),
    get operators() {
      return broker.desk.operators
    },
    peers: broker.peers,
    noteOperator: (change, message) => void record.value.add({ kind: 'operator', change, message }),
    close: async () => {
      await broker.end(endpoint.value)
      undo.toReversed().forEach((step) => step())
    },
  })
}

class RunningBroker {
  readonly peers = new Peers((agent) => this.#canaries.isBroken(agent))
  readonly desk: OperatorDesk
  readonly #options: BrokerOptions
  readonly #record: Recorder
  readonly #policies: PolicyStore
  readonly #knowledge: MonitorKnowledgeStore
  readonly #requests: Requests
  readonly #watch: Watch
  readonly #pipeline: Pipeline
  readonly #contained: ContainedRuns
  readonly #agents: RunningAgents
  readonly #canaries: Canaries
  #stopTaking: (() => void) | undefined

  constructor(options: BrokerOptions, record: Recorder, policies: PolicyStore, knowledge: MonitorKnowledgeStore, managed: string) {
    const { folders, connectors, version } = options
    this.#options = options
    this.#record = record
    this.#policies = policies
    this.#knowledge = knowledge
    const grants = new Grants()
    const judge = new Judge(policies, grants, realWorld(canonicalPath(folders.home)))
    const onChange = (): void => {
      this.desk.changed()
      this.#contained.refresh()
    }
    this.#requests = new Requests({ folders, policies, judge, grants, record, onChange })
    this.#watch = new Watch({ connectors, knowledge: () => knowledge.inForce, profiles: new ProfileStore(folders, managed), judge, record, onChange: () => this.desk.changed() })
    this.#canaries = new Canaries({ connectors, home: folders.home, record, onChange })
    this.#pipeline = new Pipeline({ canaries: this.#canaries, connectors, peers: this.peers, judge, grants, requests: this.#requests, record, watch: this.#watch, policyFor: (caller) => this.#agents.policyFor(caller) })
    this.#contained = new ContainedRuns({ folders, policies, grants, peers: this.peers, record, pipeline: this.#pipeline, onChange: () => this.desk.changed() })
    judge.onRan((call, { decision }) => this.#contained.heard(call, decision.effects))
    this.#agents = new RunningAgents({ folders, peers: this.peers, record, onChange: () => this.desk.changed() })
    this.desk = new OperatorDesk({ canaries: this.#canaries, version, connectors, policies, grants, requests: this.#requests, record, watch: this.#watch, knowledge, agents: this.#agents, contained: this.#contained, starts: new ContainedStart({ folders, record, env: process.env }) })
  }

  /** The first rows of this run. A journal that can't be written would deny every call, so it is said at once. */
  begin(): Result<unknown, string> {
    const { version } = this.#options
    this.#stopTaking = takeOrders(this.#options.folders, (order) => void this.desk.order(order))
    const started = this.#record.add({ kind: 'broker', change: 'started', pid: process.pid, version })
    if (!started.ok) return started
    const { problem } = this.#record.state
    if (problem !== undefined) this.#record.add({ kind: 'journal', message: problem })
    this.#notePolicy()
    this.#noteKnowledge()
    this.#knowledge.onChange(() => {
      this.#noteKnowledge(true)
      this.desk.changed()
    })
    this.#policies.onChange(() => {
      this.#notePolicy()
      this.#requests.refresh()
      this.#contained.refresh()
    })
    return ok(undefined)
  }

  /** Never fails: what can't be seen is said where agents are shown. */
  async discover(): Promise<void> {
    this.#canaries.start()
    if (this.#options.discover) await this.#agents.start()
  }

  open(): Promise<Result<Endpoint, string>> {
    return openEndpoint(this.#options.folders.endpoint, {
      admit: (socket) => this.peers.refusal(socket),
      handle: (request, socket, gone) => this.#handle(request, socket, gone),
      adopt: (request, socket) => void this.#contained.adopt(request, socket),
      unreadable: (message) => void this.#record.add({ kind: 'unreadable', agent: 'unknown', message }),
    })
  }

  async end(endpoint: Endpoint): Promise<void> {
    this.#stopTaking?.()
    this.#requests.denyAll('Paddock was quit.')
    this.#contained.endAll()
    this.#canaries.close()
    this.#agents.close()
    await endpoint.close()
    this.#watch.close()
    this.desk.close()
    const { version } = this.#options
    this.#record.add({ kind: 'broker', change: 'stopped', pid: process.pid, version })
  }

  #handle(request: Exclude<EndpointRequest, ContainRequest>, ...[socket, gone]: [Parameters<Pipeline['hook']>[1], AbortSignal]): Promise<EndpointReply> {
    if (request.type === 'hook') return this.#pipeline.hook(request, socket, gone)
    const { revision, errors } = this.#policies.inForce
    return Promise.resolve({
      type: 'status',
      pid: process.pid,
      version: this.#options.version,
      revision,
      policyErrors: [...errors],
      knowledgeErrors: [...this.#knowledge.problems],
      waiting: this.#requests.list().length,
      journal: this.#record.state.file,
      operators: this.desk.operators,
      held: this.peers.held(),
      canaries: this.#canaries.outcomes,
    })
  }

  /** At the start only what is wrong is worth a row. */
  #noteKnowledge(anew = false): void {
    const errors = [...this.#knowledge.problems]
    if (anew || errors.length > 0) this.#record.add({ kind: 'knowledge', errors })
  }

  #notePolicy(): void {
    const { revision, fileDigests, errors } = this.#policies.inForce
    this.#record.add({ kind: 'policy', revision, files: [...fileDigests], errors: [...errors] })
  }
}

function openRecord(folders: Folders): Result<Recorder, string> {
  const key = readOrCreateKey(journalKeyFile(folders))
  if (!key.ok) return key
  const file = join(folders.shipped, 'knowledge/redaction.yaml')
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    return err(`${file} can't be read: ${(error as Error).message}. Install Paddock again.`)
  }
  const rules = parseRedactionRules(text)
  if (!rules.ok) return err(`${file}: ${rules.error}. Install Paddock again.`)
  const journal = Journal.open(journalFile(folders), key.value)
  return journal.ok ? ok(new Recorder(journal.value, journalFile(folders), rules.value)) : journal
}
