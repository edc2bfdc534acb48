import type { AgentId } from '../contract/ids.ts'
import { isPrivate } from './addresses.ts'
import type { Catalogue } from './catalogue/catalogue.ts'
import { installedExtensions, isExtensionHost } from './editor-extensions.ts'
import { IS_AGENT, WEIGHT } from './evidence.ts'
import { HostNames } from './host-names.ts'
import { identify, type Identity, type Look } from './identify.ts'
import { addressesIn } from './code/read-script.ts'
import { Inspector, plainName, type Static } from './inspector.ts'
import { SYSTEM } from './code/read-binary.ts'
import { addressesOf, modelLink, type ModelLink } from './model-links.ts'
import { LinuxObserver } from './linux/linux-observer.ts'
import type { Observer, SeenExec, TableChange, WorthHearing } from './observer.ts'
import { Pace } from './pace.ts'
import { Probes } from './probe.ts'
import { PortableObserver } from './portable/portable-observer.ts'
import type { OpenFiles, ProcessRecord, SocketRecord } from './process-record.ts'

/** An agent that runs, before anybody asked whether it may. */
export interface Sighting {
  process: ProcessRecord
  identity: Identity
  facts: Static
  open: OpenFiles | undefined
  sockets: readonly SocketRecord[]
  /** Who is at the other end of its Unix sockets, by inode. */
  peers: ReadonlyMap<number, ProcessRecord>
  models: readonly ModelLink[]
  user: string
  /** Further processes of the same agent, started by it as its own. */
  parts: readonly number[]
}

/** A model server that runs here. */
export interface ModelServer {
  id: AgentId
  name: string
  process: ProcessRecord
  ports: readonly number[]
}

export interface Picture {
  agents: readonly Sighting[]
  modelServers: readonly ModelServer[]
  processes: ReadonlyMap<number, ProcessRecord>
}

const NO_EXTENSIONS: ReadonlyMap<AgentId, string> = new Map()
/** How long resolved names are taken as they are, in milliseconds. */
const NAMES_FRESH = 5 * 60_000

/**
 * Finds the agents of this machine. One of these lives as long as somebody looks: it remembers what it has read. No agent
 * or server is executed to find out, and nothing is sent to anybody but the system's resolver.
 */
export class Discovery {
  readonly #catalogue: Catalogue
  readonly #home: string
  readonly #observer: Observer
  readonly #inspector: Inspector
  readonly #names: HostNames
  readonly #probes: Probes
  readonly #pace = new Pace()
  #servers: readonly ModelServer[] | undefined

  /** With `patient` large executables are left for `readExecutable`, so that nothing waits for them. */
  constructor(catalogue: Catalogue, home: string, { patient = false, observer = process.platform === 'linux' ? new LinuxObserver() : new PortableObserver() }: { patient?: boolean; observer?: Observer } = {}) {
    this.#observer = observer
    this.#catalogue = catalogue
    this.#home = home
    this.#inspector = new Inspector(catalogue, observer, patient)
    this.#probes = new Probes(catalogue)
    this.#names = new HostNames(catalogue.endpoints)
  }

  get processes(): ReadonlyMap<number, ProcessRecord> {
    return this.#observer.processes
  }

  /** Everything anew. With `probe` unknown listeners are asked whether they are model servers. */
  async picture({ probe = false } = {}): Promise<Picture> {
    await this.#observer.prepare(true)
    this.lookAtAll()
    this.lookAtSockets()
    await Promise.all([this.refreshNames(), probe ? this.probeServers() : undefined])
    return this.pictureOf()
  }

  /** Reads the list of processes, every one of them by its start time. */
  lookAtAll(): TableChange {
    return this.#observer.look(true)
  }

  /** Reads which processes are new or gone. */
  lookAtNew(): TableChange {
    return this.#observer.look(false)
  }

  /** How the machine is seen. */
  get observer(): Observer {
    return this.#observer
  }

  /** Which programs events are worth hearing of. */
  get worthHearing(): WorthHearing {
    const { interpreters, byProgram, serverByProgram } = this.#catalogue
    return { names: [...interpreters.keys(), ...byProgram.keys(), ...serverByProgram.keys()], system: SYSTEM }
  }

  /** Takes what events have told: programs as they were when they started. */
  note(execs: readonly SeenExec[]): TableChange {
    const change: TableChange = { started: [], ended: [] }
    for (const { record, folder } of execs) {
      this.#observer.put(record, change)
      this.#inspector.static(record, folder)
    }
    return change
  }

  /** Of these processes, those that have ended. */
  ended(processes: Iterable<ProcessRecord>): TableChange {
    const change: TableChange = { started: [], ended: [] }
    for (const process of processes) if (!this.#observer.isStill(process)) this.#observer.remove(process.pid, change)
    return change
  }

  /** Whether anything about a process is worth another look: what it opens and whom it connects to comes later. */
  isSuspect(process: ProcessRecord): boolean {
    const { suspect, unread } = this.#inspector.static(process)
    return suspect || unread !== undefined
  }

  /** Reads a large executable that was left out, in small steps. Resolves to whether there was one. */
  readExecutable(process: ProcessRecord): Promise<boolean> {
    return this.#inspector.readExecutable(process)
  }

  lookAtSockets(): void {
    this.#observer.readSockets()
    this.#servers = undefined
  }

  /** Resolves the names of model services, where anything is connected to the outside and they were not resolved lately. */
  async refreshNames(): Promise<void> {
    if ([...this.#observer.sockets].some(({ remote, remotePort }) => remotePort > 0 && !isPrivate(remote))) await this.#names.resolve(NAMES_FRESH)
  }

  /** Asks listeners of which nothing else tells what they are. */
  async probeServers(): Promise<void> {
    await this.#probes.ask(this.#observer, new Set(this.modelServers.map(({ process }) => process.pid)))
    this.#servers = undefined
  }

  close(): void {
    this.#names.close()
  }

  /** What the last look at processes and sockets shows. */
  pictureOf(): Picture {
    const sightings = new Map<number, Sighting>()
    for (const process of this.processes.values()) {
      const sighting = this.sight(process)
      // It may have ended while it was looked at, and its number be another's by now.
      if (sighting && this.#observer.isStill(process)) sightings.set(process.pid, sighting)
    }
    return { agents: merged(sightings), modelServers: this.modelServers, processes: this.processes }
  }

  /** What one process is; undefined unless it is an agent. */
  sight(process: ProcessRecord): Sighting | undefined {
    const facts = this.#inspector.static(process)
    if (!facts.suspect) return undefined
    const open = this.#inspector.open(process.pid)
    const sockets = open ? this.#observer.socketsOf(process, open) : []
    const servers = new Map(this.modelServers.flatMap(({ name, ports }) => ports.map((port) => [port, name] as const)))
    const fromEnvironment = addressesOf(facts.environment, this.#catalogue.baseUrls)
    const { script } = facts
    const fromScript = [...(script?.addresses ?? []), ...addressesOf(facts.environment, script?.variables ?? []), ...addressesIn(process.argv.join(' '))]
    const asksModel = script !== undefined && (script.sdks.size > 0 || (script.model !== undefined && !script.byShape))
    const context = { catalogue: this.#catalogue, names: this.#names, servers, fromEnvironment, fromScript, asksModel }
    const models = sockets.flatMap((socket) => modelLink(socket, context) ?? [])
    const home = facts.environment?.get('HOME') ?? this.#home
    const look: Look = {
      process,
      running: facts.running,
      script,
      binary: facts.binary,
      environment: facts.environment,
      open,
      models,
      listens: sockets.flatMap(({ state, protocol, localPort }) => (protocol === 'tcp' && state === 'listening' ? [localPort] : [])),
      // That something is asked at a pace says nothing where it may be anything.
      periodic: this.#pace.note(process, models.filter(({ weight }) => weight > WEIGHT.somewhere)),
      root: facts.root,
      home,
      extensions: isExtensionHost(process.argv) ? installedExtensions(home, this.#catalogue) : NO_EXTENSIONS,
    }
    const identity = identify(look, this.#catalogue)
    if (!identity || identity.confidence < IS_AGENT || this.#isServer(look)) return undefined
    const named = open && facts.root === '' ? this.#observer.unixSocketsOf(open) : []
    return { process, identity, facts, open, sockets: [...sockets, ...named], peers: this.#observer.peersOf(named), models, user: this.#observer.user(process), parts: [] }
  }

  /** An MCP server or a model server has the same libraries in it, and is none. */
  #isServer({ process, open, script, running }: Look): boolean {
    if (this.#serverId(process, running.module) !== undefined) return true
    const piped = open?.stdin === 'pipe' || open?.stdin === 'socket'
    return piped && open?.stdin === open?.stdout && (script?.mcpServer ?? false)
  }

  #serverId({ exe, argv }: ProcessRecord, module: string | undefined): AgentId | undefined {
    const { serverByProgram, modelServers } = this.#catalogue
    for (const path of [exe, argv[0], argv[1]]) {
      const id = path === undefined ? undefined : serverByProgram.get(plainName(path))
      if (id !== undefined) return id
    }
    const top = module?.split('.')[0]
    return top === undefined ? undefined : [...modelServers].find(([, { python }]) => python.includes(top) || python.includes(module ?? ''))?.[0]
  }

  /** Programs that are called like a model server and listen: neither alone makes them one. As of the last look at sockets. */
  get modelServers(): readonly ModelServer[] {
    return (this.#servers ??= this.#findModelServers())
  }

  #findModelServers(): ModelServer[] {
    const probed = this.#probes.found(this.#observer).map(({ id, process, port }) => ({ id, name: this.#catalogue.modelServers.get(id)?.name ?? id, process, ports: [port] }))
    const named = [...this.processes.values()].flatMap((process) => {
      if (!this.#inspector.static(process).suspect) return []
      const id = this.#serverId(process, process.argv[1] === '-m' ? process.argv[2] : undefined)
      const entry = id && this.#catalogue.modelServers.get(id)
      const open = entry && this.#inspector.open(process.pid)
      if (!id || !entry || !open) return []
      const ports = this.#observer.socketsOf(process, open).flatMap(({ state, protocol, localPort }) => (protocol === 'tcp' && state === 'listening' ? [localPort] : []))
      return ports.length > 0 ? [{ id, name: entry.name, process, ports }] : []
    })
    return [...named, ...probed]
  }
}

/** One entry an agent: a process that its own kind started is a part of it. */
export function merged(sightings: ReadonlyMap<number, Sighting>): Sighting[] {
  const head = (one: Sighting): Sighting => {
    const parent = sightings.get(one.process.parent)
    return parent && isPartOf(one, parent) ? head(parent) : one
  }
  const heads = Map.groupBy(sightings.values(), (one) => head(one).process.pid)
  return [...heads].map(([pid, group]) => ({ ...sightings.get(pid)!, parts: group.flatMap(({ process }) => (process.pid === pid ? [] : [process.pid])) }))
}

function isPartOf(one: Sighting, parent: Sighting): boolean {
  if (one.identity.agent !== parent.identity.agent) return false
  const script = one.facts.running.scripts.at(-1)
  return one.identity.agent !== 'custom' || script === parent.facts.running.scripts.at(-1)
}
