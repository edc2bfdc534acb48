import type { Address } from './addresses.ts'

/** A program may connect a while after it looked a name up, and keeps what it looked up. */
const KEPT_MS = 120_000
const MOST_ADDRESSES = 10_000

/** Which name an address was last given out for. */
export class AnsweredNames {
  readonly #names = new Map<Address, { name: string; until: number }>()

  /** `now` in milliseconds, of a clock that never goes back. */
  remember(name: string, addresses: readonly Address[], now: number): void {
    for (const address of addresses) {
      this.#names.delete(address)
      this.#names.set(address, { name, until: now + KEPT_MS })
    }
    for (const [oldest, { until }] of this.#names) {
      if (this.#names.size <= MOST_ADDRESSES && until > now) break
      this.#names.delete(oldest)
    }
  }

  nameOf(address: Address, now: number): string | undefined {
    const entry = this.#names.get(address)
    return entry && entry.until > now ? entry.name : undefined
  }
}
