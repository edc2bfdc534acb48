import type { Socket } from 'node:net'
import koffi from 'koffi'

/** From `asm-generic/socket.h`. */
const SOL_SOCKET = 1
const SO_PEERCRED = 17
/** From `sys/un.h` of macOS. */
const SOL_LOCAL = 0
const LOCAL_PEERCRED = 1
const LOCAL_PEERPID = 2

/** Who connected a Unix-domain socket, as the kernel noted it then. */
export interface Credentials {
  pid: number
  uid: number
}

type GetSockOpt = (fd: number, level: number, name: number, value: Buffer, length: [number]) => number

let getsockopt: GetSockOpt | undefined

/** The kernel's word on the other end of a connection; undefined where the platform does not tell. */
export function credentialsOf(socket: Socket): Credentials | undefined {
  const { _handle: handle } = socket as unknown as { _handle?: { fd?: number } }
  if (handle?.fd === undefined || handle.fd < 0) return undefined
  switch (process.platform) {
    case 'linux': {
      // struct ucred { pid_t pid; uid_t uid; gid_t gid }, unix(7)
      const credentials = option(handle.fd, SOL_SOCKET, SO_PEERCRED, 12)
      return credentials && { pid: credentials.readInt32LE(0), uid: credentials.readUInt32LE(4) }
    }
    case 'darwin': {
      // struct xucred { u32 version; uid_t uid; short groups; gid_t group[16] }, and a pid_t: `sys/ucred.h`. It has not run on a Mac yet.
      const credentials = option(handle.fd, SOL_LOCAL, LOCAL_PEERCRED, 76)
      const pid = option(handle.fd, SOL_LOCAL, LOCAL_PEERPID, 4)
      return credentials && pid && { pid: pid.readInt32LE(0), uid: credentials.readUInt32LE(4) }
    }
    default:
      return undefined
  }
}

function option(fd: number, level: number, name: number, size: number): Buffer | undefined {
  getsockopt ??= bind()
  const value = Buffer.alloc(size)
  return getsockopt(fd, level, name, value, [size]) === 0 ? value : undefined
}

/** From this process itself, which has the C library of this machine, whichever that is. Where it can't be had, all fail. */
function bind(): GetSockOpt {
  try {
    return koffi
      .load(null)
      .func('int getsockopt(int fd, int level, int name, void *value, _Inout_ uint32_t *length)') as GetSockOpt
  } catch {
    return () => -1
  }
}
