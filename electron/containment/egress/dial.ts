import { connect, type LookupFunction, type Socket } from 'node:net'
import { err, ok, type Result } from '../../contract/result.ts'
import type { Address } from './addresses.ts'
import { refusal, type Refusal } from './refusal.ts'

const CONNECT_MS = 30_000
/** How long one of several addresses has before the next is tried. */
const ATTEMPT_MS = 2_000

/**
 * Connects to one of the addresses, in their order, and to nothing else. The socket stays open in one direction when the
 * other ends. When `gone` aborts, the attempt ends.
 */
export async function dial(addresses: readonly [Address, ...Address[]], port: number, gone: AbortSignal): Promise<Result<Socket, Refusal>> {
  if (gone.aborted) return err(CLIENT_LEFT)
  const socket = connect({
    host: 'pinned.invalid',
    port,
    lookup: pinned(addresses),
    autoSelectFamily: true,
    autoSelectFamilyAttemptTimeout: ATTEMPT_MS,
    allowHalfOpen: true,
    noDelay: true,
  })
  return new Promise((resolve) => {
    const settle = (result: Result<Socket, Refusal>): void => {
      clearTimeout(late)
      gone.removeEventListener('abort', leave)
      if (!result.ok) socket.destroy()
      resolve(result)
    }
    const leave = (): void => settle(err(CLIENT_LEFT))
    const late = setTimeout(() => settle(err(timedOut(addresses, port))), CONNECT_MS)
    gone.addEventListener('abort', leave)
    // Stays: whoever takes the socket over may be a moment late for an error.
    socket.on('error', (error: NodeJS.ErrnoException) => settle(err(toldOf(error, addresses, port))))
    socket.once('connect', () => settle(ok(socket)))
  })
}

const CLIENT_LEFT = refusal('broken', 'The client went away.')

/** Node asks this for the addresses of a name that does not exist: so no other address can come in. */
function pinned(addresses: readonly Address[]): LookupFunction {
  return (_name, { all }, callback) => {
    const found = addresses.map((address) => ({ address, family: familyOf(address) }))
    if (all) callback(null, found)
    else callback(null, found[0]!.address, found[0]!.family)
  }
}

function familyOf(address: Address): 4 | 6 {
  return address.includes(':') ? 6 : 4
}

function timedOut(addresses: readonly Address[], port: number): Refusal {
  return refusal('timeout', `Nothing answered at ${addresses.join(', ')}, port ${port}, within ${CONNECT_MS / 1000} s.`)
}

function toldOf(error: NodeJS.ErrnoException, addresses: readonly Address[], port: number): Refusal {
  const at = `${addresses.join(', ')}, port ${port}`
  switch (error.code) {
    case 'ECONNREFUSED':
      return refusal('refused', `The connection is allowed, but nothing listens at ${at} (connection refused).`)
    case 'ETIMEDOUT':
      return timedOut(addresses, port)
    default:
      return refusal('unreachable', `The connection is allowed, but ${at} can't be reached (${error.code ?? error.message}).`)
  }
}
