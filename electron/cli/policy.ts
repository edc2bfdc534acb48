import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { foldersOf, userPolicies, type Folders } from '../broker/folders.ts'
import { loadLibrary, loadShipped, readFolder, readSource, type SourceFile } from '../broker/policy-files.ts'
import { shownFolder } from '../broker/policy-store.ts'
import { PROJECT_POLICY, trustProject } from '../broker/project-policies.ts'
import { canonicalPath } from '../broker/real-world.ts'
import { parsePolicy, formatError } from '../policy/parse.ts'
import { policyJsonSchema } from '../policy/schema.ts'
import { confirmOnTerminal } from './confirm.ts'

/** `paddock policy check [FILE…]`: reads the files, or the user's folder, as the broker would. Gives the exit code. */
export function policyCheck(files: readonly string[], options: { json?: boolean }): number {
  const folders = foldersOf(process.env)
  const checked = check(files, folders)
  const { errors, policies } = checked
  if (options.json) console.log(JSON.stringify({ ok: errors.length === 0, errors, policies }))
  else if (errors.length > 0) console.error(errors.join('\n'))
  else for (const policy of policies) console.log(`${policy.file}: policy "${policy.name}", ${policy.rules} rules, no errors`)
  return errors.length > 0 ? 1 : 0
}

function check(files: readonly string[], folders: Folders): { errors: string[]; policies: { file: string; name: string; rules: number }[] } {
  const shipped = loadShipped(folders.shipped)
  if (!shipped.ok) return { errors: shipped.error, policies: [] }
  const sources: SourceFile[] = []
  const read = files.length > 0 ? files.map((file) => readSource(resolve(file), file)) : [readFolder(userPolicies(folders), shownFolder(folders))]
  for (const result of read) {
    if (!result.ok) return { errors: [result.error], policies: [] }
    sources.push(...(Array.isArray(result.value) ? result.value : [result.value]))
  }
  const library = loadLibrary(shipped.value, sources)
  if (!library.ok) return { errors: library.error, policies: [] }
  return { errors: [], policies: library.value.user.map(({ file, name, rules }) => ({ file, name, rules: rules.length })) }
}

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
