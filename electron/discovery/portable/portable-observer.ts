import { userInfo } from 'node:os'
import { err, type Result } from '../../contract/result.ts'
import type { Observer, ProcessEvents, TableChange } from '../observer.ts'
import type { OpenFiles, ProcessKey, ProcessRecord, SocketRecord } from '../process-record.ts'
import { listConnections, listProcesses } from './listed.ts'

/**
 * What systeminformation and ps-list tell, for systems without /proc. Every look starts the system's own `ps`, `netstat` or
 * PowerShell, so that it is asked less often; environments, working folders and open files are not told at all.
 */
export class PortableObserver implements Observer {
  readonly interval = 3000
  #listed: readonly ProcessRecord[] = []
  readonly #known = new Map<number, ProcessRecord>()
  #connections: ReadonlyMap<number, SocketRecord> = new Map()
  #byProcess: ReadonlyMap<number, ReadonlySet<number>> = new Map()

  get processes(): ReadonlyMap<number, ProcessRecord> {
    return this.#known
  }

  async prepare(sockets: boolean): Promise<void> {
    const [processes, connections] = await Promise.all([listProcesses(process.platform, this.#known), sockets ? listConnections() : undefined])
    this.#listed = processes
    if (!connections) return
    this.#connections = new Map(connections.map(({ socket }) => [socket.inode, socket]))
    this.#byProcess = new Map([...Map.groupBy(connections, ({ pid }) => pid)].map(([pid, own]) => [pid, new Set(own.map(({ socket }) => socket.inode))]))
  }

  look(): TableChange {
    const change: TableChange = { started: [], ended: [] }
    const now = new Set(this.#listed.map(({ pid }) => pid))
    for (const pid of this.#known.keys()) if (!now.has(pid)) this.remove(pid, change)
    for (const record of this.#listed) {
      const known = this.#known.get(record.pid)
      if (known?.ticks === record.ticks && known.argv.join('\0') === record.argv.join('\0')) known.parent = record.parent
      else this.put(record, change)
    }
    return change
  }

  put(record: ProcessRecord, change: TableChange): void {
    const known = this.#known.get(record.pid)
    if (known && known.ticks !== record.ticks) change.ended.push(known)
    this.#known.set(record.pid, record)
    change.started.push(record)
  }

  remove(pid: number, change: TableChange): void {
    const known = this.#known.get(pid)
    this.#known.delete(pid)
    if (known) change.ended.push(known)
  }

  events(): Result<ProcessEvents, string> {
    return err('Only Linux tells of processes as they start.')
  }

  /** As of the last list. */
  isStill({ pid, ticks }: ProcessKey): boolean {
    return this.#known.get(pid)?.ticks === ticks
  }

  environment(): undefined {
    return undefined
  }

  folder(): undefined {
    return undefined
  }

  root(): string {
    return ''
  }

  executable({ exe }: ProcessRecord): string | undefined {
    return exe
  }

  open(pid: number): OpenFiles {
    return { files: [], sockets: this.#byProcess.get(pid) ?? new Set(), stdin: undefined, stdout: undefined }
  }

  user({ uid }: ProcessRecord): string {
    const own = userInfo()
    return uid === undefined ? 'unknown' : uid === own.uid ? own.username : String(uid)
  }

  /** `prepare` has done it. */
  readSockets(): void {}

  get sockets(): Iterable<SocketRecord> {
    return this.#connections.values()
  }

  socketsOf(_process: ProcessRecord, { sockets }: OpenFiles): SocketRecord[] {
    return [...sockets].flatMap((inode) => this.#connections.get(inode) ?? [])
  }

  unixSocketsOf(): SocketRecord[] {
    return []
  }

  peersOf(): ReadonlyMap<number, ProcessRecord> {
    return new Map()
  }
}
