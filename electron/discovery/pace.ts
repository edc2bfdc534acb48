import type { ModelLink } from './model-links.ts'
import type { ProcessKey } from './process-record.ts'

/** Connections that make a pace, and how far their distances may differ from the middle one. */
const ENOUGH = 4
const SPREAD = 0.5
const KEPT = 12

/** Remembers when processes made new connections to models, and tells who does so at a regular pace. */
export class Pace {
  readonly #seen = new Map<string, { sockets: Set<number>; times: number[] }>()

  /** Whether the process asks a model again and again, by the connections seen until now. */
  note({ pid, ticks }: ProcessKey, models: readonly ModelLink[], now = Date.now()): boolean {
    const key = `${pid}:${ticks}`
    const known = this.#seen.get(key)
    if (models.length === 0 && !known) return false
    const { sockets, times } = known ?? { sockets: new Set<number>(), times: [] }
    const fresh = models.filter(({ socket }) => !sockets.has(socket.inode))
    for (const { socket } of fresh) sockets.add(socket.inode)
    if (fresh.length > 0) times.push(now)
    times.splice(0, times.length - KEPT)
    if (this.#seen.size > 1000) this.#seen.clear()
    this.#seen.set(key, { sockets, times })
    return isRegular(times)
  }
}

function isRegular(times: readonly number[]): boolean {
  if (times.length < ENOUGH) return false
  const gaps = times.slice(1).map((time, at) => time - times[at]!).toSorted((a, b) => a - b)
  const middle = gaps[Math.floor(gaps.length / 2)]!
  return gaps.filter((gap) => Math.abs(gap - middle) <= middle * SPREAD).length >= gaps.length * 0.75
}
