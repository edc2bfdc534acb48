// Messages of NETLINK_SOCK_DIAG about Unix sockets: sock_diag(7), linux/unix_diag.h, linux/sock_diag.h, linux/netlink.h.
const SOCK_DIAG_BY_FAMILY = 20
const AF_UNIX = 1
const NLM_F_REQUEST = 0x1
const NLM_F_DUMP = 0x300
const NLMSG_ERROR = 2
const NLMSG_DONE = 3
const EVERY_STATE = 0xffffffff
const UDIAG_SHOW_NAME = 0x1
const UDIAG_SHOW_PEER = 0x4
const UNIX_DIAG_NAME = 0
const UNIX_DIAG_PEER = 2
const TCP_ESTABLISHED = 1
const TCP_LISTEN = 10
/** struct nlmsghdr: u32 length, u16 type, u16 flags, u32 sequence, u32 port. */
const HEADER = 16
/** struct unix_diag_req: u8 family, u8 protocol, u16 pad, u32 states, u32 inode, u32 show, u32 cookie[2]. */
const REQUEST = 24
/** struct unix_diag_msg: u8 family, u8 type, u8 state, u8 pad, u32 inode, u32 cookie[2]. */
const MESSAGE = 16
/** struct rtattr: u16 length with this header, u16 type. */
const ATTRIBUTE = 4

/** A Unix socket as the kernel tells of it. */
export interface UnixSocket {
  inode: number
  /** Its path, or `@name` for one that lies in no folder; empty without a name. */
  name: string
  /** The socket at the other end. */
  peer: number | undefined
  state: 'established' | 'listening' | 'open'
}

/** What one datagram of the answer holds. `end`: nothing comes after it; `failed` with the number of the error. */
export interface UnixDiagPart {
  sockets: UnixSocket[]
  end: boolean
  failed: number | undefined
}

/** Asks for every Unix socket of this network namespace, with names and other ends. */
export function unixDiagRequest(): Buffer {
  const message = Buffer.alloc(HEADER + REQUEST)
  message.writeUInt32LE(message.length, 0)
  message.writeUInt16LE(SOCK_DIAG_BY_FAMILY, 4)
  message.writeUInt16LE(NLM_F_REQUEST | NLM_F_DUMP, 6)
  message.writeUInt8(AF_UNIX, HEADER)
  message.writeUInt32LE(EVERY_STATE, HEADER + 4)
  message.writeUInt32LE(UDIAG_SHOW_NAME | UDIAG_SHOW_PEER, HEADER + 12)
  return message
}

/** Reads one datagram. What is cut off or of another kind is left out. */
export function parseUnixDiag(bytes: Buffer): UnixDiagPart {
  const part: UnixDiagPart = { sockets: [], end: false, failed: undefined }
  for (let at = 0; at + HEADER <= bytes.length; ) {
    const length = bytes.readUInt32LE(at)
    if (length < HEADER || at + length > bytes.length) break
    const body = bytes.subarray(at + HEADER, at + length)
    const type = bytes.readUInt16LE(at + 4)
    if (type === SOCK_DIAG_BY_FAMILY) part.sockets.push(...socketIn(body))
    else if (type === NLMSG_DONE) return { ...part, end: true }
    else if (type === NLMSG_ERROR) return { ...part, end: true, failed: body.length < 4 ? 0 : -body.readInt32LE(0) }
    at += aligned(length)
  }
  return part
}

function socketIn(body: Buffer): UnixSocket[] {
  if (body.length < MESSAGE || body[0] !== AF_UNIX) return []
  const socket: UnixSocket = { inode: body.readUInt32LE(4), name: '', peer: undefined, state: stateOf(body[2]) }
  for (let at = MESSAGE; at + ATTRIBUTE <= body.length; ) {
    const length = body.readUInt16LE(at)
    if (length < ATTRIBUTE || at + length > body.length) break
    const value = body.subarray(at + ATTRIBUTE, at + length)
    const type = body.readUInt16LE(at + 2)
    if (type === UNIX_DIAG_NAME) socket.name = nameIn(value)
    else if (type === UNIX_DIAG_PEER && value.length >= 4 && value.readUInt32LE(0) !== 0) socket.peer = value.readUInt32LE(0)
    at += aligned(length)
  }
  return [socket]
}

const aligned = (length: number): number => (length + 3) & ~3

function stateOf(state: number | undefined): UnixSocket['state'] {
  return state === TCP_LISTEN ? 'listening' : state === TCP_ESTABLISHED ? 'established' : 'open'
}

/** As `/proc/net/unix` writes it: a name that begins with NUL lies in no folder, other names end at one. */
function nameIn(value: Buffer): string {
  if (value[0] === 0) return `@${value.toString('utf8', 1).replaceAll('\0', '@')}`
  const end = value.indexOf(0)
  return value.toString('utf8', 0, end < 0 ? value.length : end)
}
