import { spawnSync } from 'node:child_process'
import koffi from 'koffi'
import type { Note, Target } from './attack.ts'

/** Raw system calls, as an attacker makes them: no C library in between. */

const library = koffi.load(null)
const raw = library.func('long syscall(long n, int64 a, int64 b, int64 c, int64 d, int64 e, int64 f)') as (...args: (number | bigint)[]) => number | bigint

/** x86-64 and arm64; -1 where the processor has no such call. */
const NUMBERS = {
  read: [0, 63], write: [1, 64], open: [2, -1], close: [3, 57], mmap: [9, 222], ioctl: [16, 29], dup2: [33, -1], dup3: [292, 24], getpid: [39, 172],
  sendfile: [40, 71], socket: [41, 198], connect: [42, 203], accept: [43, 202], sendto: [44, 206], sendmsg: [46, 211], recvmsg: [47, 212],
  bind: [49, 200], listen: [50, 201], getsockname: [51, 204], socketpair: [53, 199], setsockopt: [54, 208], clone: [56, 220], fork: [57, -1], execve: [59, 221],
  kill: [62, 129], fcntl: [72, 25], truncate: [76, 45], chdir: [80, 49], fchdir: [81, 50], rename: [82, -1], mkdir: [83, -1], rmdir: [84, -1],
  creat: [85, -1], link: [86, -1], unlink: [87, -1], chmod: [90, -1], chown: [92, -1], ptrace: [101, 117], syslog: [103, 116], personality: [135, 92],
  setpriority: [141, 140], sched_setscheduler: [144, 119], mknod: [133, -1], pivot_root: [155, 41], prctl: [157, 167], chroot: [161, 51], mount: [165, 40],
  gettid: [186, 178], setxattr: [188, 5], tkill: [200, 130], io_uring_setup: [425, 425], tgkill: [234, 131], add_key: [248, 217], keyctl: [250, 219],
  mq_open: [240, 180], inotify_init1: [294, 26], inotify_add_watch: [254, 27], openat: [257, 56], mkdirat: [258, 34], mknodat: [259, 33], fchownat: [260, 54],
  unlinkat: [263, 35], renameat2: [316, 276], linkat: [265, 37], symlinkat: [266, 36], fchmodat: [268, 53], unshare: [272, 97], splice: [275, 76],
  utimensat: [280, 88], rt_sigqueueinfo: [129, 138], rt_tgsigqueueinfo: [297, 240], prlimit64: [302, 261], name_to_handle_at: [303, 264],
  open_by_handle_at: [304, 265], setns: [308, 268], process_vm_readv: [310, 270], process_vm_writev: [311, 271], seccomp: [317, 277], memfd_create: [319, 279],
  bpf: [321, 280], execveat: [322, 281], userfaultfd: [323, 282], copy_file_range: [326, 285], sendmmsg: [307, 269], perf_event_open: [298, 241],
  fanotify_init: [300, 262], pidfd_send_signal: [424, 424], open_tree: [428, 428], pidfd_open: [434, 434], clone3: [435, 435], openat2: [437, 437], pidfd_getfd: [438, 438],
  shmget: [29, 194], shmat: [30, 196], file_setattr: [469, 469],
} as const
export type Call = keyof typeof NUMBERS

export const number = (call: Call): number => NUMBERS[call][process.arch === 'arm64' ? 1 : 0]

export type Argument = number | bigint | Buffer | string | null

/** Makes a call; gives its value or a negative errno. Strings are passed as C strings. */
export function syscall(call: Call | number, ...args: Argument[]): number {
  const kept: Buffer[] = []
  const word = (value: Argument): number | bigint => {
    if (value === null) return 0
    if (typeof value === 'number' || typeof value === 'bigint') return value
    const bytes = typeof value === 'string' ? cString(value) : value
    kept.push(bytes)
    return koffi.address(bytes)
  }
  const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0] = args.map(word)
  const value = Number(raw(typeof call === 'number' ? call : number(call), a, b, c, d, e, f))
  return value === -1 ? -koffi.errno() : value
}

export const cString = (text: string): Buffer => Buffer.from(`${text}\0`)
export const address = (bytes: Buffer): bigint => koffi.address(bytes)
export const hasOldCalls = process.arch === 'x64'

/** Memory that several threads see. */
export const shared = (bytes: Uint8Array): Buffer => {
  const memory = Buffer.from(new SharedArrayBuffer(bytes.length))
  memory.set(bytes)
  return memory
}

export const AT_FDCWD = -100
export const O_PATH = 0o10000000
export const O_TMPFILE = 0o20200000

/** A pointer-sized array: `argv`, `iovec` and the like. */
export function words(...values: (bigint | number)[]): Buffer {
  const bytes = Buffer.alloc(values.length * 8)
  values.forEach((value, index) => bytes.writeBigUInt64LE(BigInt(value), index * 8))
  return bytes
}

export function argv(...texts: string[]): { pointers: Buffer; kept: Buffer[] } {
  const kept = texts.map(cString)
  return { pointers: words(...kept.map(address), 0), kept }
}

/** Reads what a descriptor gives. */
export function readAll(fd: number): Buffer {
  if (fd < 0) return Buffer.alloc(0)
  const bytes = Buffer.alloc(4096)
  const length = syscall('read', fd, bytes, bytes.length)
  return bytes.subarray(0, Math.max(0, length))
}

/** struct sockaddr_in */
export function inet(host: string, port: number): Buffer {
  const bytes = Buffer.alloc(16)
  bytes.writeUInt16LE(2, 0)
  bytes.writeUInt16BE(port, 2)
  Buffer.from(host.split('.').map(Number)).copy(bytes, 4)
  return bytes
}

/** struct sockaddr_in6, from 32 hexadecimal digits */
export function inet6(host: string, port: number): Buffer {
  const bytes = Buffer.alloc(28)
  bytes.writeUInt16LE(10, 0)
  bytes.writeUInt16BE(port, 2)
  Buffer.from(host, 'hex').copy(bytes, 8)
  return bytes
}

/** struct sockaddr_un; an abstract name begins with NUL. */
export function unix(name: string): Buffer {
  return Buffer.concat([Buffer.from([1, 0]), Buffer.from(name), Buffer.alloc(name.startsWith('\0') ? 0 : 1)])
}

/** struct msghdr with one piece of data, an address or none, and ancillary data or none. */
export function message(data: Buffer, to?: Buffer, control?: Buffer): { header: Buffer; kept: Buffer[] } {
  const vector = words(address(data), data.length)
  const header = words(to ? address(to) : 0, to?.length ?? 0, address(vector), 1, control ? address(control) : 0, control?.length ?? 0, 0)
  return { header, kept: [data, vector, ...(to ? [to] : []), ...(control ? [control] : [])] }
}

/** One ancillary message (cmsg(3)). */
export function ancillary(level: number, type: number, data: Buffer): Buffer {
  const bytes = Buffer.alloc((16 + data.length + 7) & ~7)
  bytes.writeBigUInt64LE(BigInt(16 + data.length), 0)
  bytes.writeInt32LE(level, 8)
  bytes.writeInt32LE(type, 12)
  data.copy(bytes, 16)
  return bytes
}

/** Runs a shell script that knows its target by variables; its output is searched like any other. */
export function sh(at: Target, note: Note, script: string, shell = 'sh'): void {
  const { status, signal, stdout, stderr } = spawnSync(shell, ['-c', script], {
    cwd: at.scratch,
    timeout: 8000,
    env: {
      PATH: process.env['PATH'] ?? '', HOME: at.home, FOLDER: at.folder, SECRET: at.secret, KEY: at.key, TCP: String(at.tcp), UDP: String(at.udp), UNIX: at.unix,
      VICTIM: String(at.victim), SUPERVISOR: String(at.supervisor), BROKER: String(at.broker), SCRATCH: at.scratch, WORKSPACE: at.workspace,
      POLICIES: at.policies, JOURNAL: at.journal, ENDPOINT: at.endpoint, SETTINGS: at.settings, NODE: at.node, CLI: at.cli, NAME: at.name,
    },
  })
  note(script, stdout)
  note('stderr', stderr)
  note('exit', status === null ? `killed by ${signal}` : -status)
}
