import type { Result } from '../contract/result.ts'
import type { OpenFiles, ProcessKey, ProcessRecord, SocketRecord } from './process-record.ts'

/** What has changed since the last look. */
export interface TableChange {
  /** New processes, and those that have become another program. */
  started: ProcessRecord[]
  ended: ProcessRecord[]
}

/** A program that has just been started, read before anything else could happen to it. */
export interface SeenExec {
  record: ProcessRecord
  folder: string | undefined
}

/** Which programs of the system's own folders are worth telling of; all others are. */
export interface WorthHearing {
  names: readonly string[]
  /** Paths of the system's own folders. */
  system: RegExp
}

export interface ProcessEvents {
  stop(): void
}

/**
 * How the processes and sockets of this machine are seen. What a system does not tell is undefined or empty, and said in
 * `gaps.ts`; all else of discovery is the same everywhere.
 */
export interface Observer {
  /** How often looking anew is worth what it costs, in milliseconds. */
  readonly interval: number
  /** The processes as of the last look. */
  readonly processes: ReadonlyMap<number, ProcessRecord>
  /** To be awaited before a look, where the system answers only in its own time; `sockets`: they will be asked for too. */
  prepare(sockets: boolean): Promise<void>
  /** What is new or gone. With `verify` also every known process by its start time. */
  look(verify: boolean): TableChange
  /** Takes a process as it was read elsewhere. */
  put(record: ProcessRecord, change: TableChange): void
  /** Takes out a process that has ended. */
  remove(pid: number, change: TableChange): void
  /** Hears of programs as they start. The error says why that can't be had here. */
  events(worth: WorthHearing, onEvents: (execs: SeenExec[]) => void, onLost: () => void): Result<ProcessEvents, string>
  /** Whether this process is still the one that was seen. */
  isStill(process: ProcessKey): boolean
  environment(pid: number): ReadonlyMap<string, string> | undefined
  folder(pid: number): string | undefined
  /** What stands in front of the process' own paths, as for a container's; usually nothing. */
  root(pid: number): string
  /** Where the bytes of its executable can be read. */
  executable(process: ProcessRecord): string | undefined
  open(pid: number): OpenFiles | undefined
  /** The name of the user that it runs as. */
  user(process: ProcessRecord): string
  /** Reads the sockets anew. */
  readSockets(): void
  readonly sockets: Iterable<SocketRecord>
  /** The TCP and UDP sockets of a process, by what it has open. */
  socketsOf(process: ProcessRecord, open: OpenFiles): SocketRecord[]
  /** The Unix sockets of a process that have a name, or whose other end has one as far as the system tells of other ends. */
  unixSocketsOf(open: OpenFiles): SocketRecord[]
  /** The processes at the other ends of these Unix sockets, by the inode of the socket; as far as they may be looked at. */
  peersOf(sockets: readonly SocketRecord[]): ReadonlyMap<number, ProcessRecord>
}
