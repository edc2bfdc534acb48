import { chmodSync, rmSync } from 'node:fs'
import { createServer, type Server, type Socket } from 'node:net'
import { EndpointRequest, type ContainRequest, type EndpointReply } from '../contract/endpoint.ts'
import { LONGEST_LINE_BYTES } from '../contract/limits.ts'
import { err, ok, type Result } from '../contract/result.ts'

/** How long a client may take to send its line, and to take its reply, in milliseconds. */
const PATIENCE = 5000
/** More open connections than this are turned away. Waiting requests keep theirs open. */
export const MOST_CONNECTIONS = 512
/** Longest path of a Unix-domain socket in bytes: `sun_path` without its end, on Linux and on macOS. */
const LONGEST_ADDRESS = process.platform === 'darwin' ? 103 : 107

export interface EndpointHandler {
  /** Whether this client may ask at all; otherwise what it is told. */
  admit(socket: Socket): string | undefined
  /** Answers a request. `gone` is aborted when the client goes away before the answer. */
  handle(request: Exclude<EndpointRequest, ContainRequest>, socket: Socket, gone: AbortSignal): Promise<EndpointReply>
  /** Takes over the connection of a supervisor. */
  adopt(request: ContainRequest, socket: Socket): void
  /** A message that was not a request, and what was wrong with it. */
  unreadable(message: string): void
}

export interface Endpoint {
  /** Takes no more clients. Resolves when the open ones are done. */
  close(): Promise<void>
}

/**
 * Opens the agents' endpoint: one JSON line in, one JSON line out. Call it only while holding the lock, because it
 * removes the socket of a broker that died. Whatever goes wrong with a client, it is told so and never gets an allow.
 */
export async function openEndpoint(address: string, handler: EndpointHandler): Promise<Result<Endpoint, string>> {
  const isFile = process.platform !== 'win32'
  if (isFile && Buffer.byteLength(address) > LONGEST_ADDRESS)
    return err(`The path of the endpoint is too long for the operating system: ${address}. Set PADDOCK_HOME to a shorter folder.`)
  if (isFile) rmSync(address, { force: true })

  const open = new Set<Socket>()
  // Half-open: a client that says it has sent everything can still get its answer.
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    open.add(socket)
    socket.on('close', () => open.delete(socket))
    serve(socket, open.size > MOST_CONNECTIONS, handler)
  })
  const problem = await listen(server, address)
  if (problem) return err(`The endpoint ${address} can't be opened: ${problem}`)
  if (isFile) chmodSync(address, 0o600)
  return ok({ close: () => close(server, open) })
}

function serve(socket: Socket, tooMany: boolean, handler: EndpointHandler): void {
  const gone = new AbortController()
  const chunks: Buffer[] = []
  let size = 0
  let done = false

  const reply = (message: EndpointReply): void => {
    clearTimeout(patience)
    // What a client still sends is thrown away, so that it gets to reading; one that does not read is cut off.
    setTimeout(() => socket.destroy(), PATIENCE).unref()
    socket.end(`${JSON.stringify(message)}\n`)
  }
  const refuse = (message: string): void => {
    done = true
    handler.unreadable(message)
    reply({ type: 'error', message })
  }
  const patience = setTimeout(() => refuse(`No complete line came within ${PATIENCE / 1000} seconds.`), PATIENCE)

  socket.on('error', () => socket.destroy())
  socket.on('close', () => {
    clearTimeout(patience)
    gone.abort('the client is gone')
  })
  socket.on('end', () => {
    if (!done) refuse('The connection ended before the line did.')
    gone.abort('the client is gone')
  })
  const read = (chunk: Buffer): void => {
    if (done) return
    const end = chunk.indexOf(10)
    chunks.push(end < 0 ? chunk : chunk.subarray(0, end))
    size += chunks.at(-1)!.length
    if (size > LONGEST_LINE_BYTES) return refuse(`The call is longer than ${LONGEST_LINE_BYTES / 2 ** 20} MiB: nobody can judge it.`)
    if (end < 0) return
    const request = readRequest(Buffer.concat(chunks))
    if (!request.ok) return refuse(request.error)
    done = true
    clearTimeout(patience)
    if (request.value.type === 'contain') {
      socket.off('data', read)
      return handler.adopt(request.value, socket)
    }
    handler.handle(request.value, socket, gone.signal).then(reply, (error: unknown) => {
      reply({ type: 'error', message: `Paddock failed on this call: ${error instanceof Error ? error.message : String(error)}` })
    })
  }
  socket.on('data', read)

  const refused = tooMany ? `Paddock is busy: ${MOST_CONNECTIONS} calls are open. Try again later.` : handler.admit(socket)
  if (refused !== undefined) refuse(refused)
}

function readRequest(line: Buffer): Result<EndpointRequest, string> {
  if (line.includes(0)) return err('The message contains NUL bytes; one line of JSON is expected.')
  let raw: unknown
  try {
    raw = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(line))
  } catch {
    return err('The message is not JSON in UTF-8; one line of JSON is expected.')
  }
  const request = EndpointRequest.safeParse(raw)
  if (request.success) return ok(request.data)
  const issue = request.error.issues[0]
  return err(`The message is not one of the endpoint's: ${issue?.path.join('.') || 'message'}: ${issue?.message ?? 'malformed'}`)
}

function listen(server: Server, address: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    server.once('error', (error) => resolve(error.message))
    server.listen(address, () => resolve(undefined))
  })
}

async function close(server: Server, open: ReadonlySet<Socket>): Promise<void> {
  const closed = new Promise((resolve) => server.close(resolve))
  const late = setTimeout(() => open.forEach((socket) => socket.destroy()), 1000)
  await closed
  clearTimeout(late)
}
