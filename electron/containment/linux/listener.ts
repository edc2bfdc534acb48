import type { constants } from 'node:os'
import * as libc from './libc.ts'

/** The supervisor's end of a seccomp filter (`linux/seccomp.h`, seccomp_unotify(2)): system calls that wait for an answer. */

const RECV = 0xc0502100
const SEND = 0xc0182101
const ID_VALID = 0x40082102
const ADDFD = 0x40182103
const SET_FLAGS = 0x40082104
const CONTINUE = 1
const ADDFD_SEND = 2
const FD_SYNC_WAKE_UP = 1
const POLLIN = 1
const POLLHUP = 0x10
const O_CLOEXEC = 0o2000000

/** A system call that waits. */
export interface Notification {
  id: bigint
  /** The thread that makes it; a number of the supervisor's own pid namespace. */
  tid: number
  number: number
  args: readonly bigint[]
}

/** What a waiting call is told: the kernel shall go on, a value or negative errno, or a descriptor of the supervisor's. */
export type Answer = { kind: 'continue' } | { kind: 'result'; value: number } | { kind: 'descriptor'; fd: number; closeOnExec: boolean }

export const CONTINUED: Answer = { kind: 'continue' }
export const result = (value: number): Answer => ({ kind: 'result', value })
/** A descriptor that was made for the caller; of its flags (`O_*`, `SOCK_*`) only O_CLOEXEC is the caller's own. */
export const handedOver = (fd: number, flags: number): Answer => (fd < 0 ? result(fd) : { kind: 'descriptor', fd, closeOnExec: (flags & O_CLOEXEC) !== 0 })
export const refused = (name: keyof typeof constants.errno): Answer => result(libc.errno(name))

/** Reads and answers the notifications of one filter. Any thread of the supervisor may answer; only one should receive. */
export class Listener {
  readonly #fd: number
  readonly #received = Buffer.alloc(80)
  readonly #waiting = Buffer.alloc(8)
  readonly #message = Buffer.alloc(24)
  readonly #id = Buffer.alloc(8)

  constructor(fd: number) {
    this.#fd = fd
    const flags = Buffer.alloc(8)
    flags.writeBigUInt64LE(BigInt(FD_SYNC_WAKE_UP))
    // Linux 6.6; only a matter of speed.
    libc.ioctl(fd, SET_FLAGS, flags)
  }

  /** The next call, blocking up to `timeout` milliseconds; `undefined` when none came, `ended` when no process has the filter any more. */
  receive(timeout: number): Notification | 'ended' | undefined {
    // struct pollfd { int fd; short events, revents }. Without it, older kernels wait for ever after the last process.
    this.#waiting.writeInt32LE(this.#fd, 0)
    this.#waiting.writeInt16LE(POLLIN, 4)
    if (libc.poll(this.#waiting, 1, timeout) <= 0) return undefined
    const events = this.#waiting.readInt16LE(6)
    if ((events & POLLIN) === 0) return (events & POLLHUP) === 0 ? undefined : 'ended'
    this.#received.fill(0)
    if (libc.ioctl(this.#fd, RECV, this.#received) < 0) return undefined
    const raw = this.#received
    return {
      id: raw.readBigUInt64LE(0),
      tid: raw.readUInt32LE(8),
      number: raw.readInt32LE(16),
      args: [0, 1, 2, 3, 4, 5].map((index) => raw.readBigUInt64LE(32 + 8 * index)),
    }
  }

  /**
   * Whether the call still waits. Ask after reading something of the caller's by its number and before trusting it: only then is it
   * certain that the number meant the caller.
   */
  isValid({ id }: Notification): boolean {
    this.#id.writeBigUInt64LE(id)
    return libc.ioctl(this.#fd, ID_VALID, this.#id) >= 0
  }

  /** Answers a call; a descriptor is closed here afterwards. A caller that died meanwhile needs no handling. */
  answer(notification: Notification, answer: Answer): void {
    const message = this.#message.fill(0)
    message.writeBigUInt64LE(notification.id, 0)
    switch (answer.kind) {
      case 'continue':
        message.writeUInt32LE(CONTINUE, 20)
        break
      case 'result':
        if (answer.value < 0) message.writeInt32LE(answer.value, 16)
        else message.writeBigInt64LE(BigInt(answer.value), 8)
        break
      case 'descriptor':
        return this.#handOver(notification, answer.fd, answer.closeOnExec)
    }
    libc.ioctl(this.#fd, SEND, message)
  }

  #handOver(notification: Notification, fd: number, closeOnExec: boolean): void {
    // struct seccomp_notif_addfd { u64 id; u32 flags, srcfd, newfd, newfd_flags }: installed and answered in one step.
    const message = this.#message
    message.writeUInt32LE(ADDFD_SEND, 8)
    message.writeUInt32LE(fd, 12)
    message.writeUInt32LE(closeOnExec ? O_CLOEXEC : 0, 20)
    const installed = libc.ioctl(this.#fd, ADDFD, message)
    libc.close(fd)
    // For instance EMFILE: the caller has no descriptor left.
    if (installed < 0 && installed !== libc.errno('ENOENT')) this.answer(notification, result(installed))
  }
}
