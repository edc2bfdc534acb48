import type { CommandNode, CompoundList, ParsedScript } from 'unbash'
import type { ExecEffect } from '../../contract/effect.ts'
import type { AbsolutePath } from '../../contract/ids.ts'
import type { EffectList } from '../effect-list.ts'
import type { Flow } from '../flow.ts'
import type { Guarded } from '../guarded.ts'
import type { Knowledge } from '../knowledge.ts'
import type { World } from '../world.ts'
import type { Field } from './field.ts'
import type { Scope, Values, Definition } from './scope.ts'

/** What a command finds on its standard input. */
export type Input =
  /** That of the call itself: nothing that the text decides. */
  | { kind: 'inherited' }
  /** The exact text of a here-document or here-string, or what `echo` prints, with the words of it. */
  | { kind: 'text'; text: string; names?: readonly Field[] | undefined }
  /** All that is in a file. */
  | { kind: 'file'; from: string; paths: readonly AbsolutePath[] }
  /** Names of what is in or below some directories, one a line. */
  | { kind: 'names'; names: readonly Field[] }
  /** A pipe, a part of a file, or text that is only known at run time. */
  | { kind: 'other'; from: string }

/** Judges something whose commands find this on their standard input, unless they have their own. */
export function feeding<T>(input: Input, reading: Reading, judge: () => T): T {
  if (input.kind === 'inherited') return judge()
  const before = reading.stdin
  // Who reads first takes a part of a text: what the next one gets is not known.
  reading.stdin = input.kind === 'text' ? { kind: 'other', from: 'a here-document' } : input.kind === 'file' ? { kind: 'other', from: input.from } : input
  const result = judge()
  reading.stdin = before
  return result
}

/** The judging of one call: what it goes by and what it has found. */
export interface Reading extends GoingIn {
  readonly effects: EffectList
  /** Where what is read goes. */
  readonly flow: Flow
  readonly knowledge: Knowledge
  /** What the policies that will decide forbid wherever it is. */
  readonly guarded: Guarded
  readonly world: World
  readonly workspace: AbsolutePath
  /** The shell may be zsh, which reads some words differently from bash. */
  readonly maybeZsh: boolean
  /** The shell may be a plain POSIX shell such as dash. */
  maybePosix: boolean
  /** Every directory that the shell may have been in. */
  readonly visited: Set<AbsolutePath>
  /** Other paths of directories that the shell has gone to through links. It names them so, and `..` starts there. */
  readonly logical: Map<AbsolutePath, Set<AbsolutePath>>
  /** Every function that the text defines. */
  readonly functions: Map<string, Definition>
  /** Links that the text makes: what is reached below `at` is below `to`. */
  readonly links: { at: AbsolutePath; to: AbsolutePath; isCopy?: true }[]
  /** Directories that archives have been unpacked into. */
  readonly unpacked: AbsolutePath[]
  /** Script files that have been judged already. */
  readonly scripts: Set<string>
  /** Functions that have not been called yet, with the scope they were defined in. */
  readonly uncalled: Map<Body, Scope>
  /** Code that runs later, wherever the shell is then: traps. */
  readonly deferred: { code: string; scope: Scope }[]
  /** What a command finds on its standard input that has none of its own: that of the group, function or shell that it is in. */
  stdin: Input
  /** Whether something has been started that goes on beside what follows. */
  hasBackground: boolean
  /** What the command just judged prints, for whoever reads it. */
  prints: Input | undefined
  /** The names that substitutions print. */
  readonly printed: WeakMap<ParsedScript, readonly Field[] | undefined>
  /** How many substitutions deep this is. */
  substitution: number
  /** How many scripts and pieces of nested code deep this is. */
  depth: number
  /** What is left of the work that one call may cost; each command takes one. */
  budget: number
}

/** The ways into nested code. */
export interface GoingIn {
  /** Judges a command of words; gives back the scope that it leaves. */
  runWords(words: readonly Field[], scope: Scope, input: Input): Scope
  /** Judges shell code; gives back the scope that it leaves. */
  runCode(code: string, scope: Scope): Scope
  /** The same for code that a program runs, by `sh` unless the program is another shell. */
  runCodeOf(program: string, code: string, scope: Scope): Scope
  /** Judges a script that was parsed as a part of another, in a subshell. */
  runParsed(script: ParsedScript, scope: Scope): void
  /** Judges the body of a function. */
  runBody(body: Body, scope: Scope, input: Input): Scope
  /** Judges the text of a script file, but for what can't be known of it. `isOwn` says which programs its rule vouches for. */
  runScriptFile(text: string, scope: Scope, isOwn?: (effect: ExecEffect) => boolean): Scope
  /** Adds what setting a variable does to later programs. */
  setVariable(name: string, values: Values, scope: Scope): void
}

/** The body of a function. */
export type Body = CommandNode | CompoundList

/** Nested code deeper than this is not gone into. */
export const DEEPEST = 12
