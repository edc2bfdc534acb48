import type { Effect } from '../contract/effect.ts'
import type { Caller } from '../contract/request.ts'
import { counts, type Limit, type LimitName } from '../policy/limits.ts'

/** A session is forgotten when so many others have called since. */
const MOST_SESSIONS = 1000

/**
 * How often the calls of a session ran lately, for the rate limits of policies. Only calls that were let through count.
 * In memory: a broker that starts has seen none.
 */
export class Rates {
  /** For each session and limit the times of the newest calls, oldest first: as many as the limit allows, no more. */
  readonly #sessions = new Map<string, Map<LimitName, number[]>>()

  /** The first limit that one more call with these effects would break at `now` (milliseconds). */
  broken(caller: Caller, limits: readonly Limit[], effects: readonly Effect[], now: number): Limit | undefined {
    const times = this.#sessions.get(keyOf(caller))
    return limits.find(({ name, count, windowMs }) => {
      if (!counts(name, effects)) return false
      const oldest = times?.get(name)?.at(-count)
      return oldest !== undefined && now - oldest < windowMs
    })
  }

  /** Notes a call that was let through. */
  count(caller: Caller, limits: readonly Limit[], effects: readonly Effect[], now: number): void {
    if (limits.length === 0) return
    const key = keyOf(caller)
    const times = this.#sessions.get(key) ?? new Map<LimitName, number[]>()
    this.#sessions.delete(key)
    this.#sessions.set(key, times)
    if (this.#sessions.size > MOST_SESSIONS) this.#sessions.delete(this.#sessions.keys().next().value!)
    for (const name of new Set(limits.map((limit) => limit.name))) {
      if (!counts(name, effects)) continue
      const most = Math.max(...limits.flatMap((limit) => (limit.name === name ? limit.count : [])))
      times.set(name, [...(times.get(name) ?? []), now].slice(-most))
    }
  }
}

function keyOf({ agent, session }: Caller): string {
  return `${agent}\n${session}`
}
