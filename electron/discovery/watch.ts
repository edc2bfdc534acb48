import type { AgentProcess } from '../contract/agent-process.ts'
import type { Finding } from '../contract/finding.ts'
import { merged, type Discovery, type Picture, type Sighting } from './discovery.ts'
import type { ProcessEvents, TableChange } from './observer.ts'
import type { ProcessRecord } from './process-record.ts'
import { tell, type ReportContext, type Told } from './report.ts'

/** One thing that is different from before. */
export type WatchChange =
  | { change: 'found' | 'changed' | 'gone'; agent: AgentProcess; findings: Finding[] }

/** Every so many ticks all processes are looked at by their start time. */
const WHOLE = 10
/** What was seen so long without being an agent is looked at again with all processes only, in milliseconds. */
const SETTLED = 15_000
/** When a new process that may be an agent is looked at again: what it opens and whom it connects to comes later. */
const AGAIN = [60, 250, 700, 1500, 3000, 6000]

/**
 * Watches for agents. Hears of new programs from the kernel where that is permitted, else looks every second. Tells of
 * each agent when it is found, when something about it changes, and when it ends.
 */
export class Watch {
  readonly #discovery: Discovery
  readonly #context: () => ReportContext
  readonly #onChange: (change: WatchChange) => void
  readonly #sightings = new Map<number, Sighting>()
  readonly #told = new Map<number, Told>()
  readonly #timers = new Set<NodeJS.Timeout>()
  #suspects = new Map<number, ProcessRecord>()
  #events: ProcessEvents | undefined
  #tick: NodeJS.Timeout | undefined
  #ticks = 0
  #stopped = false
  /** Why there are no events; undefined while there are. */
  eventsProblem: string | undefined

  /** `context` is asked before each report, so that a changed registry counts at once. */
  constructor(discovery: Discovery, context: () => ReportContext, onChange: (change: WatchChange) => void) {
    this.#discovery = discovery
    this.#context = context
    this.#onChange = onChange
  }

  /** Everything that is told of now. */
  get told(): Told[] {
    return [...this.#told.values()]
  }

  get picture(): Picture {
    return { agents: merged(this.#sightings), modelServers: this.#discovery.modelServers, processes: this.#discovery.processes }
  }

  /** Begins; resolves when what runs already has been told. With `polling` events are not asked for. */
  async start({ polling = false } = {}): Promise<void> {
    if (!polling) {
      const events = this.#discovery.observer.events(
        this.#discovery.worthHearing,
        (execs) => this.#take(this.#discovery.note(execs)),
        () => this.#take(this.#discovery.lookAtAll()),
      )
      if (events.ok) this.#events = events.value
      else this.eventsProblem = events.error
    } else this.eventsProblem = 'Not asked for.'
    await this.#discovery.observer.prepare(true)
    if (this.#stopped) return
    this.#discovery.lookAtSockets()
    this.#take(this.#discovery.lookAtAll())
    this.#goOn()
  }

  stop(): void {
    this.#stopped = true
    this.#events?.stop()
    clearTimeout(this.#tick)
    for (const timer of this.#timers) clearTimeout(timer)
    this.#discovery.close()
  }

  /** Tells again what has changed by something other than a process, such as the registry. */
  refresh(): void {
    this.#report()
  }

  /** The next look comes when this one is over, however long the system took. */
  #goOn(): void {
    this.#tick = setTimeout(() => void this.#onTick().then(() => !this.#stopped && this.#goOn()), this.#discovery.observer.interval)
  }

  async #onTick(): Promise<void> {
    this.#ticks += 1
    const whole = this.#ticks % WHOLE === 0
    await this.#discovery.observer.prepare(whole)
    if (this.#stopped) return
    if (whole) {
      this.#discovery.lookAtSockets()
      this.#take(this.#discovery.lookAtAll())
      if (this.#context().registry.probes) void this.#discovery.probeServers()
    } else if (!this.#events) this.#take(this.#discovery.lookAtNew())
    if (this.#sightings.size === 0 && this.#suspects.size === 0) return
    void this.#discovery.refreshNames()
    if (!whole) this.#take(this.#discovery.ended([...this.#suspects.values(), ...[...this.#sightings.values()].map(({ process }) => process)]))
    const settled = Date.now() - SETTLED
    for (const process of this.#suspects.values()) if (whole || process.startedAt > settled) this.#look(process)
    for (const { process } of this.#sightings.values()) this.#look(process)
    this.#report()
  }

  /** New processes are looked at now, and those that may be agents a few times more. */
  #take({ started, ended }: TableChange): void {
    let news = false
    for (const process of started) {
      if (this.#look(process)) news = true
      else if (this.#discovery.isSuspect(process)) this.#lookAgain(process)
    }
    if (news) this.#report()
    for (const { pid, ticks } of ended) {
      if (this.#suspects.get(pid)?.ticks === ticks) this.#suspects.delete(pid)
      if (this.#sightings.get(pid)?.process.ticks === ticks) {
        this.#sightings.delete(pid)
        news = true
      }
    }
    if (news) this.#report()
  }

  /** Whether the process is an agent that was not known as one. */
  #look(process: ProcessRecord): boolean {
    const sighting = this.#discovery.sight(process)
    if (!sighting) return false
    const known = this.#sightings.get(process.pid)
    const isNew = known?.process.ticks !== process.ticks
    // What was once seen of it stays true when a connection is closed.
    const surest = known && !isNew && known.identity.confidence > sighting.identity.confidence ? known.identity : sighting.identity
    this.#sightings.set(process.pid, { ...sighting, identity: surest })
    this.#suspects.delete(process.pid)
    return isNew
  }

  #lookAgain(process: ProcessRecord): void {
    this.#suspects.set(process.pid, process)
    const still = (): boolean => this.#suspects.get(process.pid)?.ticks === process.ticks
    for (const delay of AGAIN) {
      const timer = setTimeout(() => {
        this.#timers.delete(timer)
        if (!still()) return
        if (this.#look(process)) this.#report()
      }, delay)
      this.#timers.add(timer.unref())
    }
    void this.#discovery.readExecutable(process).then((read) => {
      if (read && !this.#stopped && still() && this.#look(process)) this.#report()
    })
  }

  /** Tells what is not as it was told last. */
  #report(): void {
    const now = tell({ agents: merged(this.#sightings), modelServers: [], processes: this.#discovery.processes }, this.#context())
    const pids = new Set(now.map(({ agent }) => agent.pid))
    for (const [pid, told] of this.#told)
      if (!pids.has(pid)) {
        this.#told.delete(pid)
        this.#onChange({ change: 'gone', ...told })
      }
    for (const told of now) {
      const before = this.#told.get(told.agent.pid)
      if (before && JSON.stringify(before) === JSON.stringify(told)) continue
      const same = before?.agent.startedAt === told.agent.startedAt
      this.#told.set(told.agent.pid, told)
      this.#onChange({ change: same ? 'changed' : 'found', ...told })
    }
  }
}
