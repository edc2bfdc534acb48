import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { err, ok, type Result } from '../contract/result.ts'
import { parseKnowledge, type Knowledge } from '../effects/knowledge.ts'
import { formatError, parsePolicy, type PolicyFile } from '../policy/parse.ts'
import { resolvePolicy, type Policy } from '../policy/resolve.ts'
import type { Library } from '../policy/book.ts'

/** A file that was read, with the name that people are shown. */
export interface SourceFile {
  file: string
  path: string
  text: string
  sha256: string
}

/** The `*.yaml` files of a folder in the order of their names, named for people with `shown` in front; none without folder. */
export function readFolder(folder: string, shown: string): Result<SourceFile[], string> {
  let names: string[]
  try {
    names = readdirSync(folder).filter((name) => /\.ya?ml$/.test(name) && !name.startsWith('.'))
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT' ? ok([]) : err(`${folder} can not be read: ${(error as Error).message}`)
  }
  const files: SourceFile[] = []
  for (const name of names.toSorted()) {
    const read = readSource(join(folder, name), `${shown}${name}`)
    if (!read.ok) return read
    files.push(read.value)
  }
  return ok(files)
}

export function readSource(path: string, file: string): Result<SourceFile, string> {
  try {
    const text = readFileSync(path, 'utf8')
    return ok({ file, path, text, sha256: createHash('sha256').update(text).digest('hex') })
  } catch (error) {
    return err(`${path} can not be read: ${(error as Error).message}`)
  }
}

/** What Paddock ships: the floor, the policies and the knowledge. Errors here mean a damaged installation. */
export interface Shipped {
  floor: Policy
  files: PolicyFile[]
  policies: Policy[]
  knowledge: Knowledge
}

export function loadShipped(folder: string): Result<Shipped, string[]> {
  const sources = readFolder(folder, 'policies/')
  const knowledge = loadKnowledge(join(folder, 'knowledge'))
  if (!sources.ok) return err([sources.error])
  if (!knowledge.ok) return knowledge
  const files = parseAll(sources.value)
  if (!files.ok) return files
  const resolved = resolveAll(files.value, 'user', files.value)
  if (!resolved.ok) return resolved
  const floor = resolved.value.find((policy) => policy.name === 'floor')
  if (!floor) return err([`${folder}/floor.yaml is missing: the installation is damaged`])
  return ok({
    floor: { ...floor, layer: 'floor', rules: floor.rules.map((rule) => ({ ...rule, layer: 'floor' as const })) },
    files: files.value.filter((file) => file.document.name !== 'floor'),
    policies: resolved.value.filter((policy) => policy !== floor),
    knowledge: knowledge.value,
  })
}

/** What the effects room needs to know: the catalogue of secrets, and what programs do with their arguments and environment. */
function loadKnowledge(folder: string): Result<Knowledge, string[]> {
  const secrets = readSource(join(folder, 'secrets.yaml'), 'policies/knowledge/secrets.yaml')
  const variables = readSource(join(folder, 'variables.yaml'), 'policies/knowledge/variables.yaml')
  const commands = readFolder(join(folder, 'commands'), 'policies/knowledge/commands/')
  if (!secrets.ok) return err([secrets.error])
  if (!variables.ok) return err([variables.error])
  if (!commands.ok) return err([commands.error])
  return parseKnowledge([secrets.value, variables.value, ...commands.value])
}

/** The user's policies beside the shipped ones. Any error refuses them all. */
export function loadLibrary(shipped: Shipped, sources: readonly SourceFile[]): Result<Library, string[]> {
  const files = parseAll(sources)
  if (!files.ok) return files
  const user = resolveAll(files.value, 'user', [...files.value, ...shipped.files])
  if (!user.ok) return user
  return ok({ floor: [shipped.floor], shipped: shipped.policies, user: user.value })
}

function parseAll(sources: readonly SourceFile[]): Result<PolicyFile[], string[]> {
  const parsed = sources.map(({ text, file }) => parsePolicy(text, file))
  const errors = parsed.flatMap((result) => (result.ok ? [] : result.error.map(formatError)))
  const files = parsed.flatMap((result) => (result.ok ? [result.value] : []))
  const names = new Map<string, string>()
  for (const { document, file } of files) {
    const other = names.get(document.name)
    if (other !== undefined) errors.push(`${file}:1:1 the name "${document.name}" is taken by ${basename(other)}`)
    names.set(document.name, file)
  }
  return errors.length > 0 ? err(errors) : ok(files)
}

function resolveAll(files: readonly PolicyFile[], layer: 'user', library: readonly PolicyFile[]): Result<Policy[], string[]> {
  const resolved = files.map((file) => resolvePolicy(file, layer, library))
  const errors = resolved.flatMap((result) => (result.ok ? [] : result.error.map(formatError)))
  return errors.length > 0 ? err(errors) : ok(resolved.flatMap((result) => (result.ok ? [result.value] : [])))
}
