/** A process by number and start time: together they name it even when the number is used again. */
export interface ProcessKey {
  pid: number
  /** Clock ticks since boot, `/proc/PID/stat` field 22; on other systems seconds since the epoch. */
  ticks: number
}

/** What can be seen of every process at little cost. */
export interface ProcessRecord extends ProcessKey {
  parent: number
  /** Milliseconds since the epoch. */
  startedAt: number
  /** At most 15 characters, and whatever the process says of itself. */
  comm: string
  argv: readonly string[]
  /** The command line was longer than what is read of it. */
  argvCut: boolean
  /** Path of the executable, where it may be read. */
  exe: string | undefined
  /** Number of its user; undefined where it was not asked for. */
  uid: number | undefined
}

/** A socket of the machine. Addresses are canonical: dotted decimals, IPv6 as RFC 5952 writes it, IPv4 in IPv6 as IPv4. */
export interface SocketRecord {
  protocol: 'tcp' | 'udp' | 'unix'
  /** Names the socket among the descriptors of processes; 0 when nobody holds it any more. */
  inode: number
  uid: number
  local: string
  localPort: number
  remote: string
  remotePort: number
  /** Inode of the socket at the other end of a Unix socket. */
  peer?: number
  state: 'established' | 'connecting' | 'listening' | 'closing' | 'open'
}

/** What a process has open. */
export interface OpenFiles {
  /** Paths of regular files and folders. */
  files: readonly string[]
  sockets: ReadonlySet<number>
  /** What standard input and output are: a path, `pipe`, `socket` or `tty`. */
  stdin: string | undefined
  stdout: string | undefined
}

/** The same text with control characters and terminal escapes made visible. */
export function printable(text: string): string {
  // eslint-disable-next-line no-control-regex -- those are meant
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g, (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`)
}
