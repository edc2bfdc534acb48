import { mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as z from 'zod'
import type { AbsolutePath } from '../contract/ids.ts'
import { err, ok, type Result } from '../contract/result.ts'
import { parsePolicy, type PolicyFile } from '../policy/parse.ts'
import { resolvePolicy, type Policy } from '../policy/resolve.ts'
import type { Folders } from './folders.ts'
import { readSource } from './policy-files.ts'

/** Where a repository keeps its policy. */
export const PROJECT_POLICY = '.paddock/policy.yaml'

/** Paths of project policies and the content (SHA-256) that the operator trusted. */
export const TrustedProjects = z.record(z.string(), z.string())
export const trustedProjectsFile = (folders: Folders): string => join(folders.config, 'trusted-projects.json')

interface Known {
  stamp: string
  policy: Policy | undefined
}

/**
 * Policies found in repositories. One counts only while its content is exactly what the operator trusted: a changed
 * file, a missing list of trust or an error make it inert, and then the user's policies decide alone.
 */
export class ProjectPolicies {
  readonly #folders: Folders
  readonly #shipped: readonly PolicyFile[]
  readonly #known = new Map<AbsolutePath, Known>()

  constructor(folders: Folders, shipped: readonly PolicyFile[]) {
    this.#folders = folders
    this.#shipped = shipped
  }

  /** The policy of a workspace if it is trusted. Looks at the file's stamp each time, at its content when that changed. */
  of(workspace: AbsolutePath): Policy | undefined {
    const file = join(workspace, PROJECT_POLICY)
    const stamp = `${stampOf(file)} ${stampOf(trustedProjectsFile(this.#folders))}`
    const known = this.#known.get(workspace)
    if (known?.stamp === stamp) return known.policy
    const policy = stamp.startsWith('-') ? undefined : this.#read(file)
    this.#known.set(workspace, { stamp, policy })
    return policy
  }

  #read(path: string): Policy | undefined {
    const source = readSource(path, path)
    if (!source.ok || readTrust(this.#folders)[path] !== source.value.sha256) return undefined
    const parsed = parsePolicy(source.value.text, path)
    const resolved = parsed.ok ? resolvePolicy(parsed.value, 'project', this.#shipped) : parsed
    return resolved.ok ? resolved.value : undefined
  }
}

/** What the operator has trusted; nothing when the list can't be read. */
export function readTrust(folders: Folders): Record<string, string> {
  try {
    return TrustedProjects.parse(JSON.parse(readFileSync(trustedProjectsFile(folders), 'utf8')))
  } catch {
    return {}
  }
}

/** Adds one content of one project policy to what is trusted. */
export function trustProject(folders: Folders, path: string, sha256: string): Result<void, string> {
  const file = trustedProjectsFile(folders)
  try {
    mkdirSync(folders.config, { recursive: true, mode: 0o700 })
    writeFileSync(`${file}.new`, `${JSON.stringify({ ...readTrust(folders), [path]: sha256 }, null, 2)}\n`, { mode: 0o600 })
    renameSync(`${file}.new`, file)
    return ok(undefined)
  } catch (error) {
    return err(`${file} can not be written: ${(error as Error).message}`)
  }
}

function stampOf(file: string): string {
  const stat = statSync(file, { throwIfNoEntry: false, bigint: true })
  return stat ? `${stat.ino}.${stat.mtimeNs}.${stat.size}` : '-'
}
