import type { Address, AddressKind } from './addresses.ts'

/** Where a connection leads. */
export interface Destination {
  /** Canonical, as policies compare hosts (effects/host.ts). */
  host: string
  port: number
  /** For plain HTTP only: the method in upper case, and the path without the query, `..` and escapes resolved. */
  method?: string
  path?: string
  /** The address, where the host is spelled as one. */
  address?: string
}

/**
 * The answer about a destination. `named`: the rule or the person meant this very host, not everything; an address that
 * the host spells out (`127.0.0.1`, `localhost`) then needs no further naming.
 */
export type Verdict = { allowed: true; named?: boolean } | { allowed: false; message: string }

/** An address that is not public, found for a host that may be reached. */
export interface LocalTarget {
  address: Address
  kind: Exclude<AddressKind, 'public'>
  host: string
  /** Absent where a name is looked up for an unknown use. */
  port?: number
}

/** The client's own end of its connection, which tells what program it is. */
export interface Client {
  over: 'tcp' | 'udp'
  port: number
}

/** A secret that the agent knows only as a placeholder. */
export interface Secret {
  /** What the agent has in its environment instead. */
  placeholder: string
  /** The real value, asked for on every use; undefined when there is none, and the request is refused. */
  value: () => string | undefined
  /** The only host that gets it. */
  host: string
  /** Names of the headers it may stand in. */
  headers: readonly string[]
  /** Plain HTTP requests for the host are sent over TLS: to port 443 instead of 80, to any other port as it is. */
  upgrade?: boolean
}

/** What the egress asks of its owner. Nothing is remembered here: every question is asked anew. */
export interface EgressRules {
  /**
   * Whether the connection may be made; may wait for a person. When the client goes away `gone` aborts, and the promise
   * must settle soon. A rejection counts as a denial.
   */
  decide(destination: Destination, gone: AbortSignal, client?: Client): Promise<Verdict>
  /** Whether policy, a grant or a person names this address or this host; a rule as wide as `*` does not. */
  mayReach(target: LocalTarget): boolean | Promise<boolean>
  /** Whether a rule denies this very address, however the name that leads there is judged. */
  isDenied(target: { address: Address; port?: number }): boolean
  /** Whether the name may be looked up, because policy could let it be reached; may wait for a person, as `decide`. */
  mayResolve(name: string, gone: AbortSignal, client?: Client): boolean | Promise<boolean>
  /** The addresses of a name; none when there is no such name. Rejects when they can't be found out. */
  lookup(name: string, family: 4 | 6): Promise<readonly string[]>
}
