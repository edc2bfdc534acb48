import { posix } from 'node:path'
import type { Effect } from '../../electron/contract/effect.ts'
import type { Observation } from './sandbox.ts'

/** Something that happened and was not predicted. */
export interface Miss {
  kind: 'exec' | 'read' | 'write' | 'delete'
  what: string
}

/**
 * The first effect that happened and is in no predicted one. A prediction with an `unknown` in it promises nothing, so such a
 * command must not be passed here.
 *
 * What is not asked: the execution of a shell that was given its code as `-c` (what the code runs is seen by itself), what a
 * program that is a script itself runs, and what git does inside the repository that it works in, which the rule for git vouches for.
 */
export function unpredicted(effects: readonly Effect[], observed: Observation): Miss | undefined {
  const execs = effects.filter((effect) => effect.kind === 'exec')
  const hasScriptOfTheSystem = observed.execs.some((argv) => argv.some((word) => word.startsWith('/real/bin/')))
  for (const argv of observed.execs) {
    const isShellWithCode = /^(?:ba|da)?sh$/.test(argv[0]!) && argv.includes('-c')
    // What xargs runs when it is told nothing prints a line.
    const isEcho = argv.length === 1 && argv[0] === 'echo'
    if (!isShellWithCode && !isEcho && !hasScriptOfTheSystem && !execs.some((effect) => isSameProgram(effect, argv))) return { kind: 'exec', what: argv.join(' ') }
  }
  const usesGit = observed.execs.some(([name]) => name === 'git')
  const covers = (kinds: readonly Effect['kind'][], path: string, below = false): boolean =>
    effects.some((effect) => {
      if (!kinds.includes(effect.kind)) return false
      if (effect.kind === 'exec') return effect.path === path
      if (effect.kind !== 'read' && effect.kind !== 'write' && effect.kind !== 'delete') return false
      return effect.path === path || (effect.recursive === true && isBelow(path, effect.path)) || (below && isBelow(effect.path, path))
    })
  for (const path of observed.reads) if (!usesGit && !covers(['read', 'exec'], path)) return { kind: 'read', what: path }
  for (const { path, kind, directory } of observed.changes) {
    if (usesGit && isGitsOwn(path, observed)) continue
    if (kind === 'removed') {
      // Who may write a file may do away with what it was.
      const isRewritten = effects.some((effect) => effect.kind === 'write' && effect.path === path)
      if (!isRewritten && !covers(['delete'], path, directory)) return { kind: 'delete', what: path }
    } else if (!covers(['write'], path, directory && kind === 'created')) return { kind: 'write', what: path }
  }
  return undefined
}

/** A predicted word that is null may have become any number of words. */
function isSameProgram(effect: Effect & { kind: 'exec' }, [name, ...args]: readonly string[]): boolean {
  if (effect.path !== undefined && args.some((word) => posix.basename(word) === posix.basename(effect.path!))) return true // through #!
  if (posix.basename(effect.program) !== name) return false
  return matches(effect.args, args)
}

function matches(predicted: readonly (string | null)[], words: readonly string[]): boolean {
  const [first, ...rest] = predicted
  if (first === undefined) return words.length === 0
  if (first !== null) return words[0] !== undefined && isSameWord(first, words[0]) && matches(rest, words.slice(1))
  return Array.from({ length: words.length + 1 }, (_, taken) => taken).some((taken) => matches(rest, words.slice(taken)))
}

/** The number of the pipe that a process substitution stands for is chance. */
const isSameWord = (predicted: string, word: string): boolean => predicted === word || (/^\/dev\/fd\/\d+$/.test(predicted) && /^\/dev\/fd\/\d+$/.test(word))

const isBelow = (path: string, root: string): boolean => path.startsWith(root.endsWith('/') ? root : `${root}/`)

/** In the folder of a repository, git's own work: its `.git`, and the files that it checks out or removes. */
function isGitsOwn(path: string, { changes }: Observation): boolean {
  return changes.some((change) => change.path.endsWith('/.git') && isBelow(path, posix.dirname(change.path))) || /\/\.git(?:\/|$)/.test(path)
}
