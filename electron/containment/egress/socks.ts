import type { Socket } from 'node:net'
import { err, ok, type Result } from '../../contract/result.ts'
import { canonicalHost } from '../../effects/host.ts'
import type { Context } from './context.ts'
import { hangUp } from './hang-up.ts'
import { openTunnel } from './open-tunnel.ts'
import { replyOf, type Refusal } from './refusal.ts'

const VERSION = 5
const WITH_PASSWORD = 2
const NO_METHOD = 0xff
const CONNECT = 1
const GENERAL_FAILURE = 1
const NO_SUCH_COMMAND = 7
const NO_SUCH_ADDRESS_TYPE = 8

/**
 * SOCKS5 (RFC 1928) with user name and password (RFC 1929), `CONNECT` only. Names are looked up here, so a client should
 * send names (`socks5h`); an address is decided as an address.
 */
export async function serveSocks(client: Socket, context: Context, plain: (destination: { host: string; port: number }) => void): Promise<void> {
  const late = setTimeout(() => client.destroy(), context.patienceMs)
  const greeting = new Greeting(client)
  try {
    const turnedAway = await authenticate(client, greeting, context)
    const target = turnedAway ? err(turnedAway) : await readTarget(greeting)
    const early = greeting.release()
    if (!target.ok) return hangUp(client, target.error)
    clearTimeout(late)
    await openTunnel(client, early, target.value, context, {
      opened: replyWith(0),
      refused: (refused: Refusal) => replyWith(replyOf(refused)),
      plain,
    })
  } catch {
    // The client broke off in the middle of its greeting.
    client.destroy()
  } finally {
    clearTimeout(late)
  }
}

/** Gives what to answer when the client is not admitted. */
async function authenticate(client: Socket, greeting: Greeting, { credentials }: Context): Promise<Buffer | undefined> {
  const [version, count] = await greeting.take(2)
  const methods = await greeting.take(count!)
  if (version !== VERSION || !methods.includes(WITH_PASSWORD)) return Buffer.from([VERSION, NO_METHOD])
  client.write(Buffer.from([VERSION, WITH_PASSWORD]))
  await greeting.take(1)
  const isAdmitted = credentials.admit(await greeting.takeText(), await greeting.takeText())
  if (!isAdmitted) return Buffer.from([1, 1])
  client.write(Buffer.from([1, 0]))
  return undefined
}

/** The error is the reply. */
async function readTarget(greeting: Greeting): Promise<Result<{ host: string; port: number }, Buffer>> {
  const [version, command, , type] = await greeting.take(4)
  const text = await readHost(greeting, type!)
  if (text === undefined) return err(replyWith(NO_SUCH_ADDRESS_TYPE))
  const port = (await greeting.take(2)).readUInt16BE()
  if (version !== VERSION) return err(replyWith(GENERAL_FAILURE))
  if (command !== CONNECT) return err(replyWith(NO_SUCH_COMMAND))
  const host = canonicalHost(text)
  return host === undefined ? err(replyWith(GENERAL_FAILURE)) : ok({ host, port })
}

async function readHost(greeting: Greeting, type: number): Promise<string | undefined> {
  switch (type) {
    case 1:
      return [...(await greeting.take(4))].join('.')
    case 3:
      return greeting.takeText()
    case 4: {
      const bytes = await greeting.take(16)
      return Array.from({ length: 8 }, (_, at) => bytes.readUInt16BE(at * 2).toString(16)).join(':')
    }
    default:
      return undefined
  }
}

/** A reply with the address 0.0.0.0:0: the one that is used is nobody's business. */
function replyWith(code: number): Buffer {
  return Buffer.from([VERSION, code, 0, 1, 0, 0, 0, 0, 0, 0])
}

/** Longer than any greeting: what comes before it is answered waits. */
const MOST_UNREAD_BYTES = 4_096

/** What a client says before its tunnel opens, in pieces of known length. */
class Greeting {
  readonly #client: Socket
  #unread: Buffer = Buffer.alloc(0)
  #isOver = false
  #news = Promise.withResolvers<void>()
  readonly #onData = (chunk: Buffer): void => {
    this.#unread = Buffer.concat([this.#unread, chunk])
    if (this.#unread.length > MOST_UNREAD_BYTES) this.#client.pause()
    this.#tell()
  }
  readonly #onEnd = (): void => {
    this.#isOver = true
    this.#tell()
  }

  constructor(client: Socket) {
    this.#client = client
    client.on('data', this.#onData).on('end', this.#onEnd).on('close', this.#onEnd).resume()
  }

  /** Rejects when the client ends before it has said so much. */
  async take(count: number): Promise<Buffer> {
    while (this.#unread.length < count) {
      if (this.#isOver) throw new Error('the client ended')
      await this.#news.promise
    }
    const taken = this.#unread.subarray(0, count)
    this.#unread = this.#unread.subarray(count)
    return taken
  }

  /** A text behind its length, which is one byte. */
  async takeText(): Promise<string> {
    const [length] = await this.take(1)
    return (await this.take(length!)).toString()
  }

  /** Stops listening; gives what was said beyond the greeting. */
  release(): Buffer {
    this.#client.pause()
    this.#client.off('data', this.#onData).off('end', this.#onEnd).off('close', this.#onEnd)
    return this.#unread
  }

  #tell(): void {
    this.#news.resolve()
    this.#news = Promise.withResolvers()
  }
}
