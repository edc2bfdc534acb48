import koffi from 'koffi'

/**
 * What the kernel of macOS tells of processes of the same user, by `libproc` and sysctl(3). The layouts are those of `sys/proc_info.h`,
 * which Apple keeps as they are for programs that were built before. Read with recorded bytes; it has not run on a Mac yet.
 */

export interface DarwinProcess {
  pid: number
  parent: number
  /** Microseconds since the epoch. */
  startedAt: number
}

const PROC_PIDTBSDINFO = 3
const PROC_PIDVNODEPATHINFO = 9
const SIZE_OF_BSDINFO = 136
const SIZE_OF_VNODEPATHINFO = 2352
const PATH_MAX = 1024
const PROC_PIDPATHINFO_MAXSIZE = 4096
const [CTL_KERN, KERN_PROCARGS2] = [1, 49]
const MOST_ARGUMENT_BYTES = 1 << 20

/** The process of this number; undefined when there is none (any more). */
export function readDarwinProcess(pid: number): DarwinProcess | undefined {
  const info = pidInfo(pid, PROC_PIDTBSDINFO, SIZE_OF_BSDINFO)
  return info && parseBsdInfo(info)
}

/** `struct proc_bsdinfo`. */
export function parseBsdInfo(info: Buffer): DarwinProcess {
  const startedAt = Number(info.readBigUInt64LE(120)) * 1_000_000 + Number(info.readBigUInt64LE(128))
  return { pid: info.readUInt32LE(12), parent: info.readUInt32LE(16), startedAt }
}

/** Its executable; undefined where that can't be read. */
export function darwinProgram(pid: number): string | undefined {
  const path = Buffer.alloc(PROC_PIDPATHINFO_MAXSIZE)
  const length = native().proc_pidpath(pid, path, path.length)
  return length > 0 ? path.toString('utf8', 0, length) : undefined
}

/** The folder it works in; undefined where that can't be read. */
export function darwinFolder(pid: number): string | undefined {
  const info = pidInfo(pid, PROC_PIDVNODEPATHINFO, SIZE_OF_VNODEPATHINFO)
  return info && parseFolder(info)
}

/** `struct proc_vnodepathinfo`: a `struct vnode_info` of 152 bytes, and then the path of the working folder. */
export function parseFolder(info: Buffer): string | undefined {
  const path = info.subarray(152, 152 + PATH_MAX)
  const end = path.indexOf(0)
  return end > 0 ? path.toString('utf8', 0, end) : undefined
}

/** The words it was started with; none where they can't be read. */
export function darwinWords(pid: number): string[] {
  const name = Buffer.alloc(12)
  ;[CTL_KERN, KERN_PROCARGS2, pid].forEach((part, index) => name.writeInt32LE(part, index * 4))
  const bytes = Buffer.alloc(MOST_ARGUMENT_BYTES)
  const length = Buffer.alloc(8)
  length.writeBigUInt64LE(BigInt(bytes.length), 0)
  return native().sysctl(name, 3, bytes, length, null, 0) === 0 ? parseArguments(bytes.subarray(0, Number(length.readBigUInt64LE(0)))) : []
}

/** `KERN_PROCARGS2`: how many words, the executable, zeros up to the next word, the words, and then the environment. */
export function parseArguments(bytes: Buffer): string[] {
  if (bytes.length < 4) return []
  const count = bytes.readInt32LE(0)
  let at = bytes.indexOf(0, 4)
  while (at >= 0 && at < bytes.length && bytes[at] === 0) at++
  const words: string[] = []
  for (let end = 0; at >= 0 && words.length < count; at = end + 1) {
    end = bytes.indexOf(0, at)
    if (end < 0) return []
    words.push(bytes.toString('utf8', at, end))
  }
  return words
}

function pidInfo(pid: number, flavor: number, size: number): Buffer | undefined {
  const info = Buffer.alloc(size)
  return native().proc_pidinfo(pid, flavor, 0, info, size) === size ? info : undefined
}

interface Native {
  proc_pidinfo: (pid: number, flavor: number, argument: number, buffer: Buffer, size: number) => number
  proc_pidpath: (pid: number, buffer: Buffer, size: number) => number
  sysctl: (name: Buffer, length: number, old: Buffer, oldLength: Buffer, fresh: null, freshLength: number) => number
}

let bound: Native | undefined

function native(): Native {
  if (bound) return bound
  const library = koffi.load(null)
  bound = {
    proc_pidinfo: library.func('int proc_pidinfo(int pid, int flavor, uint64_t argument, void *buffer, int size)') as Native['proc_pidinfo'],
    proc_pidpath: library.func('int proc_pidpath(int pid, void *buffer, uint32_t size)') as Native['proc_pidpath'],
    sysctl: library.func('int sysctl(void *name, uint length, void *old, void *old_length, void *fresh, size_t fresh_length)') as Native['sysctl'],
  }
  return bound
}
