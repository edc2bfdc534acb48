import type { Socket } from 'node:net'
import koffi from 'koffi'

/** From `asm-generic/socket.h`. */
const SOL_SOCKET = 1
const SO_PEERCRED = 17

/** Who connected a Unix-domain socket, as the kernel noted it then: `struct ucred`, unix(7). */
export interface Credentials {
  pid: number
  uid: number
}

type GetSockOpt = (fd: number, level: number, name: number, value: Buffer, length: [number]) => number

let getsockopt: GetSockOpt | undefined

/** The kernel's word on the other end of a connection; undefined where the platform does not tell. */
export function credentialsOf(socket: Socket): Credentials | undefined {
  const { _handle: handle } = socket as unknown as { _handle?: { fd?: number } }
  if (process.platform !== 'linux' || handle?.fd === undefined || handle.fd < 0) return undefined
  getsockopt ??= bind()
  const credentials = Buffer.alloc(12)
  if (getsockopt(handle.fd, SOL_SOCKET, SO_PEERCRED, credentials, [credentials.length]) !== 0) return undefined
  return { pid: credentials.readInt32LE(0), uid: credentials.readUInt32LE(4) }
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
