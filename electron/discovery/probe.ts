import { get } from 'node:http'
import { isLoopback } from './addresses.ts'
import type { Catalogue } from './catalogue/catalogue.ts'
import type { ModelServerEntry } from './catalogue/schema.ts'
import type { AgentId } from '../contract/ids.ts'
import type { Observer } from './observer.ts'
import type { ProcessRecord, SocketRecord } from './process-record.ts'

/** How long a server may take, in milliseconds, and how much of its answer is read, in bytes. */
const PATIENCE = 500
const MOST = 16 * 1024
/** Beyond so many listeners those that were asked are forgotten. */
const MANY = 1000

/** A process that answered as a model server of the catalogue does. */
export interface Probed {
  id: AgentId
  process: ProcessRecord
  port: number
}

type Candidates = readonly (readonly [AgentId, ModelServerEntry])[]

/**
 * Asks listeners on this machine which model server they are, where nothing else tells: one documented request that changes nothing,
 * to a loopback address, on a port of the catalogue, once for each listener.
 */
export class Probes {
  readonly #servers: Candidates
  readonly #asked = new Set<string>()
  #found: readonly Probed[] = []

  constructor({ modelServers }: Catalogue) {
    this.#servers = [...modelServers].filter(([, { probe, answers }]) => probe !== undefined && answers.length > 0)
  }

  /** What has answered and still runs. */
  found(observer: Observer): Probed[] {
    return this.#found.filter(({ process }) => observer.isStill(process))
  }

  /** Asks who was not asked yet. `known` are processes of which it is clear what they are. Never fails. */
  async ask(observer: Observer, known: ReadonlySet<number>): Promise<void> {
    this.#found = this.found(observer)
    const fresh = [...observer.sockets].flatMap((socket) => {
      const candidates = socket.protocol === 'tcp' && socket.state === 'listening' && reachable(socket) !== undefined ? this.#servers.filter(([, { ports }]) => ports.includes(socket.localPort)) : []
      const key = `${socket.inode}:${socket.localPort}`
      if (candidates.length === 0 || this.#asked.has(key)) return []
      if (this.#asked.size > MANY) this.#asked.clear()
      this.#asked.add(key)
      return [{ socket, candidates }]
    })
    await Promise.all(fresh.map(({ socket, candidates }) => this.#askOne(socket, candidates, observer, known)))
  }

  async #askOne(socket: SocketRecord, candidates: Candidates, observer: Observer, known: ReadonlySet<number>): Promise<void> {
    // Whose it is can't be told of other users' processes; those are not asked.
    const owner = [...observer.processes.values()].find(({ pid }) => observer.open(pid)?.sockets.has(socket.inode))
    const host = reachable(socket)
    if (!owner || host === undefined || known.has(owner.pid) || owner.pid === process.pid) return
    for (const [id, { probe = '/', answers }] of candidates) {
      const text = await answerOf(host, socket.localPort, probe)
      if (text === undefined || !answers.every((part) => text.includes(part))) continue
      this.#found = [...this.#found, { id, process: owner, port: socket.localPort }]
      return
    }
  }
}

/** The loopback address by which a listener can be asked; undefined for one that listens elsewhere. */
function reachable({ local }: SocketRecord): string | undefined {
  if (local === '0.0.0.0') return '127.0.0.1'
  if (local === '::') return '::1'
  return isLoopback(local) ? local : undefined
}

/** The beginning of a good answer; undefined for any other and for none. Follows nothing, sends nothing of its own. */
function answerOf(host: string, port: number, path: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const request = get({ host, port, path, agent: false, signal: AbortSignal.timeout(PATIENCE) }, (response) => {
      let text = ''
      const done = (): void => resolve(response.statusCode === 200 ? text : undefined)
      response.setEncoding('utf8').on('data', (part: string) => {
        text += part
        if (text.length > MOST) response.destroy()
      })
      response.on('end', done).on('close', done)
      response.on('error', () => resolve(undefined))
    })
    request.on('error', () => resolve(undefined))
  })
}
