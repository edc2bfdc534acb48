import { closeSync, openSync, readSync } from 'node:fs'
import type { SocketRecord } from '../process-record.ts'

/** States of `/proc/net/tcp` (include/net/tcp_states.h), as far as they differ for us. */
const TCP_STATES: Record<string, SocketRecord['state']> = { '01': 'established', '02': 'connecting', '03': 'connecting', '0A': 'listening' }

/** The TCP and UDP sockets of the network namespace that process `pid` is in. */
export function readInetSockets(pid: number | 'self' = 'self'): SocketRecord[] {
  return (['tcp', 'tcp6', 'udp', 'udp6'] as const).flatMap((table) => parseInet(readTable(table, pid), table.startsWith('tcp') ? 'tcp' : 'udp'))
}

/** The Unix sockets that have a name. */
export function readUnixSockets(): SocketRecord[] {
  return parseUnix(readTable('unix'))
}

/** One buffer for all tables, which grows to the size of the longest: they are read often, and leave nothing to collect. */
let buffer = Buffer.allocUnsafe(64 * 1024)

function readTable(table: string, pid: number | 'self' = 'self'): string {
  let fd: number | undefined
  try {
    fd = openSync(`/proc/${pid}/net/${table}`, 'r')
    for (let length = 0; ; ) {
      if (length === buffer.length) buffer = Buffer.concat([buffer], 2 * buffer.length)
      const got = readSync(fd, buffer, length, buffer.length - length, null)
      if (got === 0) return buffer.toString('latin1', 0, length)
      length += got
    }
  } catch {
    return ''
  } finally {
    if (fd !== undefined) closeSync(fd)
  }
}

/** Rows of proc_pid_net(5) `tcp`, `udp` and their IPv6 forms. Rows that are malformed are left out. */
export function parseInet(text: string, protocol: 'tcp' | 'udp'): SocketRecord[] {
  const sockets: SocketRecord[] = []
  for (let start = 0, end; start < text.length; start = end + 1) {
    end = text.indexOf('\n', start)
    if (end < 0) end = text.length
    // The columns up to the user have a fixed width, so that a row is read without cutting it into pieces: that was most of a look.
    const local = text.indexOf(': ', start) + 2
    if (local < 2 || local > end) continue
    const width = text.indexOf(' ', local) - local
    if (width !== 13 && width !== 37) continue
    const from = endpoint(text.slice(local, local + width))
    const to = endpoint(text.slice(local + width + 1, local + 2 * width + 1))
    const state = text.slice(local + 2 * width + 2, local + 2 * width + 4)
    const [, uid, inode] = USER_AND_INODE.exec(text.slice(local + 2 * width + 4 + QUEUES, end)) ?? []
    if (!from || !to || inode === undefined) continue
    sockets.push({
      protocol,
      inode: Number(inode),
      uid: Number(uid),
      local: from.address,
      localPort: from.port,
      remote: to.address,
      remotePort: to.port,
      state: protocol === 'udp' ? (to.port === 0 ? 'open' : 'established') : (TCP_STATES[state] ?? 'closing'),
    })
  }
  return sockets
}

/** Columns between state and user: queues, timer and retransmits. */
const QUEUES = ' 00000000:00000000 00:00000000 00000000'.length
const USER_AND_INODE = /^ +(\d+) +\d+ (\d+)/

/** Rows of `/proc/net/unix`; the path may hold blanks. Sockets without a name say nothing and are left out. */
export function parseUnix(text: string): SocketRecord[] {
  const sockets: SocketRecord[] = []
  for (const line of text.split('\n').slice(1)) {
    const found = /^\S+: \S+ \S+ (\S+) \S+ (\S+) +(\d+) (.+)$/.exec(line)
    if (!found) continue
    const [, flags, , inode, path = ''] = found
    const listening = (Number.parseInt(flags ?? '0', 16) & 0x10000) !== 0
    sockets.push({ protocol: 'unix', inode: Number(inode), uid: -1, local: path, localPort: 0, remote: '', remotePort: 0, state: listening ? 'listening' : 'open' })
  }
  return sockets
}

/** `0100007F:1F90`: the address in words of the machine's byte order (little-endian on all that Node runs on), the port in hexadecimal. */
function endpoint(column: string): { address: string; port: number } | undefined {
  const hex = column.slice(0, -5)
  let address = addresses.get(hex)
  if (column.at(-5) !== ':' || !/^[0-9A-F]{4}$/.test(column.slice(-4))) return undefined
  const port = column.slice(-4)
  if (address === undefined) {
    if (!/^([0-9A-F]{8}|[0-9A-F]{32})$/.test(hex)) return undefined
    if (addresses.size > MOST_ADDRESSES) addresses.clear()
    addresses.set(hex, (address = addressOf(hex)))
  }
  return { address, port: Number.parseInt(port, 16) }
}

/** The same few addresses come again and again. */
const addresses = new Map<string, string>()
const MOST_ADDRESSES = 4096

function addressOf(hex: string): string {
  const bytes = Buffer.from(hex, 'hex')
  for (let at = 0; at < bytes.length; at += 4) bytes.subarray(at, at + 4).reverse()
  return bytes.length === 4 ? bytes.join('.') : ipv6(bytes)
}

/** The form of RFC 5952; an IPv4 address in IPv6 is written as IPv4. */
export function ipv6(bytes: Buffer): string {
  if (bytes.subarray(0, 10).every((byte) => byte === 0) && bytes[10] === 0xff && bytes[11] === 0xff) return bytes.subarray(12).join('.')
  const words = Array.from({ length: 8 }, (_, at) => bytes.readUInt16BE(at * 2).toString(16))
  let best = { at: 0, length: 0 }
  for (let at = 0; at < 8; at++) {
    let length = 0
    while (at + length < 8 && words[at + length] === '0') length += 1
    if (length > best.length) best = { at, length }
  }
  if (best.length < 2) return words.join(':')
  return `${words.slice(0, best.at).join(':')}::${words.slice(best.at + best.length).join(':')}`
}

/** A reading counts as new for so long, in milliseconds. */
const FRESH = 50
const MOST_OTHERS = 20_000

/**
 * The TCP and UDP sockets of this machine by inode, read again only when somebody asks for one that is not known: who has no new
 * socket has no new connection.
 */
export class SocketTable {
  #byInode = new Map<number, SocketRecord>()
  /** Sockets of other kinds, which no reading would find. */
  readonly #others = new Set<number>()
  #readAt = -Infinity

  get all(): Iterable<SocketRecord> {
    return this.#byInode.values()
  }

  read(): void {
    this.#byInode = new Map(readInetSockets().map((socket) => [socket.inode, socket]))
    this.#readAt = performance.now()
  }

  of(inodes: ReadonlySet<number>): SocketRecord[] {
    const isUnknown = (inode: number): boolean => !this.#byInode.has(inode) && !this.#others.has(inode)
    if ([...inodes].some(isUnknown) && performance.now() - this.#readAt > FRESH) {
      this.read()
      if (this.#others.size > MOST_OTHERS) this.#others.clear()
      for (const inode of inodes) if (isUnknown(inode)) this.#others.add(inode)
    }
    return [...inodes].flatMap((inode) => this.#byInode.get(inode) ?? [])
  }
}
