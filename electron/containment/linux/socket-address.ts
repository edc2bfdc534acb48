/** Families of `bits/socket.h`. */
export const AF = { UNSPEC: 0, UNIX: 1, INET: 2, INET6: 10 } as const

/** A `struct sockaddr` of a call, read: sockaddr(3type), unix(7), ip(7), ipv6(7). */
export type SocketAddress =
  | { family: 'none' }
  | { family: 'ip'; host: string; port: number; bytes: Buffer }
  /** A socket file, by the path as the caller gives it. */
  | { family: 'unix'; path: string }
  | { family: 'abstract'; name: string }

/** Undefined for families that no contained program needs, and for what is too short. */
export function readAddress(bytes: Buffer): SocketAddress | undefined {
  if (bytes.length < 2) return undefined
  switch (bytes.readUInt16LE(0)) {
    case AF.UNSPEC:
      return { family: 'none' }
    case AF.INET:
      return bytes.length < 8 ? undefined : { family: 'ip', host: ipv4(bytes.subarray(4, 8)), port: bytes.readUInt16BE(2), bytes }
    case AF.INET6:
      return bytes.length < 24 ? undefined : { family: 'ip', host: ipv6(bytes.subarray(8, 24)), port: bytes.readUInt16BE(2), bytes }
    case AF.UNIX:
      return unix(bytes.subarray(2))
    default:
      return undefined
  }
}

function unix(name: Buffer): SocketAddress {
  if (name.length === 0) return { family: 'none' }
  if (name[0] === 0) return { family: 'abstract', name: name.subarray(1).toString('latin1') }
  const end = name.indexOf(0)
  return { family: 'unix', path: name.toString('utf8', 0, end < 0 ? name.length : end) }
}

/** "This host" reaches loopback (ip(7)). */
function ipv4(bytes: Buffer): string {
  return [...bytes].join('.')
}

/** In the canonical form of RFC 5952; IPv4 that is wrapped in IPv6 as the IPv4 address it reaches. */
function ipv6(bytes: Buffer): string {
  if (bytes.subarray(0, 12).equals(MAPPED)) return ipv4(bytes.subarray(12))
  const groups = Array.from({ length: 8 }, (_, index) => bytes.readUInt16BE(index * 2).toString(16))
  return new URL(`http://[${groups.join(':')}]/`).hostname.slice(1, -1)
}

const MAPPED = Buffer.from('00000000000000000000ffff', 'hex')

/** The address that a connection to "any address" really reaches. */
export function reachedHost(host: string): string {
  return host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host
}

/** The same socket address with loopback of IPv4 in it, in the family that the socket has, and another port where one is given. */
export function atLoopback(bytes: Buffer, port = bytes.readUInt16BE(2)): Buffer {
  const moved = Buffer.from(bytes)
  moved.writeUInt16BE(port, 2)
  if (moved.readUInt16LE(0) === AF.INET) Buffer.from([127, 0, 0, 1]).copy(moved, 4)
  else Buffer.concat([MAPPED, Buffer.from([127, 0, 0, 1])]).copy(moved, 8)
  return moved
}

/** `struct sockaddr_un` for a socket file that is reached through a handle of this process. */
export function unixAddress(path: string): Buffer {
  return Buffer.concat([Buffer.from([AF.UNIX, 0]), Buffer.from(`${path}\0`)])
}

