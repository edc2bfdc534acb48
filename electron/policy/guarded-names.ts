import type { FileEffectKind, Guarded } from '../effects/guarded.ts'
import { nameMatcher } from '../effects/names.ts'
import { expandBraces } from './glob.ts'
import type { Rule } from './rule.ts'
import { expandVariables, type Variables } from './variables.ts'

/**
 * The names that rules which ask or deny are about, where their patterns do not say in which folder. Secrets are left out: for them
 * calls are looked through anyhow.
 */
export function guardedNames(rules: readonly Rule[], variables: Variables, foldCase: boolean): Guarded {
  const names: Record<FileEffectKind, Set<string>> = { read: new Set(), write: new Set(), delete: new Set() }
  for (const { section, verdict, pattern } of rules) {
    const kind = KINDS[section]
    if (kind === undefined || verdict === 'allow' || pattern === '${secrets}') continue
    for (const expanded of expandVariables(pattern, variables))
      for (const alternative of expandBraces(expanded) ?? []) {
        const name = floatingName(alternative)
        if (name !== undefined) names[kind].add(name)
      }
  }
  const test = (kind: FileEffectKind): Guarded => (names[kind].size === 0 ? {} : { [kind]: nameMatcher([...names[kind]], { ignoreCase: foldCase }) })
  return { ...test('read'), ...test('write'), ...test('delete') }
}

const KINDS: Partial<Record<Rule['section'], FileEffectKind>> = { 'files.read': 'read', 'files.write': 'write', 'files.delete': 'delete' }

const isGlob = (segment: string): boolean => /[*?[\\]/.test(segment)

/** The last name in a pattern behind a folder that may be any; undefined where the pattern says in which folder. */
function floatingName(pattern: string): string | undefined {
  const segments = pattern.split('/').filter((segment) => segment !== '')
  const first = segments.findIndex(isGlob)
  const floating = first < 0 ? [] : segments.slice(first)
  if (floating.every((segment) => segment === '**')) return undefined
  const name = floating.findLast((segment) => segment !== '**' && segment !== '*') ?? '*'
  return name.includes('\\') ? '*' : name
}
