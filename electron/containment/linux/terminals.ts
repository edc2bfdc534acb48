import { isatty } from 'node:tty'
import { realNameOf } from './caller.ts'
import * as libc from './libc.ts'

/** `asm-generic/ioctls.h`: the number of the terminal that belongs to an open `/dev/ptmx` (pts(4)). */
const TIOCGPTN = 0x80045430

/** Terminals of the tree, by name: the one that it was started in, and those that it has made. */
const own = new Set([0, 1, 2].filter((fd) => isatty(fd)).map((fd) => realNameOf(fd)))

/** In any other terminal somebody else types, and reads what is shown. */
export function isOwnTerminal(real: string): boolean {
  return own.has(real)
}

/** To be told of everything that was opened for the tree: opening `/dev/ptmx` makes a terminal. */
export function noteTerminal(real: string, fd: number): void {
  if (fd < 0 || !/^\/dev\/(pts\/)?ptmx$/.test(real)) return
  const number = Buffer.alloc(4)
  if (libc.ioctl(fd, TIOCGPTN, number) >= 0) own.add(`/dev/pts/${number.readUInt32LE(0)}`)
}
