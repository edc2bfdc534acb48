import type { Knowledge, Program } from '../effects/knowledge.ts'
import { baseName } from '../effects/paths.ts'
import { builtins } from '../effects/shell/builtins.ts'
import { literalWord } from './command-index.ts'

/** One run of a program: how a pattern names it, and its words; null for one that was only known at run time. */
export interface Run {
  program: string
  args: readonly (string | null)[]
}

/** As many variants stand as they are; more become a `*`. */
const MOST_LITERAL = 2
/** Longer ones are not read by anybody. */
const LONGEST_PATTERN = 300

/**
 * Few patterns for the runs of one program: literal where little varied, `*` at the end where much did, never wider than
 * one subcommand. A pattern that is not `acceptable` is split by the next word instead; what can't be split is left out.
 */
export function commandPatterns(program: string, runs: readonly Run['args'][], knowledge: Knowledge, acceptable: (pattern: string) => boolean): string[] {
  const known = knowledge.programs.get(baseName(program))
  // What nothing is known of may have subcommands, so its first word stays. A program of the workspace is vouched for.
  return split([program], known, known !== undefined || builtins.has(program) || program.startsWith('${workspace}/'), runs)

  function split(words: readonly string[], at: Program | undefined, settled: boolean, tails: readonly Run['args'][]): string[] {
    const distinct = [...new Map(tails.map((tail) => [JSON.stringify(tail), tail])).values()]
    if (distinct.length <= MOST_LITERAL && distinct.every(isKnown))
      return distinct.map((tail) => [...words, ...tail.map(literalWord)].join(' ')).filter(isReadable)
    if (settled && !at?.subcommands) {
      const open = [...words, ...shared(distinct).map(literalWord), '*'].join(' ')
      if (isReadable(open)) return [open]
    }
    return [...byFirstWord(distinct)].flatMap(([word, rest]) => {
      const sub = at?.subcommands?.get(word)
      return split([...words, literalWord(word)], sub ?? at, sub !== undefined || at === undefined || settled, rest)
    }).concat(distinct.some((tail) => tail.length === 0) ? [words.join(' ')].filter(isReadable) : [])
  }

  function isReadable(pattern: string): boolean {
    return pattern.length <= LONGEST_PATTERN && acceptable(pattern)
  }
}

const isKnown = (tail: Run['args']): tail is readonly string[] => !tail.includes(null)

/** The words that all begin with. */
function shared(tails: readonly Run['args'][]): string[] {
  const [first = []] = tails
  const length = first.findIndex((word, at) => word === null || tails.some((tail) => tail[at] !== word))
  return (length < 0 ? first : first.slice(0, length)).filter((word) => word !== null)
}

/** What begins with a word that is only known at run time can't be named. */
function byFirstWord(tails: readonly Run['args'][]): Map<string, Run['args'][]> {
  const groups = new Map<string, Run['args'][]>()
  for (const [word, ...rest] of tails) if (typeof word === 'string') groups.set(word, [...(groups.get(word) ?? []), rest])
  return groups
}
