import { expandBraces } from './shell/braces.ts'

/** A test for file names by patterns of one path segment: `*`, `?` and `{a,b}`. Other signs stand for themselves. */
export function nameMatcher(patterns: readonly string[], options: { ignoreCase?: boolean } = {}): (name: string) => boolean {
  const exact = new Set<string>()
  const globs: RegExp[] = []
  for (const pattern of patterns.flatMap((one) => (one.includes('{') ? (expandBraces(one) ?? [one]) : [one]))) {
    if (!/[*?[]/.test(pattern) && !options.ignoreCase) exact.add(pattern)
    else globs.push(new RegExp(`^${pattern.replace(/\[[^\]]*\]|[^\w]/g, toRegExp)}$`, options.ignoreCase ? 'si' : 's'))
  }
  return (name) => exact.has(name) || globs.some((glob) => glob.test(name))
}

function toRegExp(sign: string): string {
  if (sign === '*') return '.*'
  if (sign === '?') return '.'
  if (!sign.startsWith('[')) return `\\${sign}`
  // A class with names in it, such as [[:alpha:]], is taken for any character: the pattern may match more, never fewer.
  const [, negated, members] = /^\[([!^]?)([^[:]*)\]$/.exec(sign) ?? []
  return members ? `[${negated ? '^' : ''}${members.replace(/[\\^]/g, '\\$&')}]` : '.'
}

/** Patterns for the names that a shell's pattern matches in a directory, where a leading dot has to be written. */
export function shellNames(pattern: string): string[] {
  if (pattern.startsWith('?')) return [`[!.]${pattern.slice(1)}`]
  return pattern.startsWith('*') ? [pattern.replace(/^\*+/, ''), pattern.replace(/^\*+/, '[!.]*')] : [pattern]
}

/** The file names that path patterns that begin with any folder are about: of each the last part that is a name. */
export function namesIn(patterns: readonly string[]): string[] {
  return patterns.filter((pattern) => pattern.startsWith('**/')).flatMap((pattern) => {
    const name = pattern.split('/').findLast((part) => part !== '**' && part !== '*')
    return name === undefined ? [] : [name]
  })
}
