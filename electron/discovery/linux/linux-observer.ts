import type { Observer, ProcessEvents, SeenExec, TableChange, WorthHearing } from '../observer.ts'
import type { OpenFiles, ProcessKey, ProcessRecord, SocketRecord } from '../process-record.ts'
import type { Result } from '../../contract/result.ts'
import { procEvents } from './proc-events.ts'
import { ProcessTable } from './process-table.ts'
import { isStill, readEnvironment, readFolder, readOpenFiles, rootOf, uidOf, userName } from './read-process.ts'
import { readInetSockets, SocketTable } from './sockets.ts'
import { UnixSockets } from './unix-sockets.ts'

/** Reads /proc: nothing is started, and nothing has to be waited for. */
export class LinuxObserver implements Observer {
  readonly interval = 1000
  readonly #table = new ProcessTable()
  readonly #sockets = new SocketTable()
  readonly #unix = new UnixSockets()

  get processes(): ReadonlyMap<number, ProcessRecord> {
    return this.#table.all
  }

  prepare(): Promise<void> {
    return Promise.resolve()
  }

  look(verify: boolean): TableChange {
    return this.#table.look(verify)
  }

  put(record: ProcessRecord, change: TableChange): void {
    this.#table.put(record, change)
  }

  remove(pid: number, change: TableChange): void {
    this.#table.remove(pid, change)
  }

  events(worth: WorthHearing, onEvents: (execs: SeenExec[]) => void, onLost: () => void): Result<ProcessEvents, string> {
    return procEvents(worth, onEvents, onLost)
  }

  isStill(process: ProcessKey): boolean {
    return isStill(process)
  }

  environment(pid: number): ReadonlyMap<string, string> | undefined {
    return readEnvironment(pid)
  }

  folder(pid: number): string | undefined {
    return readFolder(pid)
  }

  root(pid: number): string {
    return rootOf(pid)
  }

  /** By this link also what was deleted or lies in a container can be read. */
  executable({ pid }: ProcessRecord): string {
    return `/proc/${pid}/exe`
  }

  open(pid: number): OpenFiles | undefined {
    return readOpenFiles(pid)
  }

  user({ pid, uid }: ProcessRecord): string {
    return userName(uid ?? uidOf(pid))
  }

  readSockets(): void {
    this.#sockets.read()
    this.#unix.forget()
  }

  get sockets(): Iterable<SocketRecord> {
    return this.#sockets.all
  }

  socketsOf({ pid }: ProcessRecord, { sockets }: OpenFiles): SocketRecord[] {
    if (sockets.size === 0) return []
    // A container has a network, and so a table of sockets, of its own.
    if (rootOf(pid) === '') return this.#sockets.of(sockets)
    return readInetSockets(pid).filter(({ inode }) => sockets.has(inode))
  }

  unixSocketsOf({ sockets }: OpenFiles): SocketRecord[] {
    return this.#unix.of(sockets)
  }

  peersOf(sockets: readonly SocketRecord[]): ReadonlyMap<number, ProcessRecord> {
    return this.#unix.peersOf(sockets, this.processes)
  }
}
