import { once } from 'node:events'
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
  try {
    const target = (await authenticate(client, context)) ? await readTarget(client) : undefined
    clearTimeout(late)
    if (!target) return
    if (!target.ok) return hangUp(client, replyWith(target.error))
    await openTunnel(client, Buffer.alloc(0), target.value, context, {
      opened: replyWith(0),
      refused: (refusal: Refusal) => replyWith(replyOf(refusal)),
      plain: () => plain(target.value),
    })
  } catch {
    // The client broke off in the middle of its greeting.
    client.destroy()
  } finally {
    clearTimeout(late)
  }
}

async function authenticate(client: Socket, { credentials }: Context): Promise<boolean> {
  const [version, count] = await take(client, 2)
  const methods = version === VERSION ? await take(client, count!) : Buffer.alloc(0)
  if (!methods.includes(WITH_PASSWORD)) {
    hangUp(client, Buffer.from([VERSION, NO_METHOD]))
    return false
  }
  client.write(Buffer.from([VERSION, WITH_PASSWORD]))
  const [, userLength] = await take(client, 2)
  const user = await takeText(client, userLength!)
  const [passwordLength] = await take(client, 1)
  const isAdmitted = credentials.admit(user, await takeText(client, passwordLength!))
  if (isAdmitted) client.write(Buffer.from([1, 0]))
  else hangUp(client, Buffer.from([1, 1]))
  return isAdmitted
}

/** The error is a reply code. */
async function readTarget(client: Socket): Promise<Result<{ host: string; port: number }, number>> {
  const [version, command, , type] = await take(client, 4)
  const text = await takeHost(client, type!)
  if (text === undefined) return err(NO_SUCH_ADDRESS_TYPE)
  const port = (await take(client, 2)).readUInt16BE()
  if (version !== VERSION) return err(GENERAL_FAILURE)
  if (command !== CONNECT) return err(NO_SUCH_COMMAND)
  const host = canonicalHost(text)
  return host === undefined ? err(GENERAL_FAILURE) : ok({ host, port })
}

async function takeHost(client: Socket, type: number): Promise<string | undefined> {
  switch (type) {
    case 1:
      return [...(await take(client, 4))].join('.')
    case 3: {
      const [length] = await take(client, 1)
      return takeText(client, length!)
    }
    case 4: {
      const bytes = await take(client, 16)
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

async function takeText(client: Socket, count: number): Promise<string> {
  return (await take(client, count)).toString()
}

/** Exactly so many bytes; rejects when the client ends before. */
async function take(client: Socket, count: number): Promise<Buffer> {
  if (count === 0) return Buffer.alloc(0)
  for (;;) {
    const bytes = client.read(count) as Buffer | null
    if (bytes?.length === count) return bytes
    if (bytes || client.readableEnded || client.destroyed) throw new Error('the client ended')
    await once(client, 'readable')
  }
}
