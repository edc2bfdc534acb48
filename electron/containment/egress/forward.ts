import { request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http'
import { isIP, type Socket } from 'node:net'
import { pipeline } from 'node:stream'
import { connect as connectTls, type SecureContext } from 'node:tls'
import { err, ok, type Result } from '../../contract/result.ts'
import { refusal, type Refusal } from './refusal.ts'
import type { Destination } from './rules.ts'
import type { RawHeaders } from './secrets.ts'

/** A request as it is sent on. */
export interface Outgoing {
  method: string
  /** With the query. */
  path: string
  headers: RawHeaders
}

/** Headers that are about one connection and not about the request (RFC 9110, section 7.6.1), and those of the proxy itself. */
const OF_ONE_CONNECTION = new Set([
  'connection', 'keep-alive', 'proxy-connection', 'proxy-authorization', 'proxy-authenticate', 'te', 'trailer',
  'transfer-encoding', 'upgrade', 'expect', 'http2-settings',
])

/** What may be sent on: all but the headers of the connection and those that `Connection` names. */
export function endToEnd(raw: RawHeaders): string[] {
  const named = new Set(OF_ONE_CONNECTION)
  for (let at = 0; at < raw.length; at += 2)
    if (raw[at]!.toLowerCase() === 'connection') for (const name of raw[at + 1]!.split(',')) named.add(name.trim().toLowerCase())
  return raw.filter((_, at) => !named.has(raw[at & ~1]!.toLowerCase()))
}

/** TLS over the socket, to the host and to nobody else. */
export async function overTls(socket: Socket, host: string, secureContext: SecureContext): Promise<Result<Socket, Refusal>> {
  const secure = connectTls({
    socket,
    host,
    ...(isIP(host) ? {} : { servername: host }),
    secureContext,
    ALPNProtocols: ['http/1.1'],
  })
  return new Promise((resolve) => {
    secure.once('secureConnect', () => resolve(ok(secure)))
    secure.on('error', (error) => resolve(err(refusal('certificate', `No trusted TLS connection to ${host}: ${error.message}.`))))
    secure.once('close', () => resolve(err(refusal('broken', `${host} closed the connection during the TLS handshake.`))))
  })
}

/**
 * Sends the request over the socket, and the answer back; both as streams that wait for the slower end. Resolves when the
 * answer is over; with a refusal when there was no answer.
 */
export async function forward(incoming: IncomingMessage, outgoing: Outgoing, socket: Socket, { host }: Destination, response: ServerResponse): Promise<Refusal | undefined> {
  const sent = httpRequest({
    createConnection: () => socket,
    method: outgoing.method,
    path: outgoing.path,
    headers: [...outgoing.headers],
    setHost: false,
  })
  return new Promise((resolve) => {
    sent.on('error', (error) => resolve(refusal('broken', `The connection to ${host} broke before an answer came: ${error.message}.`)))
    sent.on('response', (answer) => {
      try {
        response.writeHead(answer.statusCode ?? 502, answer.statusMessage, endToEnd(answer.rawHeaders))
      } catch (error) {
        answer.destroy()
        resolve(refusal('broken', `The answer of ${host} is no valid HTTP: ${error instanceof Error ? error.message : String(error)}.`))
        return
      }
      pipeline(answer, response, () => {
        socket.destroy()
        resolve(undefined)
      })
    })
    response.once('close', () => socket.destroy())
    incoming.on('error', () => socket.destroy())
    incoming.pipe(sent)
  })
}
