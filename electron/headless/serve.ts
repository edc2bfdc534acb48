import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import { WebSocketServer } from 'ws'
import type { Channel } from '../contract/channel.ts'
import type { Role } from '../contract/operator.ts'
import { err, ok, type Result } from '../contract/result.ts'
import { isOfOurPage, refusalOfHost, refusalOfProcess, type Peers, type Refusal } from './guard.ts'
import { SECURITY_HEADERS } from './headers.ts'
import { sendMessage, SessionDoor } from './session-door.ts'
import { LONGEST_MESSAGE_BYTES, socketChannel } from './socket-channel.ts'
import { lookUp, readManifest, type Manifest } from './static-files.ts'

/** What this host needs of the broker. */
export interface HeadlessBroker {
  attach(channel: Channel, roles: readonly Role[]): void
  readonly peers: Peers
  noteOperator(change: 'opened' | 'closed' | 'refused', message: string): void
}

export interface HeadlessOptions {
  /** A free one when absent. */
  port?: number
  /** The folder of the built pages. */
  renderer: string
  /** Told each address with a fresh code, one line each. */
  announce: (line: string) => void
}

export interface Headless {
  /** The address without a code: `http://127.0.0.1:4321/`. */
  address: string
  close(): Promise<void>
}

/**
 * The operator's page on loopback, for machines without a screen. Whoever opens an announced address, once, within ten
 * minutes, is the operator until the process ends; a process that descends from an agent never is. The error says why
 * the page can't be served.
 */
export async function serveHeadless(broker: HeadlessBroker, options: HeadlessOptions): Promise<Result<Headless, string>> {
  const manifest = readManifest(options.renderer, 'headless.html')
  if (!manifest.ok) return manifest
  const server = createServer()
  const listening = await listen(server, options.port ?? 0)
  if (!listening.ok) return listening

  const address = `http://127.0.0.1:${listening.value}/`
  // After '#', a code is never sent in a request, so it reaches no log and no history of a proxy.
  const door = new SessionDoor(
    (code) => options.announce(`Open ${address}#code=${code}  (works once, within 10 minutes)`),
    (message) => broker.noteOperator('refused', message),
  )
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: LONGEST_MESSAGE_BYTES,
    perMessageDeflate: false,
    handleProtocols: () => PROTOCOL,
  })
  server.on('request', (request, response) => void answer(request, response, broker.peers, door, manifest.value))
  server.on('upgrade', (request, socket, head) => {
    const refusal = refusalOfChannel(request, broker.peers, door)
    if (refusal) {
      broker.noteOperator('refused', refusal.message)
      return refuseUpgrade(socket, refusal.status)
    }
    sockets.handleUpgrade(request, socket, head, (webSocket) => {
      const channel = socketChannel(webSocket)
      broker.noteOperator('opened', 'A browser opened the page.')
      channel.onClose(() => broker.noteOperator('closed', 'A browser closed the page.'))
      broker.attach(channel, ['prompt', 'console'])
    })
  })
  return ok({
    address,
    close: async () => {
      for (const socket of sockets.clients) socket.terminate()
      const closed = new Promise((resolve) => server.close(resolve))
      server.closeAllConnections()
      await closed
    },
  })
}

/** The subprotocol of the channel. The page offers it beside `key.…`, its half of the session's credential. */
const PROTOCOL = 'paddock'

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  peers: Peers,
  door: SessionDoor,
  manifest: Manifest,
): Promise<void> {
  for (const [name, value] of Object.entries(SECURITY_HEADERS)) response.setHeader(name, value)
  const target = request.url ?? '/'
  const refusal = refusalOfHost(request) ?? (target === '/session' ? refusalOfProcess(request, peers) : undefined)
  if (refusal) return sendMessage(response, refusal.status, refusal.message)
  if (target === '/session') return door.answer(request, response)

  const file = lookUp(manifest, request.method ?? '', target)
  if (file === 405) response.setHeader('allow', 'GET, HEAD')
  if (typeof file === 'number') return sendMessage(response, file, STATUS_MESSAGES[file])
  response.writeHead(200, { 'content-type': file.type, 'content-length': file.body.length })
  response.end(request.method === 'HEAD' ? undefined : file.body)
}

const STATUS_MESSAGES = { 400: 'Not an address of this server.', 404: 'There is nothing here.', 405: 'GET only.' }

function refusalOfChannel(request: IncomingMessage, peers: Peers, door: SessionDoor): Refusal | undefined {
  const refusal = refusalOfHost(request) ?? refusalOfProcess(request, peers)
  if (refusal) return refusal
  if (request.url !== '/channel') return { status: 404, message: 'A web socket that is not the channel.' }
  if (!isOfOurPage(request)) return { status: 403, message: 'A page of another origin wanted the channel.' }
  const offered = request.headers['sec-websocket-protocol']?.split(',').map((protocol) => protocol.trim()) ?? []
  const key = offered.find((protocol) => protocol.startsWith('key.'))?.slice('key.'.length)
  if (!offered.includes(PROTOCOL) || !door.admits(request, key))
    return { status: 401, message: 'A page without a session wanted the channel.' }
  return undefined
}

function refuseUpgrade(socket: Duplex, status: number): void {
  socket.on('error', () => {})
  socket.end(`HTTP/1.1 ${status} Refused\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`)
}

/** Listens on the loopback interface only; gives the port. */
async function listen(server: Server, port: number): Promise<Result<number, string>> {
  return new Promise((resolve) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      resolve(
        err(
          error.code === 'EADDRINUSE'
            ? `Port ${port} is in use. Choose another, or leave it out for a free one.`
            : `Port ${port} can't be used: ${error.message}.`,
        ),
      ),
    )
    server.listen({ port, host: '127.0.0.1' }, () => resolve(ok((server.address() as AddressInfo).port)))
  })
}
