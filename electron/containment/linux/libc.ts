import { constants } from 'node:os'
import koffi from 'koffi'

/**
 * The calls of Linux that Node lacks. Each returns what the kernel returns: a value of at least 0, or a negative errno.
 * Structures are passed as buffers; their layouts are in the headers of `linux/` that the callers name.
 */

type Pointer = Buffer | null

const library = koffi.load(null)

type Call<Arguments extends unknown[]> = (...args: Arguments) => number

/** Binds a C function when it is first called. `koffi.errno` must be read right after the call, before any other. */
function bind<Arguments extends unknown[]>(declaration: string): Call<Arguments> {
  let raw: ((...args: unknown[]) => number | bigint) | undefined
  return (...args) => {
    raw ??= library.func(declaration) as (...args: unknown[]) => number | bigint
    const result = Number(raw(...args))
    return result < 0 ? -koffi.errno() : result
  }
}

/** `syscall(2)` is variadic in C; on x86-64 and arm64 a fixed declaration has the same calling convention. */
function numbered<Arguments extends unknown[]>(number: number, parameters: string): Call<Arguments> {
  const call = bind<[number, ...Arguments]>(`long syscall(long number, ${parameters})`)
  return (...args) => call(number, ...args)
}

export const close = bind<[fd: number]>('int close(int fd)')
export const open = bind<[path: string, flags: number, mode: number]>('int open(str path, int flags, uint mode)')
export const fcntl = bind<[fd: number, command: number, argument: number]>('int fcntl(int fd, int command, long argument)')
export const ioctl = bind<[fd: number, request: number, argument: Buffer]>('int ioctl(int fd, ulong request, void *argument)')
export const poll = bind<[entries: Buffer, count: number, timeout: number]>('int poll(void *entries, ulong count, int timeout)')
export const prctl = bind<[option: number, a: number, b: number, c: number, d: number]>('int prctl(int option, ulong a, ulong b, ulong c, ulong d)')
export const socket = bind<[domain: number, type: number, protocol: number]>('int socket(int domain, int type, int protocol)')
export const connect = bind<[fd: number, address: Buffer, length: number]>('int connect(int fd, void *address, uint length)')
export const bindSocket = bind<[fd: number, address: Buffer, length: number]>('int bind(int fd, void *address, uint length)')
export const listen = bind<[fd: number, backlog: number]>('int listen(int fd, int backlog)')
export const sendmsg = bind<[fd: number, message: Buffer, flags: number]>('long sendmsg(int fd, void *message, int flags)')
export const getsockname = bind<[fd: number, address: Buffer, length: Buffer]>('int getsockname(int fd, void *address, void *length)')
export const getsockopt = bind<[fd: number, level: number, name: number, value: Buffer, length: Buffer]>(
  'int getsockopt(int fd, int level, int name, void *value, void *length)',
)
export const mkdirat = bind<[parent: number, name: string, mode: number]>('int mkdirat(int parent, str name, uint mode)')
export const mknodat = bind<[parent: number, name: string, mode: number, device: number]>('int mknodat(int parent, str name, uint mode, ulong device)')
export const unlinkat = bind<[parent: number, name: string, flags: number]>('int unlinkat(int parent, str name, int flags)')
export const symlinkat = bind<[target: string, parent: number, name: string]>('int symlinkat(str target, int parent, str name)')
export const readlinkat = bind<[parent: number, path: string, target: Buffer, size: number]>(
  'long readlinkat(int parent, str path, void *target, size_t size)',
)
export const linkat = bind<[from: number, path: string, parent: number, name: string, flags: number]>(
  'int linkat(int from, str path, int parent, str name, int flags)',
)
export const fchmod = bind<[fd: number, mode: number]>('int fchmod(int fd, uint mode)')
export const chmod = bind<[path: string, mode: number]>('int chmod(str path, uint mode)')
export const fchownat = bind<[fd: number, path: string, user: number, group: number, flags: number]>(
  'int fchownat(int fd, str path, uint user, uint group, int flags)',
)
export const utimensat = bind<[parent: number, name: string | null, times: Pointer, flags: number]>(
  'int utimensat(int parent, str name, void *times, int flags)',
)
export const futimens = bind<[fd: number, times: Pointer]>('int futimens(int fd, void *times)')
export const truncate = bind<[path: string, length: number]>('int truncate(str path, long length)')
export const setxattr = bind<[path: string, name: string, value: Buffer, size: number, flags: number]>(
  'int setxattr(str path, str name, void *value, size_t size, int flags)',
)
export const removexattr = bind<[path: string, name: string]>('int removexattr(str path, str name)')
export const waitpid = bind<[pid: number, status: Pointer, options: number]>('int waitpid(int pid, void *status, int options)')
export const inotifyAddWatch = bind<[events: number, path: string, mask: number]>('int inotify_add_watch(int events, str path, uint mask)')
export const kill = bind<[pid: number, signal: number]>('int kill(int pid, int signal)')
export const processVmReadv = bind<[pid: number, local: Buffer, locals: number, remote: Buffer, remotes: number, flags: number]>(
  'long process_vm_readv(int pid, void *local, ulong locals, void *remote, ulong remotes, ulong flags)',
)
export const processVmWritev = bind<[pid: number, local: Buffer, locals: number, remote: Buffer, remotes: number, flags: number]>(
  'long process_vm_writev(int pid, void *local, ulong locals, void *remote, ulong remotes, ulong flags)',
)

const isArm = process.arch === 'arm64'
// arch/x86/entry/syscalls/syscall_64.tbl and include/uapi/asm-generic/unistd.h; from 424 on both are the same.
export const renameat2 = numbered<[from: number, name: string, to: number, newName: string, flags: number]>(
  isArm ? 276 : 316,
  'int from, str name, int to, str new_name, uint flags',
)
export const seccomp = numbered<[operation: number, flags: number, program: Pointer]>(isArm ? 277 : 317, 'long operation, long flags, void *program')
export const capset = numbered<[header: Buffer, data: Buffer]>(isArm ? 91 : 126, 'void *header, void *data')
export const capget = numbered<[header: Buffer, data: Buffer]>(isArm ? 90 : 125, 'void *header, void *data')
export const pidfdOpen = numbered<[pid: number, flags: number]>(434, 'int pid, uint flags')
export const closeRange = numbered<[first: number, last: number, flags: number]>(436, 'uint first, uint last, uint flags')
export const openat2 = numbered<[directory: number, path: string, how: Buffer, size: number]>(437, 'int directory, str path, void *how, size_t size')
export const pidfdGetfd = numbered<[pidfd: number, fd: number, flags: number]>(438, 'int pidfd, int fd, uint flags')
export const landlockCreateRuleset = numbered<[attributes: Pointer, size: number, flags: number]>(444, 'void *attributes, size_t size, uint flags')
export const landlockAddRule = numbered<[ruleset: number, type: number, attributes: Buffer, flags: number]>(
  445,
  'int ruleset, int type, void *attributes, uint flags',
)
export const landlockRestrictSelf = numbered<[ruleset: number, flags: number]>(446, 'int ruleset, uint flags')

/** Where a buffer lies in memory, for pointers inside structures. The buffer must stay referenced while it is used. */
export function addressOf(buffer: Buffer): bigint {
  return koffi.address(buffer)
}

const errnoNames = new Map(Object.entries(constants.errno).map(([name, value]) => [value, name]).toReversed() as [number, string][])

/** `EACCES` for -13; of two names of one number the first in Node's table. */
export function errnoName(result: number): string {
  return errnoNames.get(-result) ?? `errno ${-result}`
}

/** -13 for `EACCES`: how the kernel returns an error. */
export function errno(name: keyof typeof constants.errno): number {
  return -constants.errno[name]
}
