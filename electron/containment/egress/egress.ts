import { lookup as systemLookup } from 'node:dns/promises'
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { createSecureContext, getCACertificates, type SecureContext } from 'node:tls'
import { err, ok, type Result } from '../../contract/result.ts'
import { canonicalHost } from '../../effects/host.ts'
import { addressOf } from './addresses.ts'
import { AnsweredNames } from './answered-names.ts'
import type { Context } from './context.ts'
import { Credentials } from './credentials.ts'
import { httpProxy } from './http-proxy.ts'
import type { Refusal } from './refusal.ts'
import { startResolver } from './resolver.ts'
import type { Destination, EgressRules, Secret } from './rules.ts'
import { serveSocks } from './socks.ts'

export interface EgressOptions extends Omit<EgressRules, 'lookup'> {
  /** The system's own way to find addresses when absent. */
  lookup?: EgressRules['lookup']
  secrets?: readonly Secret[]
  /** Certificates (PEM) that upgraded connections trust beside the system's. */
  authorities?: readonly string[]
  /** How long a client may take for a greeting or the headers of a request, in milliseconds; 30 s when absent. */
  patienceMs?: number
  /** Told of a tunnel that was allowed and then closed, because what it carried contradicted its destination. */
  onContradiction?: (destination: Destination, refusal: Refusal) => void
}

/** The network of one contained run: a proxy and a name server on loopback, for as long as the run lasts. */
export interface Egress {
  /** HTTP proxy and SOCKS5 on one port of 127.0.0.1. */
  proxyPort: number
  /** DNS over UDP and TCP on the same port of 127.0.0.1. */
  resolverPort: number
  /** What makes the run's programs use the proxy, with the credentials of this run. */
  environment(): Record<string, string>
  /** The name that the run looked up for an address, for a while after. */
  nameOf(address: string): string | undefined
  /** Ends every connection and every waiting question. */
  close(): Promise<void>
}

const PATIENCE_MS = 30_000
/** Beyond this many connections at once, new ones are dropped. */
const MOST_CLIENTS = 4_096
const SOCKS5 = 5

/** Starts the egress of one run. The error says what is wrong with the options, or why there is no port. */
export async function startEgress(options: EgressOptions): Promise<Result<Egress, string>> {
  const secrets = canonicalSecrets(options.secrets ?? [])
  if (!secrets.ok) return secrets
  const closing = new AbortController()
  const answered = new AnsweredNames()
  const credentials = new Credentials()
  const rules: EgressRules = { ...options, lookup: options.lookup ?? lookupBySystem }
  const context: Context = {
    rules,
    credentials,
    secrets: secrets.value,
    trust: trustOf(options.authorities ?? []),
    patienceMs: options.patienceMs ?? PATIENCE_MS,
    closing: closing.signal,
    onContradiction: options.onContradiction ?? (() => {}),
  }
  const front = await listen(context)
  if (!front.ok) return front
  const resolver = await startResolver(rules, answered, closing.signal)
  if (!resolver.ok) {
    await front.value.close()
    return resolver
  }
  return ok({
    proxyPort: front.value.port,
    resolverPort: resolver.value.port,
    environment: () => ({ ...environmentFor(front.value.port, credentials), ...(secrets.value.length > 0 && FOR_NODE) }),
    nameOf: (address) => answered.nameOf(addressOf(address) ?? address, performance.now()),
    close: async () => {
      if (closing.signal.aborted) return
      closing.abort()
      resolver.value.close()
      await front.value.close()
    },
  })
}

/** One port for all protocols: the first byte of a client tells which it speaks. */
async function listen(context: Context): Promise<Result<{ port: number; close(): Promise<void> }, string>> {
  const proxy = httpProxy(context)
  const clients = new Set<Socket>()
  const server = createServer({ allowHalfOpen: true, noDelay: true })
  server.maxConnections = MOST_CLIENTS
  server.on('connection', (client) => {
    clients.add(client)
    const late = setTimeout(() => client.destroy(), context.patienceMs)
    client.on('error', () => {})
    client.once('close', () => {
      clearTimeout(late)
      clients.delete(client)
    })
    client.once('data', (first: Buffer) => {
      clearTimeout(late)
      client.pause()
      client.unshift(first)
      if (first[0] === SOCKS5) void serveSocks(client, context, (destination) => proxy.serveTunnel(client, destination))
      else proxy.serve(client)
    })
  })
  const port = await portOf(server)
  if (!port.ok) return port
  return ok({
    port: port.value,
    close: async () => {
      const closed = new Promise((resolve) => server.close(resolve))
      for (const client of clients) client.destroy()
      await closed
    },
  })
}

async function portOf(server: Server): Promise<Result<number, string>> {
  return new Promise((resolve) => {
    server.once('error', (error) => resolve(err(`The proxy can't listen on loopback: ${error.message}`)))
    server.listen(0, '127.0.0.1', () => resolve(ok((server.address() as AddressInfo).port)))
  })
}

/**
 * The variables that programs read, in both cases: curl ignores the upper one for http, others the lower. All are the HTTP
 * proxy: a SOCKS address in ALL_PROXY stops Python programs on httpx (the SDKs of model APIs) at their start.
 * Loopback is not the proxy's business: in a network of the run's own it is another machine.
 */
function environmentFor(port: number, { user, password }: Credentials): Record<string, string> {
  const proxy = `http://${user}:${password}@127.0.0.1:${port}`
  const variables = { HTTP_PROXY: proxy, HTTPS_PROXY: proxy, ALL_PROXY: proxy, NO_PROXY: 'localhost,127.0.0.1,::1' }
  const twins = Object.entries(variables).map(([name, value]) => [name.toLowerCase(), value])
  return { ...variables, ...Object.fromEntries(twins) }
}

/**
 * Node itself goes by these variables only where it is told to, and then takes twice as long to start each time. Requests that are to carry
 * a secret need it; any other connection is decided as well when Node makes it directly.
 */
const FOR_NODE = { NODE_USE_ENV_PROXY: '1' }

function canonicalSecrets(secrets: readonly Secret[]): Result<Secret[], string> {
  const canonical: Secret[] = []
  for (const secret of secrets) {
    const host = canonicalHost(secret.host)
    if (host === undefined) return err(`A secret is for "${secret.host}", which is no host.`)
    if (secret.placeholder.length < SHORTEST_PLACEHOLDER) return err(`The placeholder of the secret for ${host} is shorter than ${SHORTEST_PLACEHOLDER} signs.`)
    canonical.push({ ...secret, host })
  }
  return ok(canonical)
}
/** A shorter text could stand in a header by chance. */
const SHORTEST_PLACEHOLDER = 8

/** Made when first needed: it reads every certificate of the system. */
function trustOf(authorities: readonly string[]): () => SecureContext {
  let trust: SecureContext | undefined
  return () => (trust ??= createSecureContext({ ca: [...getCACertificates('default'), ...getCACertificates('system'), ...authorities] }))
}

async function lookupBySystem(name: string, family: 4 | 6): Promise<string[]> {
  try {
    return (await systemLookup(name, { family, all: true })).map(({ address }) => address)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOTFOUND' || (error as NodeJS.ErrnoException).code === 'ENODATA') return []
    throw error
  }
}
