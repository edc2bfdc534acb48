import { isUtf8 } from 'node:buffer'
import { writeSync } from 'node:fs'
import { createConnection } from 'node:net'
import type { EndpointReply, EndpointRequest } from '../contract/endpoint.ts'
import { LONGEST_LINE_BYTES } from '../contract/limits.ts'

// The program that an agent's hook runs for every call: nothing but Node's own modules, because its start is what
// the agent waits for. Whatever goes wrong ends in exit code 2 with a sentence: a refusal that the agent passes on.

const HOW_TO_START = 'Start it with "npm start" or "paddock serve".'
const STOPPED = `its broker has stopped before it decided. ${HOW_TO_START}`
const REFUSED = 2

/**
 * Hands the hook message on standard input to the broker and passes on what it answers. Ends the process.
 * `waits`: milliseconds until it refuses by itself.
 */
export function askBroker(agent: string, endpoint: string, waits: number): void {
  if (!agent || !endpoint || !(waits > 0)) return refuse('the hook was started in a wrong way. Connect the agent again.')
  setTimeout(() => refuse(`nobody decided within ${Math.round(waits / 1000)} s.`), waits)

  const socket = createConnection(endpoint)
  socket.on('error', (error: NodeJS.ErrnoException) => refuse(whyUnreachable(error)))
  whole(process.stdin, 'the call', (payload) => {
    if (!isUtf8(payload)) return refuse("the agent's message is not UTF-8.")
    const request: EndpointRequest = { type: 'hook', agent, payload: payload.toString(), waits }
    const line = `${JSON.stringify(request)}\n`
    if (Buffer.byteLength(line) > LONGEST_LINE_BYTES) return refuse('the call is too long to be judged.')
    socket.write(line)
    whole(socket, 'the answer', (answer) => finish(answer.toString()))
  })
}

/** Collects a stream to its end, within the limit. */
function whole(stream: NodeJS.ReadableStream, what: string, done: (bytes: Buffer) => void): void {
  const chunks: Buffer[] = []
  let length = 0
  stream.on('data', (chunk: Buffer) => {
    chunks.push(chunk)
    length += chunk.length
    if (length > LONGEST_LINE_BYTES) refuse(`${what} is too long.`)
  })
  stream.on('error', (error) => refuse(`${what} can't be read (${error.message}).`))
  stream.on('end', () => done(Buffer.concat(chunks)))
}

/** Prints the broker's answer, but only one that the agent is sure to read as an answer. */
function finish(line: string): void {
  if (line === '') return refuse(STOPPED)
  const reply = parse(line) as EndpointReply | null
  if (reply?.type === 'error' && typeof reply.message === 'string') return refuse(reply.message)
  if (reply?.type !== 'hook' || typeof reply.stdout !== 'string' || typeof reply.stderr !== 'string')
    return refuse("the broker's answer can't be understood. Restart Paddock.")
  const answered = reply.exitCode === 0 && isObject(parse(reply.stdout))
  if (!answered && !(reply.exitCode === REFUSED && reply.stderr.trim() !== ''))
    return refuse("the broker's answer is not one for this agent. Restart Paddock.")
  leave(reply.stdout, reply.stderr, reply.exitCode)
}

/** The value, or null when it is not JSON. */
function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return null
  }
}

const isObject = (value: unknown): boolean => typeof value === 'object' && value !== null && !Array.isArray(value)

function whyUnreachable(error: NodeJS.ErrnoException): string {
  switch (error.code) {
    case 'ENOENT':
    case 'ECONNREFUSED':
      return `its broker is not running. ${HOW_TO_START}`
    case 'ECONNRESET':
    case 'EPIPE':
      return STOPPED
    case 'EACCES':
    case 'EPERM':
      return 'its endpoint belongs to another user.'
    default:
      return `its broker can't be reached (${error.code ?? error.message}).`
  }
}

/** `why` completes "Paddock refuses this call: ...". */
function refuse(why: string): void {
  leave('', `Paddock refuses this call: ${why}\n`, REFUSED)
}

/** Writes everything, then ends at once: nothing that is still open is worth waiting for. */
function leave(stdout: string, stderr: string, exitCode: number): never {
  write(1, stdout)
  write(2, stderr)
  process.exit(exitCode)
}

function write(file: number, text: string): void {
  let rest = Buffer.from(text)
  while (rest.length > 0) {
    try {
      rest = rest.subarray(writeSync(file, rest))
    } catch (error) {
      // A pipe that the reader has made non-blocking is full for a moment.
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') process.exit(REFUSED)
    }
  }
}
