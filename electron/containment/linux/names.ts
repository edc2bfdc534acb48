import { constants, fstatSync } from 'node:fs'
import type { Effect } from '../../contract/effect.ts'
import type { InnerRule } from '../fence.ts'
import type { Caller } from './caller.ts'
import { fileEffects } from './file-effects.ts'
import { innerEffects, linkedEffects } from './inner-names.ts'
import * as libc from './libc.ts'
import { refused, result, type Answer } from './listener.ts'
import type { Operation } from './operation.ts'
import { isOwnFile, isSharedMemory, noteLinked } from './second-names.ts'
import { AT_FDCWD, find, openBelow, place, type Place } from './resolve.ts'

const O_PATH = 0o10000000
const AT_REMOVEDIR = 0x200
const AT_SYMLINK_FOLLOW = 0x400
const AT_EMPTY_PATH = 0x1000

/** Calls that make, move or remove names. They act on the name in the folder that was looked at, whatever happens to the path. */

/** The named place of a call's argument, or what the caller gets instead. */
function placeOf(caller: Caller, directory: number, path: bigint): Place | Answer {
  const text = caller.text(path)
  if (!text.ok) return result(text.errno)
  const found = place(caller, directory, text.value)
  return typeof found === 'number' ? result(found) : found
}

const isAnswer = (value: Place | Answer): value is Answer => 'kind' in value

/**
 * An operation on one name: `act` does it, given the folder and the name. A name to write must be free and one to delete must be there;
 * otherwise nothing would happen, and nobody needs to be asked.
 */
function onName(at: Place | Answer, kind: 'write' | 'delete', act: (parent: number, name: string) => number, isTree = false): Operation | Answer {
  if (isAnswer(at)) return at
  const { parent, name, real } = at
  if (exists(at) !== (kind === 'delete')) {
    libc.close(parent)
    return refused(kind === 'delete' ? 'ENOENT' : 'EEXIST')
  }
  const finish = (value: number): Answer => {
    libc.close(parent)
    return result(value)
  }
  const own = kind === 'delete' && isOwnAt(at)
  return { effects: fileEffects({ real, own }, [kind], isTree), abandon: () => void libc.close(parent), perform: () => finish(act(parent, name)) }
}

export function prepareUnlink(caller: Caller, directory: number, path: bigint, isDirectory: boolean): Operation | Answer {
  return onName(placeOf(caller, directory, path), 'delete', (parent, name) => libc.unlinkat(parent, name, isDirectory ? AT_REMOVEDIR : 0))
}

/** Without set-user-ID and set-group-ID, with which it would run as this user for others. */
const PLAIN_MODE = 0o1777

export function prepareMkdir(caller: Caller, directory: number, path: bigint, mode: number): Operation | Answer {
  return onName(placeOf(caller, directory, path), 'write', (parent, name) => libc.mkdirat(parent, name, mode & ~caller.umask & 0o7777))
}

/** Pipes, sockets and plain files; devices are nothing an agent makes. */
export function prepareMknod(caller: Caller, directory: number, path: bigint, mode: number): Operation | Answer {
  const type = mode & constants.S_IFMT
  if (type === constants.S_IFCHR || type === constants.S_IFBLK) return refused('EPERM')
  return onName(placeOf(caller, directory, path), 'write', (parent, name) =>
    libc.mknodat(parent, name, type | (mode & ~caller.umask & PLAIN_MODE), 0),
  )
}

/** Where the link points says nothing yet: that is judged when it is followed. But it may put a whole folder there. */
export function prepareSymlink(caller: Caller, target: bigint, directory: number, path: bigint, inner: readonly InnerRule[]): Operation | Answer {
  const text = caller.text(target)
  if (!text.ok) return result(text.errno)
  const at = placeOf(caller, directory, path)
  const linked = isAnswer(at) ? [] : linkedEffects(at, text.value, inner)
  const operation = onName(at, 'write', (parent, name) => libc.symlinkat(text.value, parent, name), true)
  return 'kind' in operation ? operation : { ...operation, effects: [...operation.effects, ...linked] }
}

/**
 * Moves a name. The old one is deleted and the new one written, with everything below where it is a folder; and since rules speak of
 * names, it has to be readable under the old one to be so under another. To exchange two is both, for both.
 */
export function prepareRename(caller: Caller, from: readonly [number, bigint], to: readonly [number, bigint], flags: number, inner: readonly InnerRule[]): Operation | Answer {
  // Neither may be replaced; exchanged. What leaves a device behind (RENAME_WHITEOUT) is nothing an agent does.
  if (![0, 1, 2].includes(flags)) return refused('EINVAL')
  const source = placeOf(caller, ...from)
  if (isAnswer(source)) return source
  const target = exists(source) ? placeOf(caller, ...to) : refused('ENOENT')
  if (isAnswer(target)) {
    libc.close(source.parent)
    return target
  }
  const RENAME_EXCHANGE = 2
  const isExchange = (flags & RENAME_EXCHANGE) !== 0
  const abandon = (): void => {
    libc.close(source.parent)
    libc.close(target.parent)
  }
  const isTree = isFolder(source)
  const brought = (): Effect[] => [...(isTree ? innerEffects(source, target, inner) : []), ...(isExchange && isFolder(target) ? innerEffects(target, source, inner) : [])]
  const judged = brought()
  return {
    effects: [
      ...judged,
      ...fileEffects({ real: source.real }, isExchange ? ['read', 'delete', 'write'] : ['read', 'delete'], isTree || (isExchange && isFolder(target))),
      ...fileEffects({ real: target.real }, isExchange ? ['read', 'delete', 'write'] : ['write'], isTree || isFolder(target)),
    ],
    abandon,
    perform: () => {
      // While somebody was asked, more may have come into it.
      const isJudged = JSON.stringify(brought()) === JSON.stringify(judged)
      const value = !isJudged ? libc.errno('EACCES') : libc.renameat2(source.parent, source.name, target.parent, target.name, flags)
      abandon()
      return result(value)
    },
  }
}

/** Gives a file a second name. Whoever holds either can read and write it, so both rights are needed on the first. */
export function prepareLink(caller: Caller, from: readonly [number, bigint], to: readonly [number, bigint], flags: number): Operation | Answer {
  const text = caller.text(from[1])
  if (!text.ok) return result(text.errno)
  const fromDescriptor = text.value === '' && (flags & AT_EMPTY_PATH) !== 0
  const source = fromDescriptor ? find(caller, AT_FDCWD, `/proc/self/fd/${from[0]}`, true) : find(caller, from[0], text.value, (flags & AT_SYMLINK_FOLLOW) !== 0)
  if (typeof source === 'number') return result(source)
  const target = placeOf(caller, ...to)
  if (isAnswer(target)) {
    libc.close(source.handle)
    return target
  }
  const abandon = (): void => {
    libc.close(source.handle)
    libc.close(target.parent)
  }
  return {
    effects: [...fileEffects({ real: source.real, own: source.own || isOwnFile(source) }, ['read', 'write']), ...fileEffects({ real: target.real, own: isOwnFile(source) && isSharedMemory(target.real) }, ['write'])],
    abandon,
    perform: () => {
      noteLinked(source.handle)
      const value = libc.linkat(AT_FDCWD, `/proc/self/fd/${source.handle}`, target.parent, target.name, AT_SYMLINK_FOLLOW)
      abandon()
      return result(value)
    },
  }
}

/** Whether there is shared memory of the tree's own by that name. */
function isOwnAt({ parent, name, real }: Place): boolean {
  if (!isSharedMemory(real)) return false
  const handle = openBelow(parent, name, O_PATH | constants.O_NOFOLLOW)
  if (handle < 0) return false
  const is = isOwnFile({ handle, real })
  libc.close(handle)
  return is
}

function exists({ parent, name }: Place): boolean {
  const handle = openBelow(parent, name, O_PATH | constants.O_NOFOLLOW)
  if (handle >= 0) libc.close(handle)
  return handle >= 0
}

function isFolder({ parent, name }: Place): boolean {
  const handle = openBelow(parent, name, O_PATH | constants.O_NOFOLLOW)
  if (handle < 0) return false
  const is = fstatSync(handle).isDirectory()
  libc.close(handle)
  return is
}
