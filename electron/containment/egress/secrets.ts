import { err, ok, type Result } from '../../contract/result.ts'
import { refusal, type Refusal } from './refusal.ts'
import type { Secret } from './rules.ts'

/** Names and values in turn, as Node's `rawHeaders`. */
export type RawHeaders = readonly string[]

/** What a header may carry (RFC 9110, section 5.5), without what would end it. */
// oxlint-disable-next-line no-control-regex
const HEADER_VALUE = /^[\t\u0020-\u007e\u0080-\u00ff]+$/

/**
 * The headers with real values for placeholders, in a request for `host`. A placeholder of another host's secret, or in
 * another header, is left as it is. A secret that is not there, or can't stand in a header, is an error.
 */
export function withSecrets(headers: RawHeaders, host: string, method: string, secrets: readonly Secret[]): Result<string[], Refusal> {
  const result = [...headers]
  for (const secret of secrets) {
    if (secret.host !== host) continue
    const names = new Set(secret.headers.map((name) => name.toLowerCase()))
    for (let at = 0; at < result.length; at += 2) {
      if (!names.has(result[at]!.toLowerCase()) || !result[at + 1]!.includes(secret.placeholder)) continue
      // The answer to TRACE is the request: the agent would read the secret there.
      if (method === 'TRACE') return err(refusal('denied', 'TRACE shows a request to the one who sent it, so it gets no secrets.'))
      const value = secret.value()
      if (value === undefined) return err(refusal('no-secret', `The secret that belongs in "${result[at]}" for ${host} is not set. Ask the operator to set it.`))
      if (!HEADER_VALUE.test(value)) return err(refusal('no-secret', `The secret for ${host} has signs that can't stand in a header. Ask the operator to set it again.`))
      result[at + 1] = result[at + 1]!.replaceAll(secret.placeholder, () => value)
    }
  }
  return ok(result)
}

/** Whether plain requests for the host are sent over TLS. */
export function isUpgraded(host: string, secrets: readonly Secret[]): boolean {
  return secrets.some((secret) => secret.host === host && secret.upgrade === true)
}
