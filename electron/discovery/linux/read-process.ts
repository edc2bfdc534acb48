import { closeSync, fstatSync, openSync, readFileSync, readlinkSync, readSync, readdirSync } from 'node:fs'
import type { OpenFiles, ProcessKey, ProcessRecord } from '../process-record.ts'

/** How much of a command line or an environment is read; what comes after is cut. */
const MOST_ARGV = 64 * 1024
const MOST_ENVIRON = 256 * 1024
/** Descriptors that are looked at of one process. */
const MOST_DESCRIPTORS = 4096
/** `sysconf(_SC_CLK_TCK)`: 100 on every Linux that Node runs on. */
const TICKS_PER_SECOND = 100

/** A file of /proc is handed over in pieces of at least this size, the last one apart. */
const PAGE = 4096

const buffer = Buffer.allocUnsafe(MOST_ENVIRON)
let booted: number | undefined

/** The time that ticks count from, in milliseconds since the epoch. */
function bootTime(): number {
  booted ??= Number(/^btime (\d+)$/m.exec(readFileSync('/proc/stat', 'latin1'))?.[1] ?? 0) * 1000
  return booted
}

export type Stat = ProcessKey & { parent: number; comm: string; state: string }

/** `/proc/PID/stat`: undefined when there is no such process (any more). */
export function readStat(pid: number): Stat | undefined {
  const length = readInto(`/proc/${pid}/stat`, 1024)
  if (length === undefined || length === 0) return undefined
  const text = buffer.toString('latin1', 0, length)
  // The name in field 2 may hold anything, so fields are counted from the last closing bracket.
  const end = text.lastIndexOf(')')
  const fields = text.slice(end + 2, end + 300).split(' ', 20)
  return { pid, ticks: Number(fields[19]), parent: Number(fields[1]), comm: text.slice(text.indexOf('(') + 1, end), state: fields[0] ?? '' }
}

/** Everything cheap about a process. Undefined when it is gone, a zombie or a thread of the kernel. */
export function readProcess(pid: number, stat: Stat | undefined = readStat(pid)): ProcessRecord | undefined {
  if (!stat || stat.state === 'Z' || stat.state === 'X' || stat.parent === 2 || pid === 2) return undefined
  const { ticks, parent, comm } = stat
  const length = readInto(`/proc/${pid}/cmdline`, MOST_ARGV) ?? 0
  return {
    pid,
    ticks,
    parent,
    comm,
    startedAt: bootTime() + ticks * (1000 / TICKS_PER_SECOND),
    argv: wordsOf(length),
    argvCut: length === MOST_ARGV,
    exe: executableOf(pid),
    uid: undefined,
  }
}

/** The path of its executable, where it may be read. */
export function executableOf(pid: number): string | undefined {
  return link(`/proc/${pid}/exe`)?.replace(/ \(deleted\)$/, '')
}

/** Whether this process is still the one that was seen. */
export function isStill({ pid, ticks }: ProcessKey): boolean {
  return readStat(pid)?.ticks === ticks
}

/** Its environment; undefined where it may not be read. */
export function readEnvironment(pid: number): ReadonlyMap<string, string> | undefined {
  const length = readInto(`/proc/${pid}/environ`, MOST_ENVIRON)
  if (length === undefined) return undefined
  const pairs = buffer.toString('utf8', 0, length).split('\0')
  return new Map(pairs.flatMap((pair) => (pair.indexOf('=') > 0 ? [[pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)] as const] : [])))
}

/** What it has open; undefined where that may not be seen. */
export function readOpenFiles(pid: number): OpenFiles | undefined {
  let names: string[]
  try {
    names = readdirSync(`/proc/${pid}/fd`)
  } catch {
    return undefined
  }
  const files: string[] = []
  const sockets = new Set<number>()
  const standard: (string | undefined)[] = []
  for (const name of names.slice(0, MOST_DESCRIPTORS)) {
    const target = link(`/proc/${pid}/fd/${name}`)
    if (target === undefined) continue
    if (target.startsWith('socket:[')) sockets.add(Number(target.slice(8, -1)))
    else if (target.startsWith('/') && !target.startsWith('/dev/')) files.push(target.replace(/ \(deleted\)$/, ''))
    if (name === '0' || name === '1') standard[Number(name)] = kindOf(target)
  }
  return { files, sockets, stdin: standard[0], stdout: standard[1] }
}

function kindOf(target: string): string {
  if (target.startsWith('pipe:')) return 'pipe'
  if (target.startsWith('socket:')) return 'socket'
  return /^\/dev\/(tty|pts)/.test(target) ? 'tty' : target
}

/** The folder that it works in. */
export function readFolder(pid: number): string | undefined {
  return link(`/proc/${pid}/cwd`)
}

/**
 * Where this process' own root is to be read from: `` for ours, `/proc/PID/root` for a container's or any other mount
 * namespace, so that a path of that process is found by putting this in front.
 */
export function rootOf(pid: number): string {
  const own = link('/proc/self/ns/mnt')
  const its = link(`/proc/${pid}/ns/mnt`)
  return its !== undefined && its !== own ? `/proc/${pid}/root` : ''
}

/** Number of the user that it runs as. */
export function uidOf(pid: number): number | undefined {
  let fd: number | undefined
  try {
    fd = openSync(`/proc/${pid}/stat`, 'r')
    return fstatSync(fd).uid
  } catch {
    return undefined
  } finally {
    if (fd !== undefined) closeSync(fd)
  }
}

let users: Map<number, string> | undefined

/** The name of a user by number. */
export function userName(uid: number | undefined): string {
  if (uid === undefined) return 'unknown'
  users ??= readUsers()
  return users.get(uid) ?? String(uid)
}

function readUsers(): Map<number, string> {
  try {
    const rows = readFileSync('/etc/passwd', 'utf8').split('\n').map((line) => line.split(':'))
    return new Map(rows.map((row) => [Number(row[2]), row[0] ?? '']))
  } catch {
    return new Map()
  }
}

function wordsOf(length: number): string[] {
  let end = length
  // A rewritten title leaves the rest of the old command line as zeros.
  while (end > 0 && buffer[end - 1] === 0) end -= 1
  return end === 0 ? [] : buffer.toString('utf8', 0, end).split('\0')
}

/** Reads the beginning of a file into the shared buffer; the length, or undefined where it can't be read. */
function readInto(path: string, most: number): number | undefined {
  let fd: number | undefined
  try {
    fd = openSync(path, 'r')
    let length = 0
    while (length < most) {
      const asked = most - length
      const got = readSync(fd, buffer, length, asked, null)
      length += got
      // These files are made as they are read: a piece that is smaller than a page is the last.
      if (got === 0 || got < Math.min(asked, PAGE)) break
    }
    return length
  } catch {
    return undefined
  } finally {
    if (fd !== undefined) closeSync(fd)
  }
}

function link(path: string): string | undefined {
  try {
    return readlinkSync(path)
  } catch {
    return undefined
  }
}
