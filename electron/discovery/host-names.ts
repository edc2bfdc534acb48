import { Resolver } from 'node:dns/promises'
import { isIP } from 'node:net'
import type { HostEntry } from './catalogue/schema.ts'
import { isPrivate } from './addresses.ts'

/** An answer counts for a day: connections outlive what a resolver would say now. */
const KEPT = 24 * 60 * 60_000
/** How long the whole list may take, in milliseconds. */
const PATIENCE = 1500

/** Which known hosts an address answered to. Several names on one address are all kept; none of them is certain then. */
export class HostNames {
  readonly #hosts: readonly HostEntry[]
  readonly #byAddress = new Map<string, Map<HostEntry, number>>()
  #resolvedAt = 0
  #resolver: Resolver | undefined

  constructor(hosts: readonly HostEntry[]) {
    this.#hosts = hosts.filter(({ host }) => !host.includes('*'))
  }

  of(address: string): HostEntry[] {
    const limit = Date.now() - KEPT
    return [...(this.#byAddress.get(address) ?? [])].flatMap(([entry, at]) => (at > limit ? [entry] : []))
  }

  /** Asks the system's resolver for every known host, unless that was done in the last `maxAge` milliseconds. Never fails. */
  async resolve(maxAge: number): Promise<void> {
    if (Date.now() - this.#resolvedAt < maxAge) return
    this.#resolvedAt = Date.now()
    const resolver = new Resolver({ timeout: PATIENCE, tries: 1 })
    this.#resolver = resolver
    await Promise.allSettled(
      this.#hosts.flatMap((entry) => [
        resolver.resolve4(entry.host).then((addresses) => this.#note(entry, addresses)),
        resolver.resolve6(entry.host).then((addresses) => this.#note(entry, addresses)),
      ]),
    )
  }

  /** Gives up what is still being asked. */
  close(): void {
    this.#resolver?.cancel()
  }

  /** Answers that point into this machine or a private network say nothing. */
  #note(entry: HostEntry, addresses: readonly string[]): void {
    for (const address of addresses) {
      if (isIP(address) === 0 || isPrivate(address)) continue
      const names = this.#byAddress.get(address) ?? new Map<HostEntry, number>()
      names.set(entry, Date.now())
      this.#byAddress.set(address, names)
    }
  }
}
