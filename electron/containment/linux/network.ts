import { constants, lstatSync } from 'node:fs'
import type { Effect } from '../../contract/effect.ts'
import type { Caller } from './caller.ts'
import { fileEffects } from './file-effects.ts'
import * as libc from './libc.ts'
import { handedOver, refused, result, type Answer } from './listener.ts'
import { NOTHING_HELD, type Operation } from './operation.ts'
import type { OwnFiles } from './own-files.ts'
import { AT_FDCWD, find, place, type Place } from './resolve.ts'
import { AF, atLoopback, reachedHost, readAddress, unixAddress, type SocketAddress } from './socket-address.ts'

const { O_NONBLOCK } = constants
const [F_GETFL, F_SETFL] = [3, 4]
const [SOL_SOCKET, SO_TYPE] = [1, 3]
const SOCK_DGRAM = 2
const SOCK_CLOEXEC = 0o2000000
const [IPPROTO_IPV6, IPV6_V6ONLY] = [41, 26]
const LONGEST_ADDRESS = 128
const DNS = 53

/** What the network of the tree depends on besides its calls. */
export interface Egress {
  /** Where the broker's resolver listens; without one, name servers are hosts like any other. */
  resolverPort?: number
  /** The files that the tree has made, sockets among them. */
  ownFiles: OwnFiles
}

/** The address in a call's memory, or what the caller gets instead. */
export function addressIn(caller: Caller, at: bigint, length: number): { address: SocketAddress } | Answer {
  if (length < 2 || length > LONGEST_ADDRESS) return refused('EINVAL')
  const bytes = caller.bytes(at, length)
  if (!bytes.ok) return result(bytes.errno)
  const address = readAddress(bytes.value)
  return address ? { address } : refused('EAFNOSUPPORT')
}

/** A target as the supervisor will use it: checked, and in a form that no longer depends on the caller's memory. */
export interface Target {
  bytes: Buffer
  effects: readonly Effect[]
  abandon(): void
}

/** Where a datagram or connection goes. Queries for names go to the broker's resolver, which judges the names. */
export function targetOf(caller: Caller, address: SocketAddress, { resolverPort, ownFiles }: Egress): Target | Answer {
  switch (address.family) {
    case 'none':
      return { bytes: Buffer.alloc(16), effects: [], abandon: NOTHING_HELD }
    case 'ip': {
      const { host, port, bytes } = address
      if (port === DNS && resolverPort !== undefined) return { bytes: atLoopback(bytes, resolverPort), effects: [], abandon: NOTHING_HELD }
      return { bytes, effects: [{ kind: 'connect', host: reachedHost(host), port }], abandon: NOTHING_HELD }
    }
    case 'unix': {
      const found = find(caller, AT_FDCWD, address.path, true)
      if (typeof found === 'number') return result(found)
      // What listens there may be anything that acts for the user; only for the tree's own sockets is it no more than a file.
      const effects: Effect[] = ownFiles.has(found.handle) ? fileEffects(found, ['read', 'write']) : [{ kind: 'connect', host: `unix:${found.real}` }]
      return { bytes: unixAddress(`/proc/self/fd/${found.handle}`), effects, abandon: () => void libc.close(found.handle) }
    }
    case 'abstract':
      // Such names reach beyond the tree, past every file rule.
      return refused('ECONNREFUSED')
  }
}

/**
 * socket(2), where the tree has a network of its own with nothing in it: made here, the socket belongs to the network of this machine, and what
 * becomes of it is asked about as ever. Which kinds there may be has been decided by registers. Who is at its end is noted by the kernel when it
 * connects or listens, not now.
 */
export function prepareSocket(caller: Caller): Operation {
  const type = caller.int(1)
  return { effects: [], abandon: NOTHING_HELD, perform: () => handedOver(libc.socket(caller.int(0), type | SOCK_CLOEXEC, caller.int(2)), type) }
}

/** connect(2), done on a duplicate of the caller's own socket. */
export function prepareConnect(caller: Caller, egress: Egress): Operation | Answer {
  const read = addressIn(caller, caller.arg(1), Number(caller.arg(2)))
  if ('kind' in read) return read
  const target = targetOf(caller, read.address, egress)
  if ('kind' in target) return target
  const socket = caller.descriptor(caller.int(0))
  if (socket < 0) {
    target.abandon()
    return result(socket)
  }
  const abandon = (): void => {
    libc.close(socket)
    target.abandon()
  }
  const blocks = isBlocking(socket)
  return {
    effects: target.effects,
    abandon,
    perform: (mayWait) => {
      const value = connectAtOnce(socket, target.bytes)
      if (blocks && UNDER_WAY.has(value)) return mayWait ? connectInTime(caller, socket, target.bytes).finally(abandon) : 'would wait'
      abandon()
      return result(value)
    },
  }
}

/** The peer has not answered yet; for Unix sockets, its queue is full. */
const UNDER_WAY = new Set([libc.errno('EINPROGRESS'), libc.errno('EALREADY'), libc.errno('EAGAIN')])

/** Never blocks: the peer may be a program that itself waits for this thread. The flag is the socket's, which the caller shares. */
function connectAtOnce(socket: number, address: Buffer): number {
  const flags = libc.fcntl(socket, F_GETFL, 0)
  libc.fcntl(socket, F_SETFL, flags | O_NONBLOCK)
  const value = libc.connect(socket, address, address.length)
  libc.fcntl(socket, F_SETFL, flags)
  return value
}

/** A connect that may take minutes, without holding a thread. */
async function connectInTime(caller: Caller, socket: number, address: Buffer): Promise<Answer> {
  let value = connectAtOnce(socket, address)
  for (let pause = 1; UNDER_WAY.has(value) && caller.isValid(); pause = Math.min(pause * 2, 20)) {
    await new Promise((done) => setTimeout(done, pause))
    value = connectAtOnce(socket, address)
  }
  return result(value)
}

export function isBlocking(socket: number): boolean {
  return (libc.fcntl(socket, F_GETFL, 0) & O_NONBLOCK) === 0
}

export function typeOf(socket: number): number {
  return optionOf(socket, SO_TYPE)
}

function optionOf(socket: number, name: number, level = SOL_SOCKET): number {
  const value = Buffer.alloc(4)
  const length = Buffer.from([4, 0, 0, 0])
  return libc.getsockopt(socket, level, name, value, length) < 0 ? 0 : value.readInt32LE(0)
}

/** bind(2). A service for the whole network is offered to this machine alone where policy allows no more than that. */
export function prepareBind(caller: Caller, { ownFiles }: Egress): Operation | Answer {
  const read = addressIn(caller, caller.arg(1), Number(caller.arg(2)))
  if ('kind' in read) return read
  const { address } = read
  if (address.family === 'unix') return bindToFile(caller, address.path, ownFiles)
  if (address.family !== 'ip') return refused(address.family === 'abstract' ? 'EACCES' : 'EINVAL')
  const socket = caller.descriptor(caller.int(0))
  if (socket < 0) return result(socket)
  const at = (bytes: Buffer, host: string): Operation => ({
    // A port that the system picks for datagrams is where answers come to, not a service.
    effects: typeOf(socket) === SOCK_DGRAM && address.port === 0 ? [] : [{ kind: 'listen', host, port: address.port }],
    abandon: () => void libc.close(socket),
    perform: () => {
      const value = libc.bindSocket(socket, bytes, bytes.length)
      libc.close(socket)
      return result(value)
    },
  })
  const whole = at(address.bytes, address.host)
  return isAny(address.host) ? { ...whole, narrower: at(nearby(socket, address.bytes), '127.0.0.1') } : whole
}

const isAny = (host: string): boolean => host === '0.0.0.0' || host === '::'

/** The socket file is made by name in the folder that was looked at. */
function bindToFile(caller: Caller, path: string, ownFiles: OwnFiles): Operation | Answer {
  const at = place(caller, AT_FDCWD, path)
  if (typeof at === 'number') return result(at)
  const socket = caller.descriptor(caller.int(0))
  const abandon = (): void => {
    libc.close(at.parent)
    if (socket >= 0) libc.close(socket)
  }
  if (socket < 0) {
    abandon()
    return result(socket)
  }
  return {
    effects: fileEffects({ real: at.real }, ['write']),
    abandon,
    perform: () => {
      // The socket's own mode is what its file gets.
      libc.fchmod(socket, 0o777 & ~caller.umask)
      const value = bindAt(socket, path.startsWith('/'), at)
      if (value >= 0) ownFiles.add(at.parent, at.name)
      abandon()
      return result(value)
    },
  }
}

/**
 * Binds under the kernel's own name for the folder that was looked at, because programs read the path back and hand it on: in that name is
 * nothing that the caller could lead elsewhere (a link of `/proc`, say) without the supervisor. A relative path is bound in the folder itself.
 */
function bindAt(socket: number, isAbsolute: boolean, { parent, name, real }: Place): number {
  const inFolder = unixAddress(`/proc/self/fd/${parent}/${name}`)
  const byName = unixAddress(real)
  const address = isAbsolute && byName.length <= LONGEST_ADDRESS - 18 ? byName : inFolder
  if (address.length > LONGEST_ADDRESS - 18) return libc.errno('ENAMETOOLONG')
  const value = libc.bindSocket(socket, address, address.length)
  return value < 0 || isSame(real, `/proc/self/fd/${parent}/${name}`) ? value : libc.errno('EACCES')
}

function isSame(path: string, other: string): boolean {
  const [one, two] = [path, other].map((each) => lstatSync(each, { throwIfNoEntry: false }))
  return one !== undefined && one.ino === two?.ino && one.dev === two.dev
}

/** listen(2). On a socket that was never bound it would take a port on every address by itself, so that is bound to loopback first. */
export function prepareListen(caller: Caller): Operation | Answer {
  const socket = caller.descriptor(caller.int(0))
  if (socket < 0) return result(socket)
  const backlog = caller.int(1)
  return {
    effects: [],
    abandon: () => void libc.close(socket),
    perform: () => {
      const bound = bindIfUnbound(socket)
      const value = bound < 0 ? bound : libc.listen(socket, backlog)
      libc.close(socket)
      return result(value)
    },
  }
}

/** A port that is shown can be left over from a connection that has ended; whether a socket is bound, only another bind tells. */
function bindIfUnbound(socket: number): number {
  const address = Buffer.alloc(LONGEST_ADDRESS)
  const length = Buffer.from([LONGEST_ADDRESS, 0, 0, 0])
  if (libc.getsockname(socket, address, length) < 0) return 0
  const bound = readAddress(address.subarray(0, length.readUInt32LE(0)))
  if (bound?.family !== 'ip' || !isAny(bound.host)) return 0
  const loopback = nearby(socket, bound.bytes, 0)
  const value = libc.bindSocket(socket, loopback, loopback.length)
  return value === libc.errno('EINVAL') ? 0 : value
}

/** Loopback as the socket can have it: one that is for IPv6 alone knows no IPv4. */
function nearby(socket: number, bytes: Buffer, port?: number): Buffer {
  const moved = atLoopback(bytes, port)
  if (moved.readUInt16LE(0) === AF.INET6 && optionOf(socket, IPV6_V6ONLY, IPPROTO_IPV6) !== 0) Buffer.from('00000000000000000000000000000001', 'hex').copy(moved, 8)
  return moved
}
