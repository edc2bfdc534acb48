import { constants, existsSync, fstatSync } from 'node:fs'
import { realNameOf, type Caller } from './caller.ts'
import { isOwnProcess } from './file-effects.ts'
import * as libc from './libc.ts'
import { isOwnTerminal } from './terminals.ts'
import { isBelow } from './tree.ts'

export const AT_FDCWD = -100
const O_PATH = 0o10000000
const O_CLOEXEC = 0o2000000
const RESOLVE_NO_MAGICLINKS = 2n
const MOST_LINKS = 40

/** An object that a path leads to, found without opening it. */
export interface Found {
  /** An `O_PATH` handle on it; the holder closes it. */
  handle: number
  /** The kernel's name for it: links and `..` are gone. Not a path (`pipe:[1]`) for what has no place in a file system. */
  real: string
  /** It is the kernel's view of a process of the tree, or a terminal of its own. */
  own: boolean
}

/** A name in a folder, whether there is something of that name or not. */
export interface Place {
  /** An `O_PATH` handle on the folder; the holder closes it. */
  parent: number
  name: string
  real: string
}

const how = Buffer.alloc(24)

/** openat2(2) with `struct open_how { u64 flags, mode, resolve }`. Links of `/proc` that lead to open files are not followed. */
export function openBelow(directory: number, path: string, flags: number, mode = 0): number {
  how.writeBigUInt64LE(BigInt(flags >>> 0), 0)
  how.writeBigUInt64LE(BigInt(mode), 8)
  how.writeBigUInt64LE(RESOLVE_NO_MAGICLINKS, 16)
  return libc.openat2(directory, path, how, how.length)
}

/**
 * A path as the caller means it: a link of `/proc` to start from, where it needs one, and the rest. `/proc/self` would mean the
 * supervisor here. The tree has the supervisor's root or one that differs in nothing but `/proc` and what is hidden in it, because
 * neither chroot nor mount namespaces are let through.
 */
function fromCaller(caller: Caller, directory: number, path: string): { link?: string; rest: string } {
  if (!path.startsWith('/')) return { link: `/proc/${caller.tid}/${directory === AT_FDCWD ? 'cwd' : `fd/${directory}`}`, rest: path }
  const standard = ['/dev/stdin', '/dev/stdout', '/dev/stderr'].indexOf(path)
  if (standard >= 0) return { link: `/proc/${caller.group}/fd/${standard}`, rest: '' }
  const absolute = path
    .replace(/^\/+dev\/+fd(?=\/|$)/, '/proc/self/fd')
    .replace(/^\/+proc\/+thread-self(?=\/|$)/, () => `/proc/${caller.group}/task/${caller.tid}`)
    .replace(/^\/+proc\/+(mounts|net)(?=\/|$)/, (_, name: string) => `/proc/${caller.group}/${name}`)
    .replace(/^\/+proc\/+self(?=\/|$)/, () => `/proc/${caller.group}`)
  if (caller.procDevice !== undefined && absolute === path && /^\/+proc(\/|$)/.test(path))
    return { link: `/proc/${caller.tid}/root`, rest: path.replace(/^\/+/, '') }
  const [, link, rest] = /^(\/proc\/\d+(?:\/task\/\d+)?\/(?:fd\/\d+|cwd|root|exe))(?:\/+(.*))?$/s.exec(absolute) ?? []
  return link === undefined ? { rest: absolute } : { link, rest: rest ?? '' }
}

/** A handle on where a link of `/proc` leads, if it belongs to a process of the tree. */
function follow(link: string): number {
  const pid = Number(/\d+/.exec(link)?.[0])
  return isBelow(pid, process.pid) ? libc.open(link, O_PATH | O_CLOEXEC, 0) : libc.errno('EACCES')
}

/** The object at a path; a negative errno when the caller would get that. `toTheEnd` false stops at a link in the last place. */
export function find(caller: Caller, directory: number, path: string, toTheEnd: boolean): Found | number {
  if (path === '') return libc.errno('ENOENT')
  const table = networkTable(caller, path)
  if (table !== undefined) return table
  const { link, rest } = fromCaller(caller, directory, path)
  const base = link === undefined ? AT_FDCWD : follow(link)
  if (base < 0 && base !== AT_FDCWD) return base
  if (rest === '') return checked(caller, base)
  const handle = openBelow(base, rest, O_PATH | O_CLOEXEC | (toTheEnd ? 0 : constants.O_NOFOLLOW))
  if (base !== AT_FDCWD) libc.close(base)
  return handle < 0 ? handle : checked(caller, handle)
}

/**
 * A table of the network such as `/proc/net/tcp`, for a tree with namespaces of its own: its sockets are those of this machine, so the
 * supervisor's table has them.
 */
function networkTable(caller: Caller, path: string): Found | undefined {
  const name = caller.procDevice === undefined ? undefined : /^\/+proc\/+(?:self\/+|thread-self\/+)?net\/+(\w+)$/.exec(path)?.[1]
  if (name === undefined) return undefined
  const real = `/proc/${process.pid}/net/${name}`
  const handle = openBelow(AT_FDCWD, real, O_PATH | O_CLOEXEC | constants.O_NOFOLLOW)
  if (handle < 0) return undefined
  if (fstatSync(handle).isFile()) return { handle, real, own: true }
  libc.close(handle)
  return undefined
}

function checked(caller: Caller, handle: number): Found | number {
  if (caller.isValid()) {
    const real = realNameOf(handle)
    if (isOfThisProcess(real)) {
      libc.close(handle)
      return libc.errno('EACCES')
    }
    return { handle, real, own: isOwnProcess(caller, real, handle) || isOwnTerminal(real) }
  }
  libc.close(handle)
  return libc.errno('ESRCH')
}

/** Whether a file is the kernel's view of the supervisor, by the number of any of its threads: no rule opens that. */
function isOfThisProcess(real: string): boolean {
  const tid = /^\/proc\/(\d+)(?:\/|$)/.exec(real)?.[1]
  return tid !== undefined && existsSync(`/proc/self/task/${tid}`)
}

/** The folder that a path's last part stands in, and that part. Links in the last place are not followed. */
export function place(caller: Caller, directory: number, path: string): Place | number {
  const trimmed = path.replace(/\/+$/, '')
  if (trimmed === '') return libc.errno(path === '' ? 'ENOENT' : 'EEXIST')
  const slash = trimmed.lastIndexOf('/')
  const name = trimmed.slice(slash + 1)
  if (name === '.' || name === '..') return libc.errno('EINVAL')
  const parent = find(caller, directory, slash < 0 ? '.' : trimmed.slice(0, slash) || '/', true)
  if (typeof parent === 'number') return parent
  return { parent: parent.handle, name, real: parent.real === '/' ? `/${name}` : `${parent.real}/${name}` }
}

/**
 * Where a file that is not there yet would be created: the place itself, or where dangling links in it lead, as the kernel follows
 * them for `O_CREAT`.
 */
export function placeToCreate(caller: Caller, directory: number, path: string): Place | number {
  let at = place(caller, directory, path)
  for (let links = 0; typeof at !== 'number' && links < MOST_LINKS; links++) {
    const target = linkTarget(at)
    if (target === undefined) return at
    const next: Place | number = target.startsWith('/') ? place(caller, AT_FDCWD, target) : placeFrom(at.parent, target)
    libc.close(at.parent)
    at = next
  }
  if (typeof at !== 'number') libc.close(at.parent)
  return typeof at === 'number' ? at : libc.errno('ELOOP')
}

function placeFrom(folder: number, target: string): Place | number {
  const slash = target.lastIndexOf('/')
  const name = target.slice(slash + 1)
  const parent = openBelow(folder, slash < 0 ? '.' : target.slice(0, slash), O_PATH | O_CLOEXEC | constants.O_DIRECTORY)
  if (parent < 0) return parent
  return { parent, name, real: `${realNameOf(parent)}/${name}` }
}

function linkTarget({ parent, name }: Place): string | undefined {
  const handle = openBelow(parent, name, O_PATH | O_CLOEXEC | constants.O_NOFOLLOW)
  if (handle < 0) return undefined
  const target = Buffer.alloc(4096)
  const length = libc.readlinkat(handle, '', target, target.length)
  libc.close(handle)
  return length < 0 ? undefined : target.toString('utf8', 0, length)
}
