import type { Effect } from '../contract/effect.ts'
import type { Caller } from '../contract/request.ts'
import { counts, type Limit } from '../policy/limits.ts'

/** A count is forgotten when so many others have been touched since. */
const MOST_COUNTED = 10_000

/**
 * How often calls ran lately, for the rate limits of policies. Only calls that were let through count. In memory: a
 * broker that starts has seen none.
 */
export class Rates {
  /** For each limit of a session or agent the times of the newest calls, oldest first: as many as it allows, no more. */
  readonly #times = new Map<string, number[]>()

  /** The first limit that one more call with these effects would break at `now` (milliseconds). */
  broken(caller: Caller, limits: readonly Limit[], effects: readonly Effect[], now: number): Limit | undefined {
    return limits.find((limit) => {
      if (!counts(limit, effects)) return false
      const oldest = this.#times.get(keyOf(caller, limit))?.at(-limit.count)
      return oldest !== undefined && now - oldest < limit.windowMs
    })
  }

  /** Notes a call that was let through. */
  count(caller: Caller, limits: readonly Limit[], effects: readonly Effect[], now: number): void {
    for (const limit of limits) {
      if (!counts(limit, effects)) continue
      const key = keyOf(caller, limit)
      const times = [...(this.#times.get(key) ?? []), now].slice(-limit.count)
      this.#times.delete(key)
      this.#times.set(key, times)
      if (this.#times.size > MOST_COUNTED) this.#times.delete(this.#times.keys().next().value!)
    }
  }
}

function keyOf({ agent, session }: Caller, { name, text, per, tool = '' }: Limit): string {
  return [agent, per === 'session' ? session : '', name, text, tool].join('\n')
}
