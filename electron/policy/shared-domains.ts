import * as z from 'zod'
import type { Result } from '../contract/result.ts'
import { readYaml } from '../effects/yaml.ts'

const File = z.strictObject({
  /** Names, several in one text. */
  domains: z.array(z.string()).transform((texts) => new Set(texts.flatMap((text) => text.split(/\s+/)).filter((name) => name !== ''))),
})

/** Domains below which anybody can have a host, from `policies/knowledge/shared-domains.yaml`. */
export type SharedDomains = ReadonlySet<string>

/** Errors are `file:line:column: what is wrong`. */
export function parseSharedDomains(text: string, file: string): Result<SharedDomains, string[]> {
  const read = readYaml(file, text, File)
  return read.ok ? { ok: true, value: read.value.domains } : read
}

/** Whether somebody else may have a host below `domain`: it is a single name, or known to be shared. */
export function isShared(domain: string, shared: SharedDomains): boolean {
  return !domain.includes('.') || shared.has(domain)
}
