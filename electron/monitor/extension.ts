import * as z from 'zod'
import { err, ok, type Result } from '../contract/result.ts'
import { readYaml } from '../effects/yaml.ts'
import { SequencesFile } from './behaviours.ts'
import type { KnowledgeFile } from './knowledge.ts'
import { SignsFile } from './signs.ts'
import { WordsFile } from './vocabulary.ts'

/** A file of a user or of IT: any part of the three shipped files, added to what is there. */
const Extension = z.strictObject({ ...WordsFile.partial().shape, ...SequencesFile.partial().shape, ...SignsFile.partial().shape })
export type Extension = z.output<typeof Extension>

/** What files may add to, and must not weaken. */
export interface Base {
  actions: WordsFile['actions']
  classes: SequencesFile['classes']
}

type Context = z.RefinementCtx

/** Each behaviour names a class of the same file, or of `classes`. */
export function classesAreKnown(file: Pick<Extension, 'classes' | 'behaviours'>, context: Context, known: Base['classes'] = {}): void {
  for (const [index, one] of (file.behaviours ?? []).entries())
    if (!Object.hasOwn({ ...known, ...file.classes }, one.class)) context.addIssue({ code: 'custom', path: ['behaviours', index, 'class'], message: `there is no class "${one.class}"` })
}

/**
 * Reads files that add to the shipped ones; a later one may use the classes of an earlier. Nothing in them takes anything back: a word that acts can't
 * become one that reads, a class keeps its points, and an expression that would match everything is refused.
 */
export function parseExtensions(files: readonly KnowledgeFile[], { actions, classes }: Base): Result<Extension[], string[]> {
  const acting = new Set(Object.values(actions).flat())
  const known = { ...classes }
  const extensions: Extension[] = []
  const errors: string[] = []
  for (const { file, text } of files) {
    const parsed = readYaml(file, text, Extension.superRefine((extension, context) => check(extension, context, acting, known)))
    if (parsed.ok) {
      extensions.push(parsed.value)
      Object.assign(known, parsed.value.classes)
    } else errors.push(...parsed.error)
  }
  return errors.length > 0 ? err(errors) : ok(extensions)
}

function check(extension: Extension, context: Context, acting: ReadonlySet<string>, known: Base['classes']): void {
  classesAreKnown(extension, context, known)
  const refuse = (path: PropertyKey[], message: string): void => context.addIssue({ code: 'custom', path, message })
  for (const name of Object.keys(extension.classes ?? {})) if (Object.hasOwn(known, name)) refuse(['classes', name], `there is a class "${name}" already: add behaviours to it`)
  for (const key of ['reading', 'internal'] as const)
    for (const word of extension[key] ?? []) if (acting.has(word)) refuse([key], `"${word}" stands for something that acts, and stays that`)
  const expressions = [
    ...(extension.signs ?? []).map(({ pattern }, index) => ({ pattern, path: ['signs', index, 'pattern'] })),
    ...(extension.idioms ?? []).map(({ pattern }, index) => ({ pattern, path: ['idioms', index, 'pattern'] })),
    ...(extension.behaviours ?? []).flatMap(({ text, raw }, index) => [...(text ? [{ pattern: text, path: ['behaviours', index, 'text'] }] : []), ...(raw ? [{ pattern: raw, path: ['behaviours', index, 'raw'] }] : [])]),
  ]
  for (const { pattern, path } of expressions) if (pattern.test('')) refuse(path, 'it matches everything')
  for (const [index, one] of (extension.behaviours ?? []).entries())
    for (const key of ['commands', 'reads', 'writes', 'deletes', 'hosts'] as const)
      for (const [at, glob] of (one[key] ?? []).entries()) if (/^[*/?\s]*$/.test(glob)) refuse(['behaviours', index, key, at], 'it matches everything')
}
