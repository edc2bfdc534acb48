import type { Socket } from 'node:net'
import { canonicalHost } from '../../effects/host.ts'
import { addressOf } from './addresses.ts'
import { LONGEST_HELLO_BYTES, readFirstBytes, type FirstBytes } from './client-hello.ts'
import { hangUp } from './hang-up.ts'
import { refusal, type Refusal } from './refusal.ts'
import type { Destination } from './rules.ts'

/** A tunnel that one side has ended, and that is silent for so long, is closed. */
const HALF_OPEN_MS = 600_000
/** Between packets that ask whether the other end still lives. */
const KEEP_ALIVE_MS = 60_000
/** HTTPS: a tunnel there has to be TLS, or nobody could tell where it leads. */
const HTTPS = 443

/**
 * Joins client and server. What the client sends first is held back until it is known not to contradict the
 * destination; on a contradiction both are closed and the refusal is given back. `early` has been read from the client.
 */
export async function carryTunnel(client: Socket, server: Socket, early: Buffer, destination: Destination, patienceMs: number): Promise<Refusal | undefined> {
  closeTogether(client, server)
  closeTogether(server, client)
  server.setKeepAlive(true, KEEP_ALIVE_MS)
  server.pipe(client)

  const first = await firstFlight(client, early, patienceMs)
  if (client.destroyed) return undefined
  const contradiction = first.bytes.length > 0 ? contradictionOf(first.seen, destination) : undefined
  if (contradiction) {
    server.unpipe(client).removeAllListeners('close').destroy()
    hangUp(client, first.seen.kind === 'not-tls' ? `${contradiction.message}\n` : ALERT)
    return contradiction
  }
  if (first.bytes.length > 0) server.write(first.bytes)
  client.pipe(server)
  return undefined
}

/** When one side has gone, the other goes as soon as it has got what was sent to it. */
function closeTogether(side: Socket, other: Socket): void {
  side.on('error', () => {})
  side.once('end', () => other.setTimeout(HALF_OPEN_MS, () => other.destroy()))
  side.once('close', () => {
    if (side.readableEnded && !other.writableFinished) other.once('finish', () => other.destroy())
    else other.destroy()
  })
}

/** A fatal alert, `unrecognized_name` (RFC 8446, section 6), in a record of TLS. */
const ALERT = Buffer.from([21, 3, 3, 0, 2, 2, 112])

interface Flight {
  /** Empty when the client ended without a word. */
  bytes: Buffer
  seen: FirstBytes
}

/** Reads until it is known what the first bytes are; then the client is paused. */
async function firstFlight(client: Socket, early: Buffer, patienceMs: number): Promise<Flight> {
  const chunks = [early]
  let length = early.length
  let seen: FirstBytes = { kind: 'incomplete', needs: 1 }
  const look = (): boolean => {
    if (seen.kind === 'incomplete' && length >= seen.needs) seen = readFirstBytes(Buffer.concat(chunks))
    return seen.kind !== 'incomplete' || length > LONGEST_HELLO_BYTES * 2
  }
  return new Promise((resolve) => {
    const finish = (): void => {
      clearTimeout(late)
      client.pause()
      client.off('data', take).off('end', finish).off('close', finish)
      resolve({ bytes: Buffer.concat(chunks), seen })
    }
    // Silence at the start is fine, the server may speak first; a greeting that stops half-way is not.
    let late = length > 0 ? setTimeout(finish, patienceMs) : undefined
    const take = (chunk: Buffer): void => {
      chunks.push(chunk)
      length += chunk.length
      late ??= setTimeout(finish, patienceMs)
      if (look()) finish()
    }
    if (length > 0 && look()) return finish()
    client.on('data', take).on('end', finish).on('close', finish).resume()
  })
}

function contradictionOf(seen: FirstBytes, { host, port }: Destination): Refusal | undefined {
  switch (seen.kind) {
    case 'hello':
      return seen.serverName === undefined ? withoutName(host) : withName(seen.serverName, host)
    case 'malformed':
      return refusal('denied', `The TLS greeting to ${host} can't be read, because ${seen.why}. Paddock lets no TLS pass that it can't compare with the host that was decided.`)
    case 'not-tls':
      return port === HTTPS ? refusal('denied', `The tunnel to ${host}:${port} does not carry TLS. Only TLS may go to port ${HTTPS}; use http:// and the proxy for plain HTTP.`) : undefined
    case 'incomplete':
      return refusal('denied', `The TLS greeting to ${host} stopped half-way.`)
  }
}

function withoutName(host: string): Refusal | undefined {
  return addressOf(host) === undefined ? refusal('denied', `The TLS greeting to ${host} names no server, so it can't be told whether it is meant for ${host}.`) : undefined
}

function withName(serverName: string, host: string): Refusal | undefined {
  if (canonicalHost(serverName) === host) return undefined
  return refusal(
    'denied',
    `The connection was decided for ${host}, but its TLS greeting names ${JSON.stringify(serverName)}. Connect to the host that is meant; with Encrypted Client Hello, switch that off.`,
  )
}
