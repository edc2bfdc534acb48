import koffi from 'koffi'
import { err, ok, type Result } from '../../contract/result.ts'

// The kernel's process events connector: linux/cn_proc.h, linux/connector.h, netlink(7).
const AF_NETLINK = 16
const SOCK_DGRAM_CLOEXEC = 2 | 0o2000000
const NETLINK_CONNECTOR = 11
const SOL_SOCKET = 1
const SO_RCVBUF = 8
const MSG_DONTWAIT = 0x40
const NLMSG_DONE = 3
const CN_IDX_PROC = 1
const CN_VAL_PROC = 1
const PROC_CN_MCAST_LISTEN = 1
const EXEC = 0x2
/** nlmsghdr (16) and cn_msg (20); then u32 what, u32 cpu, u64 time, and what belongs to the event. */
const HEADER = 36
const EPERM = 1
const EACCES = 13
const EAGAIN = 11
/** fcntl(2): who gets a signal, which one, and that it is sent at all. SIGURG harms nobody who does not listen to it. */
const F_SETFL = 4
const F_SETOWN = 8
const F_SETSIG = 10
const SIGURG = 23
const O_NONBLOCK = 0o4000
const O_ASYNC = 0o20000
const EINTR = 4
const ENOBUFS = 105
/** Asked for; the kernel cuts it down to net.core.rmem_max. */
const RECEIVE_BUFFER = 4 << 20

/** An open connector. While it is open SIGURG comes to this process whenever there is something to read. */
export interface ProcConnector {
  /** Processes that have become another program since the last reading. `lost`: the kernel had to drop events. Never waits. */
  read(): number[] | 'lost'
  close(): void
}

/**
 * Listens to every exec of this machine. Needs no privilege since Linux 6.6, before that CAP_NET_ADMIN, and never works
 * in a container: the error says which it is.
 */
export function openProcConnector(): Result<ProcConnector, string> {
  const c = bindings()
  const fd = c.socket(AF_NETLINK, SOCK_DGRAM_CLOEXEC, NETLINK_CONNECTOR)
  if (fd < 0) return failed('socket')
  const size = Buffer.alloc(4)
  size.writeInt32LE(RECEIVE_BUFFER)
  c.setsockopt(fd, SOL_SOCKET, SO_RCVBUF, size, 4)
  // struct sockaddr_nl { u16 family, pad; u32 pid, groups }; pid 0: the kernel chooses.
  const address = Buffer.alloc(12)
  address.writeUInt16LE(AF_NETLINK, 0)
  address.writeUInt32LE(CN_IDX_PROC, 8)
  if (c.bind(fd, address, address.length) !== 0) {
    const problem = failed('bind')
    c.close(fd)
    return problem
  }
  // A second word selects events (Linux 6.6); older kernels ignore such a message, hence the plain one first.
  for (const payload of [[PROC_CN_MCAST_LISTEN], [PROC_CN_MCAST_LISTEN, EXEC]]) {
    const message = listenMessage(payload)
    if (c.send(fd, message, message.length, 0) < 0 && payload.length === 1) {
      const problem = failed('send')
      c.close(fd)
      return problem
    }
  }
  if (c.fcntl(fd, F_SETOWN, process.pid) < 0 || c.fcntl(fd, F_SETSIG, SIGURG) < 0 || c.fcntl(fd, F_SETFL, O_NONBLOCK | O_ASYNC) < 0) {
    const problem = failed('fcntl')
    c.close(fd)
    return problem
  }
  return ok({
    read: () => receive(c, fd),
    close: () => void c.close(fd),
  })
}

function failed(what: string): Result<ProcConnector, string> {
  const code = koffi.errno()
  return err(code === EPERM || code === EACCES ? 'The kernel tells of processes only to administrators here (before Linux 6.6).' : `The kernel does not tell of processes here: ${what} failed (${code}).`)
}

function listenMessage(payload: readonly number[]): Buffer {
  const message = Buffer.alloc(HEADER + payload.length * 4)
  message.writeUInt32LE(message.length, 0)
  message.writeUInt16LE(NLMSG_DONE, 4)
  message.writeUInt32LE(CN_IDX_PROC, 16)
  message.writeUInt32LE(CN_VAL_PROC, 20)
  message.writeUInt16LE(payload.length * 4, 32)
  payload.forEach((word, index) => message.writeUInt32LE(word, HEADER + index * 4))
  return message
}

const datagram = Buffer.alloc(4096)

/** Takes all that is there: no signal comes again for what is left. */
function receive(c: Bindings, fd: number): number[] | 'lost' {
  const pids: number[] = []
  for (;;) {
    const length = c.recv(fd, datagram, datagram.length, MSG_DONTWAIT)
    if (length < 0) {
      const code = koffi.errno()
      if (code === ENOBUFS) return 'lost'
      if (code === EINTR) continue
      if (code === EAGAIN) break
      throw new Error(`The kernel's process events broke off (${code}).`)
    }
    const pid = parseExec(datagram.subarray(0, length))
    if (pid !== undefined) pids.push(pid)
  }
  return pids
}

/** The process that an exec event is about; undefined for other messages. */
export function parseExec(bytes: Buffer): number | undefined {
  if (bytes.length < HEADER + 24 || bytes.readUInt32LE(HEADER) !== EXEC) return undefined
  return bytes.readInt32LE(HEADER + 20)
}

interface Bindings {
  socket(family: number, type: number, protocol: number): number
  bind(fd: number, address: Buffer, length: number): number
  setsockopt(fd: number, level: number, name: number, value: Buffer, length: number): number
  send(fd: number, data: Buffer, length: number, flags: number): number
  recv(fd: number, data: Buffer, length: number, flags: number): number
  fcntl(fd: number, command: number, value: number): number
  close(fd: number): number
}

/** From this process itself, which has the C library of this machine. */
function bindings(): Bindings {
  const c = koffi.load(null)
  return {
    socket: c.func('int socket(int family, int type, int protocol)') as Bindings['socket'],
    bind: c.func('int bind(int fd, const void *address, uint32_t length)') as Bindings['bind'],
    setsockopt: c.func('int setsockopt(int fd, int level, int name, const void *value, uint32_t length)') as Bindings['setsockopt'],
    send: c.func('long send(int fd, const void *data, size_t length, int flags)') as Bindings['send'],
    recv: c.func('long recv(int fd, void *data, size_t length, int flags)') as Bindings['recv'],
    fcntl: c.func('int fcntl(int fd, int command, long value)') as Bindings['fcntl'],
    close: c.func('int close(int fd)') as Bindings['close'],
  }
}
