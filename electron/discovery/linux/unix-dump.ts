import koffi from 'koffi'
import { err, ok, type Result } from '../../contract/result.ts'
import { parseUnixDiag, unixDiagRequest, type UnixSocket } from './unix-diag.ts'

const AF_NETLINK = 16
const SOCK_RAW_CLOEXEC = 3 | 0o2000000
const NETLINK_SOCK_DIAG = 4
const SOL_SOCKET = 1
const SO_RCVTIMEO = 20
const EINTR = 4
/** The kernel answers at once; this only keeps a fault from holding up everything, in seconds. */
const PATIENCE = 1
/** The kernel makes its answers up to 32 KB long. */
const datagram = Buffer.alloc(32 * 1024)

/**
 * Every Unix socket of this network namespace with the one at its other end, which `/proc/net/unix` does not tell. Takes no
 * privilege. The error says why the kernel does not answer, as where its module for that is missing or a filter forbids it.
 */
export function dumpUnixSockets(): Result<UnixSocket[], string> {
  const c = (bindings ??= load())
  const fd = c.socket(AF_NETLINK, SOCK_RAW_CLOEXEC, NETLINK_SOCK_DIAG)
  if (fd < 0) return failed('socket', koffi.errno())
  try {
    // struct timeval { long seconds, microseconds }
    const patience = Buffer.alloc(16)
    patience.writeBigInt64LE(BigInt(PATIENCE))
    if (c.setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, patience, patience.length) !== 0) return failed('setsockopt', koffi.errno())
    const request = unixDiagRequest()
    if (c.send(fd, request, request.length, 0) < 0) return failed('send', koffi.errno())
    return receive(c, fd)
  } finally {
    c.close(fd)
  }
}

function receive(c: Bindings, fd: number): Result<UnixSocket[], string> {
  const sockets: UnixSocket[] = []
  for (;;) {
    const length = c.recv(fd, datagram, datagram.length, 0)
    if (length < 0) {
      const code = koffi.errno()
      if (code === EINTR) continue
      return failed('recv', code)
    }
    const part = parseUnixDiag(datagram.subarray(0, length))
    if (part.failed !== undefined) return failed('the answer', part.failed)
    sockets.push(...part.sockets)
    if (part.end) return ok(sockets)
  }
}

function failed(what: string, code: number): Result<UnixSocket[], string> {
  return err(`The kernel does not tell who is at the other end of Unix sockets here: ${what} failed (${code}).`)
}

interface Bindings {
  socket(family: number, type: number, protocol: number): number
  setsockopt(fd: number, level: number, name: number, value: Buffer, length: number): number
  send(fd: number, data: Buffer, length: number, flags: number): number
  recv(fd: number, data: Buffer, length: number, flags: number): number
  close(fd: number): number
}
let bindings: Bindings | undefined

/** From this process itself, which has the C library of this machine. */
function load(): Bindings {
  const c = koffi.load(null)
  return {
    socket: c.func('int socket(int family, int type, int protocol)') as Bindings['socket'],
    setsockopt: c.func('int setsockopt(int fd, int level, int name, const void *value, uint32_t length)') as Bindings['setsockopt'],
    send: c.func('long send(int fd, const void *data, size_t length, int flags)') as Bindings['send'],
    recv: c.func('long recv(int fd, void *data, size_t length, int flags)') as Bindings['recv'],
    close: c.func('int close(int fd)') as Bindings['close'],
  }
}
