import { constants, fstatSync, promises } from 'node:fs'
import type { Effect } from '../../contract/effect.ts'
import type { Caller } from './caller.ts'
import * as libc from './libc.ts'
import { fileEffects } from './file-effects.ts'
import { handedOver, refused, result, type Answer } from './listener.ts'
import type { Operation } from './operation.ts'
import { isOwnFile, isSharedMemory, noteOwnFile, otherNames } from './second-names.ts'
import { noteTerminal } from './terminals.ts'
import { AT_FDCWD, find, openBelow, place, placeToCreate, type Found, type Place } from './resolve.ts'

const { O_WRONLY, O_RDWR, O_CREAT, O_EXCL, O_TRUNC, O_NOFOLLOW, O_NONBLOCK, O_NOCTTY } = constants
const O_CLOEXEC = 0o2000000
const O_TMPFILE = 0o20000000
const [F_SETFL, F_DUPFD_CLOEXEC] = [4, 1030]
/** Without set-user-ID and set-group-ID, with which it would run as this user for others. */
const PLAIN_MODE = 0o1777
/** How often it is looked whether a program that waits is still there, in milliseconds. */
const LOOK = 250

interface Opening {
  directory: number
  path: bigint
  flags: number
  mode: number
}

/** What open(2), creat(2) and openat(2) ask for. */
export function openingOf(caller: Caller, name: 'open' | 'creat' | 'openat'): Opening {
  switch (name) {
    case 'open':
      return { directory: AT_FDCWD, path: caller.arg(0), flags: caller.int(1), mode: caller.int(2) }
    case 'creat':
      return { directory: AT_FDCWD, path: caller.arg(0), flags: O_CREAT | O_WRONLY | O_TRUNC, mode: caller.int(1) }
    case 'openat':
      return { directory: caller.int(0), path: caller.arg(1), flags: caller.int(2), mode: caller.int(3) }
  }
}

/** Reads a call that opens a file. Symbolic links are resolved now, and what they lead to is what will be opened. */
export function prepareOpen(caller: Caller, { directory, path, flags, mode }: Opening): Operation | Answer {
  const text = caller.text(path)
  if (!text.ok) return result(text.errno)
  const mustBeNew = (flags & O_CREAT) !== 0 && (flags & O_EXCL) !== 0
  const toTheEnd = (flags & O_NOFOLLOW) === 0 && !mustBeNew
  const found = find(caller, directory, text.value, toTheEnd)
  if (typeof found !== 'number') return existing(caller, found, flags, mode)
  if (found !== libc.errno('ENOENT') || (flags & O_CREAT) === 0) return result(found)
  const at = (toTheEnd ? placeToCreate : place)(caller, directory, text.value)
  return typeof at === 'number' ? result(at) : missing(caller, at, flags, mode)
}

function existing(caller: Caller, found: Found, flags: number, mode: number): Operation | Answer {
  const { handle, real } = found
  const abandon = (): void => void libc.close(handle)
  const stop = (name: 'EEXIST' | 'ELOOP'): Answer => {
    abandon()
    return refused(name)
  }
  const stat = fstatSync(handle)
  const temporary = (flags & O_TMPFILE) === O_TMPFILE
  if (flags & O_CREAT && flags & O_EXCL) return stop('EEXIST')
  if (stat.isSymbolicLink()) return stop('ELOOP')
  const reopen = (flags & ~(O_CREAT | O_NOFOLLOW | (temporary ? 0 : O_EXCL))) | O_CLOEXEC | O_NOCTTY
  const waits = stat.isFIFO() && (flags & O_NONBLOCK) === 0
  const kinds = accessOf(flags & ~O_CREAT, temporary)
  return {
    effects: [...fileEffects({ real, own: found.own || isOwnFile(found) }, kinds), ...(kinds.includes('write') ? otherNames(found) : [])],
    abandon,
    perform: (mayWait) => {
      if (!waits) return reopened(handle, real, reopen, temporary ? mode & ~caller.umask & PLAIN_MODE : 0, flags)
      return mayWait ? openPipe(caller, handle, reopen, flags) : 'would wait'
    },
  }
}

/** Reopens exactly the object that was looked at. */
function reopened(handle: number, real: string, reopen: number, mode: number, flags: number): Answer {
  const fd = libc.open(`/proc/self/fd/${handle}`, reopen, mode)
  libc.close(handle)
  noteTerminal(real, fd)
  return handedOver(fd, flags)
}

/** Opening a named pipe waits for its other end, which no thread that serves others may do. */
async function openPipe(caller: Caller, handle: number, reopen: number, flags: number): Promise<Answer> {
  try {
    const fd = (flags & O_WRONLY) !== 0 ? await openToWrite(caller, handle, reopen) : await openToRead(caller, handle, reopen)
    return handedOver(fd, flags)
  } finally {
    libc.close(handle)
  }
}

/** As long as nobody reads, an open that does not block fails. */
async function openToWrite(caller: Caller, handle: number, reopen: number): Promise<number> {
  for (let pause = 1; ; pause = Math.min(pause * 2, 20)) {
    const fd = libc.open(`/proc/self/fd/${handle}`, reopen | O_NONBLOCK, 0)
    if (fd >= 0) libc.fcntl(fd, F_SETFL, reopen & ~(O_NONBLOCK | O_CLOEXEC))
    if (fd !== libc.errno('ENXIO') || !caller.isValid()) return fd
    await new Promise((done) => setTimeout(done, pause))
  }
}

/** Whoever waits to write must find a reader, so this has to block, in a thread of Node's pool. */
async function openToRead(caller: Caller, handle: number, reopen: number): Promise<number> {
  waitingPipes.add(handle)
  const looking = setInterval(() => void (caller.isValid() || letGo(handle)), LOOK)
  try {
    const file = await promises.open(`/proc/self/fd/${handle}`, reopen)
    const fd = libc.fcntl(file.fd, F_DUPFD_CLOEXEC, 0)
    await file.close()
    return fd
  } catch (error) {
    return (error as NodeJS.ErrnoException).errno ?? libc.errno('EACCES')
  } finally {
    clearInterval(looking)
    waitingPipes.delete(handle)
  }
}

/** Named pipes that are being opened. Node does not end while a thread of its pool waits in the kernel. */
const waitingPipes = new Set<number>()
process.on('exit', () => waitingPipes.forEach(letGo))

/** Has both ends of a named pipe there for a moment. */
function letGo(handle: number): void {
  libc.close(libc.open(`/proc/self/fd/${handle}`, O_RDWR | O_NONBLOCK, 0))
}

function missing(caller: Caller, { parent, name, real }: Place, flags: number, mode: number): Operation {
  const isShared = isSharedMemory(real)
  return {
    effects: isShared ? [] : fileEffects({ real }, accessOf(flags, false)),
    abandon: () => void libc.close(parent),
    perform: () => {
      const fd = openBelow(parent, name, flags | O_NOFOLLOW | O_CLOEXEC | (isShared ? O_EXCL : 0), mode & ~caller.umask & PLAIN_MODE)
      if (isShared) noteOwnFile(fd)
      libc.close(parent)
      return handedOver(fd, flags)
    },
  }
}

function accessOf(flags: number, temporary: boolean): readonly Extract<Effect['kind'], 'read' | 'write'>[] {
  if (temporary || flags & (O_CREAT | O_TRUNC)) return flags & O_RDWR ? ['read', 'write'] : ['write']
  if (flags & O_RDWR) return ['read', 'write']
  return flags & O_WRONLY ? ['write'] : ['read']
}
