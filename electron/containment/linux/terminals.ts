import { isatty } from 'node:tty'
import { realNameOf } from './caller.ts'
import * as libc from './libc.ts'

/** `asm-generic/ioctls.h`: the number of the terminal that belongs to an open `/dev/ptmx` (pts(4)). */
const TIOCGPTN = 0x80045430
const O_PATH = 0o10000000
const O_CLOEXEC = 0o2000000

/**
 * Terminals of the tree, by name: the one that it was started in, and those that it has made. The numbers are used again, so each has a handle
 * (which keeps no terminal open): the kernel tells whether what it was taken on is still what goes by that name.
 */
const own = new Map<string, number>()
for (const fd of [0, 1, 2]) if (isatty(fd)) add(realNameOf(fd))

function add(name: string): void {
  const former = own.get(name)
  if (former !== undefined) libc.close(former)
  const handle = libc.open(name, O_PATH | O_CLOEXEC, 0)
  if (handle >= 0) own.set(name, handle)
  else own.delete(name)
}

/** In any other terminal somebody else types, and reads what is shown. */
export function isOwnTerminal(real: string): boolean {
  const handle = own.get(real)
  return handle !== undefined && realNameOf(handle) === real
}

/** To be told of everything that was opened for the tree: opening `/dev/ptmx` makes a terminal. */
export function noteTerminal(real: string, fd: number): void {
  if (fd < 0 || !/^\/dev\/(pts\/)?ptmx$/.test(real)) return
  const number = Buffer.alloc(4)
  if (libc.ioctl(fd, TIOCGPTN, number) >= 0) add(`/dev/pts/${number.readUInt32LE(0)}`)
}
