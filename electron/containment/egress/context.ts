import type { SecureContext } from 'node:tls'
import type { Credentials } from './credentials.ts'
import type { Refusal } from './refusal.ts'
import type { Destination, EgressRules, Secret } from './rules.ts'

/** What every connection of one run shares. */
export interface Context {
  rules: EgressRules
  credentials: Credentials
  secrets: readonly Secret[]
  /** Whom TLS connections of our own trust. */
  trust(): SecureContext
  /** How long a client may take for a greeting or the headers of a request. */
  patienceMs: number
  /** Aborts when the run is over. */
  closing: AbortSignal
  /** Told of a tunnel that was allowed and then closed, because what it carried contradicted its destination. */
  onContradiction(destination: Destination, refusal: Refusal): void
}
