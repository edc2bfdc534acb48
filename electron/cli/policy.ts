import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { foldersOf } from '../broker/folders.ts'
import { readSource } from '../broker/policy-files.ts'
import { PROJECT_POLICY, trustProject } from '../broker/project-policies.ts'
import { canonicalPath } from '../broker/real-world.ts'
import { parsePolicy, formatError } from '../policy/parse.ts'
import { policyJsonSchema } from '../policy/schema.ts'
import { confirmOnTerminal } from './confirm.ts'

/** `paddock policy schema`: the JSON Schema that editors complete policy files with. */
export function policySchema(): number {
  console.log(JSON.stringify(policyJsonSchema(), null, 2))
  return 0
}

/**
 * `paddock policy trust [DIRECTORY]`: shows a repository's policy and, after a fresh confirmation on the terminal, trusts
 * exactly this content of it.
 */
export async function policyTrust(directory: string): Promise<number> {
  const path = join(canonicalPath(resolve(directory)), PROJECT_POLICY)
  const source = readSource(path, path)
  if (!source.ok) {
    console.error(`There is no policy to trust: ${source.error}`)
    return 2
  }
  const parsed = parsePolicy(source.value.text, path)
  if (!parsed.ok) {
    console.error(parsed.error.map(formatError).join('\n'))
    return 2
  }
  console.log(source.value.text)
  if (!(await confirmOnTerminal(`Trust this policy for ${resolve(directory)}, until the file changes?`))) return 1
  // What was shown is what is trusted: a file swapped during the question has another hash.
  const trusted = trustProject(foldersOf(process.env), path, source.value.sha256)
  if (!trusted.ok) console.error(trusted.error)
  else if (readFileSync(path, 'utf8') !== source.value.text) console.error('The file has changed since it was shown; its new content is not trusted.')
  return trusted.ok ? 0 : 2
}
