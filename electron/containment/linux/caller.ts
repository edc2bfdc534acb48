import { readlinkSync } from 'node:fs'
import * as libc from './libc.ts'
import type { Listener, Notification } from './listener.ts'
import { readProcFile } from './proc-file.ts'

const PAGE = 4096n
const LONGEST_PATH = 4096
/** All words of a program together, as Linux has it for the usual stack of 8 MiB (execve(2), "Limits"). */
const MOST_WORDS = 2 * 1024 * 1024
const PIDFD_THREAD = 0o200

/** What a call's arguments in memory turned out to be; the errno is what the caller gets instead. */
export type Read<T> = { ok: true; value: T } | { ok: false; errno: number }

const failed = (name: 'E2BIG' | 'EFAULT' | 'ENAMETOOLONG' | 'ESRCH'): { ok: false; errno: number } => ({ ok: false, errno: libc.errno(name) })

const buffer = Buffer.allocUnsafeSlow(LONGEST_PATH)
const local = Buffer.alloc(16)
const remote = Buffer.alloc(16)
local.writeBigUInt64LE(libc.addressOf(buffer), 0)

/** Copies up to a page of a thread's memory into the shared buffer; the number of bytes, or a negative errno. */
function copy(tid: number, address: bigint, length: number): number {
  local.writeBigUInt64LE(BigInt(length), 8)
  remote.writeBigUInt64LE(address, 0)
  remote.writeBigUInt64LE(BigInt(length), 8)
  return libc.processVmReadv(tid, local, 1, remote, 1, 0)
}

/**
 * The thread behind a notification, seen from the supervisor. Everything read from it is a copy: the copy is judged and used, the
 * original may change at any moment.
 */
export class Caller {
  readonly notification: Notification
  readonly tid: number
  /** The device number of the `/proc` that the tree sees, where it has one of its own. */
  readonly procDevice: number | undefined
  readonly #listener: Listener
  #group: number | undefined

  constructor(notification: Notification, listener: Listener, procDevice?: number) {
    this.procDevice = procDevice
    this.notification = notification
    this.tid = notification.tid
    this.#listener = listener
  }

  isValid(): boolean {
    return this.#listener.isValid(this.notification)
  }

  /** Its process. Mostly the thread is the first of it, and the kernel says so faster than by its status. */
  get group(): number {
    return (this.#group ??= isFirstThread(this.tid) ? this.tid : statusField(this.tid, 'Tgid', 10))
  }

  /** The mode bits that it leaves out of what it creates. */
  get umask(): number {
    return statusField(this.tid, 'Umask', 8)
  }

  arg(index: number): bigint {
    return this.notification.args[index] ?? 0n
  }

  /** An argument as the C `int` it is. */
  int(index: number): number {
    return Number(BigInt.asIntN(32, this.arg(index)))
  }

  /** `length` bytes of its memory. */
  bytes(address: bigint, length: number): Read<Buffer> {
    const whole = Buffer.allocUnsafe(length)
    for (let done = 0; done < length; ) {
      const chunk = Math.min(length - done, LONGEST_PATH)
      const copied = copy(this.tid, address + BigInt(done), chunk)
      if (copied <= 0) return failed('EFAULT')
      buffer.copy(whole, done, 0, copied)
      done += copied
    }
    return this.isValid() ? { ok: true, value: whole } : failed('ESRCH')
  }

  /** A string of its memory up to the NUL, as it would name a file. Bytes that are no UTF-8 make it a name nobody can judge: EFAULT. */
  text(address: bigint, longest = LONGEST_PATH): Read<string> {
    const read = this.#text(address, longest)
    return !read.ok || this.isValid() ? read : failed('ESRCH')
  }

  #text(address: bigint, longest: number): Read<string> {
    const parts: Buffer[] = []
    for (let done = 0; done < longest; ) {
      const at = address + BigInt(done)
      // Not beyond the end of a page: the next one may not be there.
      const copied = copy(this.tid, at, Math.min(Number(PAGE - (at % PAGE)), longest - done))
      if (copied <= 0) return failed('EFAULT')
      const end = buffer.subarray(0, copied).indexOf(0)
      if (end >= 0 && parts.length === 0) return decoded(buffer.subarray(0, end))
      parts.push(Buffer.from(buffer.subarray(0, end < 0 ? copied : end)))
      if (end >= 0) return decoded(Buffer.concat(parts))
      done += copied
    }
    return failed('ENAMETOOLONG')
  }

  /** The strings of a NULL-terminated array such as `argv`. */
  texts(address: bigint, most: number): Read<string[]> {
    const texts: string[] = []
    let total = 0
    for (let index = 0; index < most; index++) {
      if (copy(this.tid, address + BigInt(index * 8), 8) !== 8) return failed('EFAULT')
      const at = buffer.readBigUInt64LE(0)
      if (at === 0n) break
      const text = this.#text(at, 128 * 1024)
      if (!text.ok) return text
      total += text.value.length
      if (total > MOST_WORDS) return failed('E2BIG')
      texts.push(text.value)
    }
    return this.isValid() ? { ok: true, value: texts } : failed('ESRCH')
  }

  /** Writes into its memory, for results that the kernel would put there. */
  write(address: bigint, bytes: Buffer): void {
    const from = Buffer.alloc(16)
    from.writeBigUInt64LE(libc.addressOf(bytes), 0)
    from.writeBigUInt64LE(BigInt(bytes.length), 8)
    const to = Buffer.alloc(16)
    to.writeBigUInt64LE(address, 0)
    to.writeBigUInt64LE(BigInt(bytes.length), 8)
    libc.processVmWritev(this.tid, from, 1, to, 1, 0)
  }

  /** A duplicate of one of its descriptors: the same open file or socket. A negative errno when it has none of that number. */
  descriptor(fd: number): number {
    // Linux 6.9 takes a thread; before, the process, which shares its descriptors.
    let pidfd = libc.pidfdOpen(this.tid, PIDFD_THREAD)
    if (pidfd === libc.errno('EINVAL')) pidfd = libc.pidfdOpen(this.group, 0)
    if (pidfd < 0) return pidfd
    const own = this.isValid() ? libc.pidfdGetfd(pidfd, fd, 0) : libc.errno('ESRCH')
    libc.close(pidfd)
    return own
  }
}

function decoded(bytes: Buffer): Read<string> {
  const value = bytes.toString('utf8')
  return value.includes('\uFFFD') && !Buffer.from(value).equals(bytes) ? failed('EFAULT') : { ok: true, value }
}

/** pidfd_open(2) takes no other thread unless it is told that one is meant. */
function isFirstThread(tid: number): boolean {
  const pidfd = libc.pidfdOpen(tid, 0)
  if (pidfd >= 0) libc.close(pidfd)
  return pidfd >= 0
}

/** From `/proc/TID/status`. */
function statusField(tid: number, name: string, radix: number): number {
  const text = readProcFile(`/proc/${tid}/status`, 'latin1')
  return Number.parseInt(text.slice(text.indexOf(`\n${name}:`) + name.length + 2), radix)
}

/** The file behind a descriptor of the supervisor's own, by the kernel's name for it. */
export function realNameOf(handle: number): string {
  return readlinkSync(`/proc/self/fd/${handle}`)
}
