import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { connect, type AddressInfo, type Server, type Socket } from 'node:net'
import { afterEach } from 'vitest'
import { startEgress, type Egress, type EgressOptions } from '../../../electron/containment/egress/egress.ts'
import type { Destination, LocalTarget, Verdict } from '../../../electron/containment/egress/rules.ts'

const closers: (() => unknown)[] = []

/** Runs after the test, in reverse order. */
export function afterTest(close: () => unknown): void {
  closers.push(close)
}

afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close()
})

/** An egress that remembers what it was asked, and allows what the options do not decide: every name is this machine. */
export async function egressWith(options: Partial<EgressOptions> = {}): Promise<Egress & { asked: Destination[]; targets: LocalTarget[] }> {
  const asked: Destination[] = []
  const targets: LocalTarget[] = []
  const started = await startEgress({
    mayResolve: () => true,
    isDenied: () => false,
    lookup: async (_name, family) => (family === 4 ? ['127.0.0.1'] : []),
    ...options,
    decide: async (destination, gone): Promise<Verdict> => {
      asked.push(destination)
      return options.decide ? options.decide(destination, gone) : { allowed: true }
    },
    mayReach: (target) => {
      targets.push(target)
      return options.mayReach ? options.mayReach(target) : true
    },
  })
  if (!started.ok) throw new Error(started.error)
  afterTest(() => started.value.close())
  return { ...started.value, asked, targets }
}

export const deny = (message: string): { decide: () => Promise<Verdict> } => ({ decide: async () => ({ allowed: false, message }) })

/** Listens on loopback for as long as the test runs; gives the port. */
export async function listening(server: Server, host = '127.0.0.1', port = 0): Promise<number> {
  const sockets = new Set<Socket>()
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.on('error', () => {}).once('close', () => sockets.delete(socket))
  })
  server.listen(port, host)
  await once(server, 'listening')
  afterTest(() => {
    server.close()
    for (const socket of sockets) socket.destroy()
  })
  return (server.address() as AddressInfo).port
}

/** `user:password` of the run. */
export function credentialsOf(egress: Egress): string {
  const { username, password } = new URL(egress.environment()['HTTP_PROXY']!)
  return `${username}:${password}`
}

export function proxyAuthorization(egress: Egress): string {
  return `Basic ${Buffer.from(credentialsOf(egress)).toString('base64')}`
}

/** A client of the proxy that says what it is told to, and collects what it hears. */
export class Client {
  readonly socket: Socket
  heard: Buffer = Buffer.alloc(0)
  ended = false
  #news = Promise.withResolvers<void>()

  constructor(port: number) {
    this.socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true })
    const end = (): void => this.#hear(true)
    this.socket.on('data', (chunk) => {
      this.heard = Buffer.concat([this.heard, chunk])
      this.#hear(false)
    })
    this.socket.on('error', () => {}).on('end', end).on('close', end)
    afterTest(() => this.socket.destroy())
  }

  say(bytes: string | Buffer | readonly number[]): this {
    this.socket.write(typeof bytes === 'string' ? bytes : Buffer.from(bytes))
    return this
  }

  /** Until so much is heard that the test is content, or the other side ends. */
  async until(isEnough: (heard: Buffer) => boolean): Promise<Buffer> {
    while (!this.ended && !isEnough(this.heard)) await this.#news.promise
    return this.heard
  }

  #hear(isEnd: boolean): void {
    this.ended ||= isEnd
    this.#news.resolve()
    this.#news = Promise.withResolvers()
  }

  async text(expected: string): Promise<string> {
    return (await this.until((heard) => heard.includes(expected))).toString()
  }

  async toEnd(): Promise<string> {
    return (await this.until(() => false)).toString()
  }

  /** Asks for a tunnel; gives the head of the answer. */
  async connectTo(egress: Egress, authority: string): Promise<string> {
    this.say(`CONNECT ${authority} HTTP/1.1\r\nHost: ${authority}\r\nProxy-Authorization: ${proxyAuthorization(egress)}\r\n\r\n`)
    const heard = await this.text('\r\n\r\n')
    const end = heard.indexOf('\r\n\r\n') + 4
    this.heard = this.heard.subarray(end)
    return heard.slice(0, end)
  }
}

export interface Ran {
  code: number | string
  stdout: string
  stderr: string
}

/** Runs a program with nothing but these variables. */
export async function run(program: string, args: readonly string[], variables: Record<string, string> = {}): Promise<Ran> {
  return new Promise((resolve) => {
    execFile(program, args, { env: { PATH: process.env['PATH'] ?? '', ...variables }, timeout: 20_000 }, (error, stdout, stderr) =>
      resolve({ code: error ? ((error as { code?: number | string }).code ?? 'killed') : 0, stdout, stderr }),
    )
  })
}

export async function has(program: string, ...args: string[]): Promise<boolean> {
  return (await run(program, args)).code === 0
}
