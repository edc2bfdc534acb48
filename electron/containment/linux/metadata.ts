import { fstatSync } from 'node:fs'
import type { Effect } from '../../contract/effect.ts'
import type { Caller } from './caller.ts'
import { realNameOf } from './caller.ts'
import { fileEffects, isOwnProcess } from './file-effects.ts'
import * as libc from './libc.ts'
import { result, type Answer } from './listener.ts'
import type { Operation } from './operation.ts'
import { isOwnFile, otherNames } from './second-names.ts'
import { AT_FDCWD, find, type Found } from './resolve.ts'

const AT_SYMLINK_NOFOLLOW = 0x100
const AT_EMPTY_PATH = 0x1000
const O_PATH = 0o10000000
const F_GETFL = 3
const LARGEST_ATTRIBUTE = 65_536

/** Calls that change a file without opening it: mode, owner, times, extended attributes, length. Landlock does not hold them. */

/** A handle on the object as `/proc/self/fd/N` names it, and as a descriptor. */
type Act = (path: string, handle: number) => number

/** On the object at a path. */
function onPath(caller: Caller, directory: number, path: bigint, toTheEnd: boolean, act: Act, more: (found: Found) => Effect[] = () => []): Operation | Answer {
  const text = caller.text(path)
  if (!text.ok) return result(text.errno)
  const found = find(caller, directory, text.value, toTheEnd)
  return typeof found === 'number' ? result(found) : onHandle(found, act, more(found))
}

/** On what one of the caller's descriptors is open on; a handle (`O_PATH`) is no such thing. */
function onDescriptor(caller: Caller, fd: number, act: Act): Operation | Answer {
  const own = caller.descriptor(fd)
  if (own < 0) return result(own)
  if ((libc.fcntl(own, F_GETFL, 0) & O_PATH) === 0) {
    const real = realNameOf(own)
    return onHandle({ handle: own, real, own: isOwnProcess(caller, real, own) }, act)
  }
  libc.close(own)
  return result(libc.errno('EBADF'))
}

function onHandle(found: Found, act: Act, more: readonly Effect[] = []): Operation {
  const { handle } = found
  return {
    effects: fileEffects({ real: found.real, own: found.own || isOwnFile(found) }, ['write']).concat(more),
    abandon: () => void libc.close(handle),
    perform: () => {
      const value = act(`/proc/self/fd/${handle}`, handle)
      libc.close(handle)
      return result(value)
    },
  }
}

export function prepareTruncate(caller: Caller): Operation | Answer {
  const length = Number(BigInt.asIntN(64, caller.arg(1)))
  return onPath(caller, AT_FDCWD, caller.arg(0), true, (path) => libc.truncate(path, length), otherNames)
}

export function prepareChmod(caller: Caller, directory: number, path: bigint, mode: number): Operation | Answer {
  return onPath(caller, directory, path, true, (at, handle) => changeMode(handle, mode, (plain) => libc.chmod(at, plain)))
}

export function prepareFchmod(caller: Caller): Operation | Answer {
  return onDescriptor(caller, caller.int(0), (_, handle) => changeMode(handle, caller.int(1), (plain) => libc.fchmod(handle, plain)))
}

/** A program with set-user-ID or set-group-ID would run as this user, for others and outside of any fence; for folders the bits mean no such thing. */
function changeMode(handle: number, mode: number, change: (mode: number) => number): number {
  return (mode & 0o6000) !== 0 && !fstatSync(handle).isDirectory() ? libc.errno('EPERM') : change(mode & 0o7777)
}

export function prepareChown(caller: Caller, directory: number, path: bigint, owner: readonly [number, number], toTheEnd: boolean): Operation | Answer {
  return onPath(caller, directory, path, toTheEnd, (_, handle) => libc.fchownat(handle, '', owner[0] >>> 0, owner[1] >>> 0, AT_EMPTY_PATH))
}

export function prepareFchown(caller: Caller): Operation | Answer {
  const [user, group] = [caller.int(1) >>> 0, caller.int(2) >>> 0]
  return onDescriptor(caller, caller.int(0), (path) => libc.fchownat(AT_FDCWD, path, user, group, 0))
}

/** utimensat(2): `struct timespec[2]`, or NULL for now; without a path it is about the descriptor. */
export function prepareTimes(caller: Caller): Operation | Answer {
  const times = caller.arg(2) === 0n ? undefined : caller.bytes(caller.arg(2), 32)
  if (times?.ok === false) return result(times.errno)
  const value = times?.value ?? null
  if (caller.arg(1) === 0n) return onDescriptor(caller, caller.int(0), (path) => libc.utimensat(AT_FDCWD, path, value, 0))
  const toTheEnd = (caller.int(3) & AT_SYMLINK_NOFOLLOW) === 0
  return onPath(caller, caller.int(0), caller.arg(1), toTheEnd, (path, handle) =>
    // The times of a link itself can only be set through its handle.
    toTheEnd ? libc.utimensat(AT_FDCWD, path, value, 0) : libc.utimensat(handle, '', value, AT_EMPTY_PATH),
  )
}

/** utime(2), utimes(2) and futimesat(2): seconds and microseconds as they write them, NULL for now. */
export function prepareOldTimes(caller: Caller, name: 'utime' | 'utimes' | 'futimesat'): Operation | Answer {
  const [directory, path, at] = name === 'futimesat' ? [caller.int(0), caller.arg(1), caller.arg(2)] : [AT_FDCWD, caller.arg(0), caller.arg(1)]
  const given = at === 0n ? undefined : caller.bytes(at, name === 'utime' ? 16 : 32)
  if (given?.ok === false) return result(given.errno)
  const times = given && timespecs(given.value, name === 'utime')
  return onPath(caller, directory, path, true, (handle) => libc.utimensat(AT_FDCWD, handle, times ?? null, 0))
}

function timespecs(given: Buffer, wholeSeconds: boolean): Buffer {
  const times = Buffer.alloc(32)
  for (const index of [0, 1]) {
    times.writeBigInt64LE(given.readBigInt64LE(wholeSeconds ? index * 8 : index * 16), index * 16)
    if (!wholeSeconds) times.writeBigInt64LE(given.readBigInt64LE(index * 16 + 8) * 1000n, index * 16 + 8)
  }
  return times
}

/** Extended attributes of a path (`setxattr`, `lsetxattr` and their counterparts that remove) or a descriptor. */
export function prepareAttribute(caller: Caller, change: 'set' | 'remove', on: 'path' | 'link' | 'descriptor'): Operation | Answer {
  const name = caller.text(caller.arg(1), 256)
  if (!name.ok) return result(name.errno)
  // These give programs rights (capabilities among them), and need rights that the tree has not got even where the supervisor has.
  if (/^(security|trusted)\./.test(name.value)) return result(libc.errno('EPERM'))
  const act = change === 'remove' ? (path: string) => libc.removexattr(path, name.value) : settingOf(caller, name.value)
  if (typeof act === 'number') return result(act)
  if (on === 'descriptor') return onDescriptor(caller, caller.int(0), act)
  return onPath(caller, AT_FDCWD, caller.arg(0), on === 'path', act)
}

function settingOf(caller: Caller, name: string): ((path: string) => number) | number {
  const size = Number(caller.arg(3))
  if (size > LARGEST_ATTRIBUTE) return libc.errno('E2BIG')
  const value = caller.bytes(caller.arg(2), size)
  return value.ok ? (path) => libc.setxattr(path, name, value.value, size, caller.int(4)) : value.errno
}
