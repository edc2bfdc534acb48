import type { Caller } from './caller.ts'
import * as libc from './libc.ts'
import { refused, result, type Answer } from './listener.ts'
import { addressIn, isBlocking, targetOf, type Egress, type Target } from './network.ts'
import type { Operation } from './operation.ts'

const MSG_DONTWAIT = 0x40
const SOL_SOCKET = 1
const [SCM_RIGHTS, SCM_CREDENTIALS] = [1, 2]
/** Levels and types that give a message a route of its own: IP_RETOPTS; IPV6_RTHDR, IPV6_2292RTHDR. */
const ROUTES: Readonly<Record<number, readonly number[]>> = { 0: [7], 41: [57, 5] }
/** More of a message than this is sent in parts where the socket is a stream, and refused where it is not. */
const MOST_BYTES = 1024 * 1024
const MOST_PARTS = 1024
const MOST_MESSAGES = 64
const HEADER = 56

/** A message that a call wants to send, copied: `struct msghdr` of `bits/socket.h`. */
interface Message {
  target?: Target
  data: Buffer
  control?: { bytes: Buffer; held: number[] }
}

/** sendto(2) with an address. */
export function prepareSendto(caller: Caller, egress: Egress): Operation | Answer {
  const read = addressIn(caller, caller.arg(4), Number(caller.arg(5)))
  if ('kind' in read) return read
  const size = Number(caller.arg(2))
  if (size > MOST_BYTES) return refused('EMSGSIZE')
  const data = caller.bytes(caller.arg(1), size)
  if (!data.ok) return result(data.errno)
  const target = targetOf(caller, read.address, egress)
  if ('kind' in target) return target
  return sending(caller, [{ target, data: data.value }], caller.int(3), ([sent]) => sent ?? 0)
}

/** sendmsg(2). Always done here: which socket it is about, and to whom, could change after a look. */
export function prepareSendmsg(caller: Caller, egress: Egress): Operation | Answer {
  const message = messageAt(caller, caller.arg(1), egress)
  if ('kind' in message) return message
  return sending(caller, [message], caller.int(2), ([sent]) => sent ?? 0)
}

/** sendmmsg(2): several at once, as the C library's resolver does. */
export function prepareSendmmsg(caller: Caller, egress: Egress): Operation | Answer {
  const count = Math.min(caller.int(2), MOST_MESSAGES)
  const messages: Message[] = []
  for (let index = 0; index < count; index++) {
    const message = messageAt(caller, caller.arg(1) + BigInt(index * (HEADER + 8)), egress)
    if ('kind' in message) {
      messages.forEach(letGo)
      return message
    }
    messages.push(message)
  }
  return sending(caller, messages, caller.int(3), (sent) => {
    sent.forEach((bytes, index) => {
      const length = Buffer.alloc(4)
      length.writeUInt32LE(bytes)
      caller.write(caller.arg(1) + BigInt(index * (HEADER + 8) + HEADER), length)
    })
    return sent.length
  })
}

function messageAt(caller: Caller, at: bigint, egress: Egress): Message | Answer {
  const header = caller.bytes(at, HEADER)
  if (!header.ok) return result(header.errno)
  const word = (offset: number): bigint => header.value.readBigUInt64LE(offset)
  const data = gathered(caller, word(16), Number(word(24)))
  if (!Buffer.isBuffer(data)) return data
  const control = controlAt(caller, word(32), Number(word(40)))
  if (control && 'kind' in control) return control
  const letControlGo = (): void => control?.held.forEach((fd) => libc.close(fd))
  const target = word(0) === 0n ? undefined : namedTarget(caller, word(0), header.value.readUInt32LE(8), egress)
  if (target && 'kind' in target) {
    letControlGo()
    return target
  }
  return { data, ...(target && { target }), ...(control && { control }) }
}

function namedTarget(caller: Caller, at: bigint, length: number, egress: Egress): Target | Answer {
  const read = addressIn(caller, at, length)
  return 'kind' in read ? read : targetOf(caller, read.address, egress)
}

/** The bytes of an array of `struct iovec { void *base; size_t length }`, up to the limit. */
function gathered(caller: Caller, at: bigint, count: number): Buffer | Answer {
  if (count > MOST_PARTS) return refused('EMSGSIZE')
  const vectors = caller.bytes(at, count * 16)
  if (!vectors.ok) return result(vectors.errno)
  const parts: Buffer[] = []
  let total = 0
  for (let index = 0; index < count && total < MOST_BYTES; index++) {
    const length = Math.min(Number(vectors.value.readBigUInt64LE(index * 16 + 8)), MOST_BYTES - total)
    const part = caller.bytes(vectors.value.readBigUInt64LE(index * 16), length)
    if (!part.ok) return result(part.errno)
    parts.push(part.value)
    total += length
  }
  return Buffer.concat(parts)
}

/** Ancillary data (cmsg(3)): passed descriptors become the supervisor's duplicates of them. */
function controlAt(caller: Caller, start: bigint, length: number): { bytes: Buffer; held: number[] } | Answer | undefined {
  if (start === 0n || length === 0) return undefined
  if (length > 65_536) return refused('ENOBUFS')
  const read = caller.bytes(start, length)
  if (!read.ok) return result(read.errno)
  const bytes = read.value
  const held: number[] = []
  const stop = (answer: Answer): Answer => {
    held.forEach((fd) => libc.close(fd))
    return answer
  }
  for (let offset = 0; offset + 16 <= length; ) {
    const size = Number(bytes.readBigUInt64LE(offset))
    if (size < 16 || offset + size > length) return stop(refused('EINVAL'))
    const level = bytes.readInt32LE(offset + 8)
    if (ROUTES[level]?.includes(bytes.readInt32LE(offset + 12))) return stop(refused('EPERM'))
    const type = level === SOL_SOCKET ? bytes.readInt32LE(offset + 12) : undefined
    if (type === SCM_CREDENTIALS) return stop(refused('EPERM'))
    const passed = type === SCM_RIGHTS ? Math.floor((size - 16) / 4) : 0
    for (let index = 0; index < passed; index++) {
      const at = offset + 16 + index * 4
      const own = caller.descriptor(bytes.readInt32LE(at))
      if (own < 0) return stop(result(own))
      held.push(own)
      bytes.writeInt32LE(own, at)
    }
    offset += (size + 7) & ~7
  }
  return { bytes, held }
}

function letGo({ target, control }: Message): void {
  target?.abandon()
  control?.held.forEach((fd) => libc.close(fd))
}

/** Sends on a duplicate of the caller's socket. A full blocking socket is tried again without holding a thread. */
function sending(caller: Caller, messages: Message[], flags: number, told: (sent: number[]) => number): Operation | Answer {
  const socket = caller.descriptor(caller.int(0))
  const abandon = (): void => {
    messages.forEach(letGo)
    if (socket >= 0) libc.close(socket)
  }
  if (socket < 0) {
    abandon()
    return result(socket)
  }
  const blocks = isBlocking(socket) && (flags & MSG_DONTWAIT) === 0
  const sent: number[] = []
  /** The errno that stopped it, 0 when all went. */
  const sendRest = (): number => {
    for (const message of messages.slice(sent.length)) {
      const value = send(socket, message, flags | MSG_DONTWAIT)
      if (value < 0) return value
      sent.push(value)
    }
    return 0
  }
  const finish = (errno: number): Answer => {
    abandon()
    return result(sent.length > 0 ? told(sent) : errno)
  }
  const insist = async (): Promise<Answer> => {
    let errno = libc.errno('EAGAIN')
    for (let pause = 1; errno === libc.errno('EAGAIN') && caller.isValid(); pause = Math.min(pause * 2, 20)) {
      await new Promise((done) => setTimeout(done, pause))
      errno = sendRest()
    }
    return finish(errno)
  }
  return {
    effects: messages.flatMap(({ target }) => target?.effects ?? []),
    abandon,
    perform: (mayWait) => {
      const errno = sendRest()
      if (errno !== libc.errno('EAGAIN') || !blocks || sent.length > 0) return finish(errno)
      return mayWait ? insist() : 'would wait'
    },
  }
}

function send(socket: number, { target, data, control }: Message, flags: number): number {
  const vector = Buffer.alloc(16)
  vector.writeBigUInt64LE(libc.addressOf(data), 0)
  vector.writeBigUInt64LE(BigInt(data.length), 8)
  const header = Buffer.alloc(HEADER)
  if (target) {
    header.writeBigUInt64LE(libc.addressOf(target.bytes), 0)
    header.writeUInt32LE(target.bytes.length, 8)
  }
  header.writeBigUInt64LE(libc.addressOf(vector), 16)
  header.writeBigUInt64LE(1n, 24)
  if (control) {
    header.writeBigUInt64LE(libc.addressOf(control.bytes), 32)
    header.writeBigUInt64LE(BigInt(control.bytes.length), 40)
  }
  return libc.sendmsg(socket, header, flags)
}

