import type { InnerRule } from '../fence.ts'
import { answerByNumber } from './by-number.ts'
import type { Carrier } from './carried.ts'
import type { Caller } from './caller.ts'
import { prepareExec, type ProgramFolders } from './exec.ts'
import { refused, type Answer } from './listener.ts'
import { prepareSendmmsg, prepareSendmsg, prepareSendto } from './messages.ts'
import * as metadata from './metadata.ts'
import { prepareLink, prepareMkdir, prepareMknod, prepareRename, prepareSymlink, prepareUnlink } from './names.ts'
import { prepareBind, prepareConnect, prepareListen, prepareSocket, type Egress } from './network.ts'
import { openingOf, prepareOpen } from './open.ts'
import type { Operation } from './operation.ts'
import { AT_FDCWD } from './resolve.ts'
import { inTemporary, type Temporary } from './temporary.ts'
import { syscallName } from './syscalls.ts'
import { prepareWatch } from './watch.ts'

const AT_REMOVEDIR = 0x200
const AT_SYMLINK_NOFOLLOW = 0x100

/** What operations depend on besides the call itself. */
export interface Surroundings extends Egress, Temporary {
  /** Of the terms in force. */
  innerRules: () => readonly InnerRule[]
  carriers: () => readonly Carrier[]
  programFolders: ProgramFolders
}

/** Reads a waiting call: what it would do, or what the caller gets at once because it can't do it. Changes nothing. */
export function prepare(caller: Caller, around: Surroundings): Operation | Answer {
  const read = readCall(caller, around)
  return 'effects' in read ? inTemporary(read, around) : read
}

function readCall(caller: Caller, around: Surroundings): Operation | Answer {
  const name = syscallName(caller.notification.number)
  switch (name) {
    case 'open':
    case 'creat':
    case 'openat':
      return prepareOpen(caller, openingOf(caller, name))
    case 'execve':
    case 'execveat':
      return prepareExec(caller, around.programFolders, around.carriers(), name)
    case 'socket':
      return prepareSocket(caller)
    case 'connect':
      return prepareConnect(caller, around)
    case 'bind':
      return prepareBind(caller, around)
    case 'listen':
      return prepareListen(caller)
    case 'sendto':
      return prepareSendto(caller, around)
    case 'sendmsg':
      return prepareSendmsg(caller, around)
    case 'sendmmsg':
      return prepareSendmmsg(caller, around)
    case 'inotify_add_watch':
      return prepareWatch(caller)
    default:
      return prepareNameChange(caller, name, around.innerRules) ?? prepareMetadataChange(caller, name) ?? answerByNumber(caller, name) ?? refused('ENOSYS')
  }
}

function prepareNameChange(caller: Caller, name: string | undefined, inner: Surroundings['innerRules']): Operation | Answer | undefined {
  const [a, b, c, d] = [caller.arg(0), caller.arg(1), caller.arg(2), caller.arg(3)]
  switch (name) {
    case 'unlink':
      return prepareUnlink(caller, AT_FDCWD, a, false)
    case 'rmdir':
      return prepareUnlink(caller, AT_FDCWD, a, true)
    case 'unlinkat':
      return prepareUnlink(caller, caller.int(0), b, (caller.int(2) & AT_REMOVEDIR) !== 0)
    case 'mkdir':
      return prepareMkdir(caller, AT_FDCWD, a, caller.int(1))
    case 'mkdirat':
      return prepareMkdir(caller, caller.int(0), b, caller.int(2))
    case 'mknod':
      return prepareMknod(caller, AT_FDCWD, a, caller.int(1))
    case 'mknodat':
      return prepareMknod(caller, caller.int(0), b, caller.int(2))
    case 'symlink':
      return prepareSymlink(caller, a, AT_FDCWD, b, inner())
    case 'symlinkat':
      return prepareSymlink(caller, a, caller.int(1), c, inner())
    case 'rename':
      return prepareRename(caller, [AT_FDCWD, a], [AT_FDCWD, b], 0, inner())
    case 'renameat':
      return prepareRename(caller, [caller.int(0), b], [caller.int(2), d], 0, inner())
    case 'renameat2':
      return prepareRename(caller, [caller.int(0), b], [caller.int(2), d], caller.int(4), inner())
    case 'link':
      return prepareLink(caller, [AT_FDCWD, a], [AT_FDCWD, b], 0)
    case 'linkat':
      return prepareLink(caller, [caller.int(0), b], [caller.int(2), d], caller.int(4))
    default:
      return undefined
  }
}

function prepareMetadataChange(caller: Caller, name: string | undefined): Operation | Answer | undefined {
  const owner = (first: number): [number, number] => [caller.int(first), caller.int(first + 1)]
  switch (name) {
    case 'truncate':
      return metadata.prepareTruncate(caller)
    case 'chmod':
      return metadata.prepareChmod(caller, AT_FDCWD, caller.arg(0), caller.int(1))
    case 'fchmodat':
      return metadata.prepareChmod(caller, caller.int(0), caller.arg(1), caller.int(2))
    case 'fchmodat2':
      return caller.int(3) === 0 ? metadata.prepareChmod(caller, caller.int(0), caller.arg(1), caller.int(2)) : refused('EOPNOTSUPP')
    case 'fchmod':
      return metadata.prepareFchmod(caller)
    case 'chown':
      return metadata.prepareChown(caller, AT_FDCWD, caller.arg(0), owner(1), true)
    case 'lchown':
      return metadata.prepareChown(caller, AT_FDCWD, caller.arg(0), owner(1), false)
    case 'fchownat':
      return metadata.prepareChown(caller, caller.int(0), caller.arg(1), owner(2), (caller.int(4) & AT_SYMLINK_NOFOLLOW) === 0)
    case 'fchown':
      return metadata.prepareFchown(caller)
    case 'utimensat':
      return metadata.prepareTimes(caller)
    case 'utime':
    case 'utimes':
    case 'futimesat':
      return metadata.prepareOldTimes(caller, name)
    case 'setxattr':
      return metadata.prepareAttribute(caller, 'set', 'path')
    case 'lsetxattr':
      return metadata.prepareAttribute(caller, 'set', 'link')
    case 'fsetxattr':
      return metadata.prepareAttribute(caller, 'set', 'descriptor')
    case 'removexattr':
      return metadata.prepareAttribute(caller, 'remove', 'path')
    case 'lremovexattr':
      return metadata.prepareAttribute(caller, 'remove', 'link')
    case 'fremovexattr':
      return metadata.prepareAttribute(caller, 'remove', 'descriptor')
    default:
      return undefined
  }
}
