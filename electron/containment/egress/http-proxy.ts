import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { authorityOf } from '../../effects/url.ts'
import type { Context } from './context.ts'
import { endToEnd, forward, overTls } from './forward.ts'
import { passGate } from './gate.ts'
import { hangUp } from './hang-up.ts'
import { authority, readRequest, type PlainRequest } from './http-request.ts'
import { headersOf, refusal, responseTo, statusOf, type Refusal } from './refusal.ts'
import { isUpgraded, withSecrets } from './secrets.ts'
import { openTunnel } from './open-tunnel.ts'

const LONGEST_HEADERS_BYTES = 32_768

/** What the HTTP proxy does with a connection. */
export interface HttpProxy {
  /** A client that speaks to the proxy. */
  serve(socket: Socket): void
  /** A client in a tunnel to a host, whose requests are all for it; it has been admitted. */
  serveTunnel(socket: Socket, destination: { host: string; port: number }): void
}

/** An HTTP/1.1 proxy: `CONNECT` (RFC 9110, section 9.3.6) and plain requests, each of which is judged by itself. */
export function httpProxy(context: Context): HttpProxy {
  const tunnels = new WeakMap<Socket, { host: string; port: number }>()
  // Time limits are our own (see `Patience`): a request may wait for a person much longer than for its headers.
  const server = createServer({ maxHeaderSize: LONGEST_HEADERS_BYTES, requireHostHeader: false, keepAliveTimeout: 0, headersTimeout: 0, requestTimeout: 0 })
  server.maxHeadersCount = 0
  const patience = new Patience(context.patienceMs)

  server.on('request', (request, response) => void answer(request, response, () => {}))
  server.on('checkContinue', (request, response) => void answer(request, response, () => response.writeContinue()))
  server.on('connect', (request: IncomingMessage, socket: Socket, head: Buffer) => {
    const isFirst = patience.begin(socket)
    const refused = isFirst ? refusalOfClient(request) : refusal('malformed', 'CONNECT comes after the answer to the request before it.')
    const target = authorityOf(request.url ?? '', undefined)
    if (refused) return hangUp(socket, responseTo(refused))
    if (!target || 'path' in target || target.port === undefined) return hangUp(socket, responseTo(refusal('malformed', 'CONNECT names a host and a port.')))
    void openTunnel(socket, head, { host: target.host, port: target.port }, context, {
      opened: 'HTTP/1.1 200 Connection established\r\n\r\n',
      refused: responseTo,
      plain: (destination) => serveTunnel(socket, destination),
    })
  })
  server.on('clientError', (error: NodeJS.ErrnoException & { reason?: string }, socket: Socket) => {
    if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy()
    hangUp(socket, responseTo(refusalOfParser(error)))
  })

  async function answer(request: IncomingMessage, response: ServerResponse, goOn: () => void): Promise<void> {
    patience.begin(request.socket)
    response.once('close', () => patience.wait(request.socket))
    const left = new AbortController()
    response.once('close', () => left.abort())
    try {
      const refused = refusalOfClient(request) ?? (await relay(request, response, goOn, AbortSignal.any([left.signal, context.closing])))
      if (refused) refuse(response, refused)
    } catch (error) {
      // What a client sends must never end the broker.
      refuse(response, refusal('malformed', `The request can't be sent on: ${error instanceof Error ? error.message : String(error)}`))
    }
  }

  function refusalOfClient(request: IncomingMessage): Refusal | undefined {
    if (tunnels.has(request.socket) || context.credentials.admitHeader(request.headers['proxy-authorization'])) return undefined
    return refusal('unauthorised', 'This proxy serves one contained run only, which finds its credentials in HTTP_PROXY.')
  }

  async function relay(request: IncomingMessage, response: ServerResponse, goOn: () => void, gone: AbortSignal): Promise<Refusal | undefined> {
    const plain = readRequest(request, tunnels.get(request.socket))
    if (!plain.ok) return plain.error
    const { host, port, method } = plain.value.destination
    const secure = isUpgraded(host, context.secrets)
    const destination = { ...plain.value.destination, port: secure && port === 80 ? 443 : port }
    const opened = await passGate(destination, request.socket, context.rules, gone)
    if (!opened.ok) return opened.error
    const socket = secure ? await overTls(opened.value, host, context.trust()) : opened
    const headers = socket.ok ? withSecrets(headersFor(request, plain.value, destination.port, secure), host, method, context.secrets) : socket
    if (!socket.ok || !headers.ok || gone.aborted) {
      opened.value.destroy()
      return headers.ok ? undefined : headers.error
    }
    goOn()
    return forward(request, { method, path: plain.value.target, headers: headers.value }, socket.value, destination, response)
  }

  function serveTunnel(socket: Socket, destination: { host: string; port: number }): void {
    tunnels.set(socket, destination)
    serve(socket)
  }

  function serve(socket: Socket): void {
    patience.wait(socket)
    server.emit('connection', socket)
    process.nextTick(() => socket.resume())
  }

  return { serve, serveTunnel }
}

/** Host and framing are written anew, from what was judged. */
function headersFor(request: IncomingMessage, plain: PlainRequest, port: number, secure: boolean): string[] {
  const kept = endToEnd(request.rawHeaders)
  const own = new Set(['host', 'content-length'])
  const rest = kept.filter((_, at) => !own.has(kept[at & ~1]!.toLowerCase()))
  return ['Host', authority(plain.destination.host, port, secure ? 443 : 80), ...rest, ...(plain.framing ?? []), 'Connection', 'close']
}

function refuse(response: ServerResponse, refused: Refusal): void {
  if (response.headersSent || response.destroyed) return void response.destroy()
  response.writeHead(statusOf(refused), headersOf(refused)).end(`${refused.message}\n`)
}

function refusalOfParser({ code, reason }: NodeJS.ErrnoException & { reason?: string }): Refusal {
  if (code === 'HPE_HEADER_OVERFLOW') return refusal('too-long', `The headers of a request may have ${LONGEST_HEADERS_BYTES} bytes.`)
  return refusal('malformed', `The request is no valid HTTP/1.1: ${reason ?? code ?? 'it can\'t be read'}.`)
}

/** Closes a connection whose next request, headers and all, takes too long to come. */
class Patience {
  readonly #ms: number
  readonly #waiting = new WeakMap<Socket, { open: number; late: NodeJS.Timeout | undefined }>()

  constructor(ms: number) {
    this.#ms = ms
  }

  /** Headers have come. False when earlier requests of the connection are still being answered. */
  begin(socket: Socket): boolean {
    const state = this.#stateOf(socket)
    clearTimeout(state.late)
    state.open += 1
    return state.open === 1
  }

  /** The connection is new, or a request is answered. */
  wait(socket: Socket): void {
    const state = this.#stateOf(socket)
    state.open = Math.max(0, state.open - 1)
    clearTimeout(state.late)
    if (state.open === 0 && !socket.destroyed) state.late = setTimeout(() => giveUp(socket), this.#ms)
  }

  #stateOf(socket: Socket): { open: number; late: NodeJS.Timeout | undefined } {
    const known = this.#waiting.get(socket)
    if (known) return known
    const state = { open: 0, late: undefined as NodeJS.Timeout | undefined }
    this.#waiting.set(socket, state)
    socket.once('close', () => clearTimeout(state.late))
    return state
  }
}

/** A connection that has been answered before is just idle. */
function giveUp(socket: Socket): void {
  if (socket.bytesWritten > 0) socket.destroy()
  else hangUp(socket, responseTo(refusal('slow', 'The headers of the request took too long.')))
}
