import { createSocket, type RemoteInfo, type Socket as UdpSocket } from 'node:dgram'
import { createServer, type Server, type Socket } from 'node:net'
import type { AddressInfo } from 'node:net'
import { err, ok, type Result } from '../../contract/result.ts'
import { canonicalHost } from '../../effects/host.ts'
import { addressOf, type Address } from './addresses.ts'
import type { AnsweredNames } from './answered-names.ts'
import { encodeFailure, encodeReply, parseQuery, RCODE, TYPE, type Query, type Rcode } from './dns-message.ts'
import { clientOf } from './gate.ts'
import { pinnedAddresses } from './pin.ts'
import type { Client, EgressRules } from './rules.ts'
import { SharedQuestions } from './shared-questions.ts'

/** Short, so that a change of policy soon holds for names as well. */
const TTL_SECONDS = 60
/** Clients of UDP ask again after 5 s or give up; nobody tells that they have. */
const UDP_WAIT_MS = 20_000
const TCP_IDLE_MS = 30_000
const MOST_TCP_CLIENTS = 256
/** Far longer than any question about an address. */
const MOST_QUERY_BYTES = 4_096
const MOST_REPLY_BYTES = 65_535
/** The same port must be free for UDP and TCP. */
const ATTEMPTS = 20

export interface Resolver {
  port: number
  close(): void
}

interface Answer {
  rcode: Rcode
  addresses: readonly Address[]
}

/**
 * A name server on loopback, over UDP and TCP (RFC 1035, 7766). It looks up only what `mayResolve` lets be reached, so a
 * name that carries data goes nowhere: REFUSED. Addresses only; other types have no records, and nobody is asked
 * about them. Addresses that are not public are left out unless a rule names them.
 */
export async function startResolver(rules: Omit<EgressRules, 'decide'>, answered: AnsweredNames, closing: AbortSignal): Promise<Result<Resolver, string>> {
  const names = new SharedQuestions((name, gone, client) => lookUp(name, gone, client, rules))

  async function answerTo(bytes: Buffer, mostBytes: number | undefined, gone: AbortSignal, client: Client | undefined): Promise<Buffer | undefined> {
    const query = parseQuery(bytes)
    if (!query.ok) return query.error && encodeFailure(query.error)
    const answer = await answerOf(query.value, gone, client)
    return answer && encodeReply(query.value, answer.rcode, answer.addresses, TTL_SECONDS, mostBytes ?? query.value.udpBytes)
  }

  async function answerOf({ name, type }: Query, gone: AbortSignal, client: Client | undefined): Promise<Answer | undefined> {
    if (type === TYPE.any || type === TYPE.axfr || type === TYPE.ixfr) return { rcode: RCODE.notImplemented, addresses: [] }
    if (type !== TYPE.a && type !== TYPE.aaaa) return { rcode: RCODE.noError, addresses: [] }
    const host = canonicalHost(name)
    if (host === undefined || addressOf(host) !== undefined) return { rcode: RCODE.nameError, addresses: [] }
    try {
      const answer = await names.answer(host, gone, client)
      if (answer) answered.remember(host, answer.addresses, performance.now())
      return answer
    } catch {
      return { rcode: RCODE.serverFailure, addresses: [] }
    }
  }

  const bound = await bindBoth()
  if (!bound.ok) return bound
  const { udp, tcp, port } = bound.value
  const clients = new Set<Socket>()
  udp.on('message', (bytes, from) => void answerDatagram(udp, bytes, from))
  udp.on('error', () => {})
  tcp.maxConnections = MOST_TCP_CLIENTS
  tcp.on('connection', (client) => {
    clients.add(client)
    client.once('close', () => clients.delete(client))
    serveStream(client)
  })

  async function answerDatagram(socket: UdpSocket, bytes: Buffer, from: RemoteInfo): Promise<void> {
    const reply = await answerTo(bytes, undefined, AbortSignal.any([closing, AbortSignal.timeout(UDP_WAIT_MS)]), { over: 'udp', port: from.port })
    if (reply && !closing.aborted) socket.send(reply, from.port, from.address, () => {})
  }

  /** Reads on while a question is open, so that it is noticed when the client leaves. */
  function serveStream(client: Socket): void {
    const left = new AbortController()
    const gone = AbortSignal.any([closing, left.signal])
    let unread: Buffer = Buffer.alloc(0)
    let isBusy = false
    client.on('error', () => {}).on('end', () => left.abort()).on('close', () => left.abort())
    client.setTimeout(TCP_IDLE_MS, () => isBusy || client.destroy())
    client.on('data', (chunk) => {
      unread = Buffer.concat([unread, chunk])
      if (unread.length >= 2 && unread.readUInt16BE(0) > MOST_QUERY_BYTES) return void client.destroy()
      if (unread.length > MOST_QUERY_BYTES * 2) client.pause()
      if (!isBusy) void answerAll()
    })

    async function answerAll(): Promise<void> {
      isBusy = true
      for (let message = nextMessage(unread); message && !gone.aborted; message = nextMessage(unread)) {
        unread = unread.subarray(2 + message.length)
        client.resume()
        const reply = await answerTo(message, MOST_REPLY_BYTES, gone, clientOf(client))
        if (!reply) return void client.destroy()
        client.write(Buffer.concat([Buffer.from([reply.length >> 8, reply.length & 255]), reply]))
      }
      isBusy = false
    }
  }

  return ok({
    port,
    close: () => {
      udp.close()
      tcp.close()
      for (const client of clients) client.destroy()
    },
  })
}

async function lookUp(name: string, gone: AbortSignal, client: Client | undefined, rules: Omit<EgressRules, 'decide'>): Promise<Answer> {
  if (!(await rules.mayResolve(name, gone, client))) return { rcode: RCODE.refused, addresses: [] }
  const found = await pinnedAddresses({ host: name }, true, rules)
  if (found.ok) return { rcode: RCODE.noError, addresses: found.value }
  if (found.error.kind === 'prohibited') return { rcode: RCODE.refused, addresses: [] }
  return { rcode: found.error.kind === 'nameless' ? RCODE.nameError : RCODE.serverFailure, addresses: [] }
}

/** The message at the beginning, behind its length (RFC 1035, section 4.2.2), once it is there as a whole. */
function nextMessage(bytes: Buffer): Buffer | undefined {
  const length = bytes.length >= 2 ? bytes.readUInt16BE(0) : undefined
  return length !== undefined && bytes.length >= 2 + length ? bytes.subarray(2, 2 + length) : undefined
}

async function bindBoth(): Promise<Result<{ udp: UdpSocket; tcp: Server; port: number }, string>> {
  let reason = ''
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const udp = createSocket('udp4')
    const tcp = createServer()
    try {
      await new Promise<void>((resolve, reject) => void udp.once('error', reject).bind(0, '127.0.0.1', resolve))
      const { port } = udp.address()
      await new Promise<void>((resolve, reject) => void tcp.once('error', reject).listen(port, '127.0.0.1', resolve))
      return ok({ udp, tcp, port: (tcp.address() as AddressInfo).port })
    } catch (error) {
      reason = error instanceof Error ? error.message : String(error)
      udp.close()
    }
  }
  return err(`The resolver found no free port: ${reason}`)
}
