import type { CommandNode, CompoundList } from 'unbash'
import type { AbsolutePath } from '../../contract/ids.ts'
import type { DIGITS, Field, Within } from './field.ts'

/** The values that a variable may have; null when it may have any. */
export type Values = readonly (string | Within | typeof DIGITS)[] | null

/**
 * What is known of the shell at one point of the text. Never changed in place: what runs in a subshell or a branch gets
 * the same object and gives back another.
 */
export interface Scope {
  /** Where the shell may be. More than one after `cd x; …`, where the `cd` may have failed. */
  readonly directories: readonly AbsolutePath[]
  /** Variables that the text itself sets. */
  readonly variables: ReadonlyMap<string, Values>
  readonly functions: ReadonlyMap<string, Definition>
  /** `$1 $2 …`, undefined when they are not known. */
  readonly positional: readonly Field[] | undefined
}

/** A function, with each body that it may have; not certain where only some ways through the text define it. */
export interface Definition {
  readonly bodies: readonly (CommandNode | CompoundList)[]
  readonly certain: boolean
}

/** Words as `$1 $2 …`; undefined when one of them may become several, so that what comes after it has no certain number. */
export function positionalOf(words: readonly Field[]): readonly Field[] | undefined {
  return words.slice(0, -1).every((word) => typeof word === 'string') ? words : undefined
}

/** More values than this for a variable count as any. */
const MOST = 16
/** More directories than this that the shell may be in are not told apart. */
export const MOST_PLACES = 16

export function withVariable(scope: Scope, name: string, values: Values): Scope {
  return { ...scope, variables: new Map(scope.variables).set(name, values) }
}

/** What holds when either of two ways may have been taken. */
export function either(a: Scope | undefined, b: Scope | undefined): Scope | undefined {
  if (a === undefined || a === b) return b ?? a
  if (b === undefined) return a
  return {
    directories: a.directories === b.directories ? a.directories : [...new Set([...a.directories, ...b.directories])],
    variables: a.variables === b.variables ? a.variables : joinVariables(a.variables, b.variables),
    functions: a.functions === b.functions ? a.functions : joinFunctions(a.functions, b.functions),
    positional: a.positional === b.positional ? a.positional : undefined,
  }
}

function joinVariables(a: Scope['variables'], b: Scope['variables']): Scope['variables'] {
  const joined = new Map<string, Values>()
  for (const name of new Set([...a.keys(), ...b.keys()])) joined.set(name, joinValues(a.get(name), b.get(name)))
  return joined
}

function joinFunctions(a: Scope['functions'], b: Scope['functions']): Scope['functions'] {
  const joined = new Map<string, Definition>()
  for (const name of new Set([...a.keys(), ...b.keys()])) {
    const [one, other] = [a.get(name), b.get(name)]
    const bodies = [...new Set([...(one?.bodies ?? []), ...(other?.bodies ?? [])])]
    joined.set(name, { bodies, certain: one?.certain === true && other?.certain === true })
  }
  return joined
}

function joinValues(a: Values | undefined, b: Values | undefined): Values {
  if (!a || !b) return null
  const all = new Set([...a, ...b])
  return all.size > MOST ? null : [...all]
}

/** Whether going on from `b` can reach nothing that going on from `a` does not. */
export function covers(a: Scope, b: Scope): boolean {
  if (a === b) return true
  return (
    b.directories.every((directory) => a.directories.includes(directory)) &&
    [...b.functions].every(([name, { bodies }]) => bodies.every((body) => a.functions.get(name)?.bodies.includes(body))) &&
    [...b.variables].every(([name, values]) => {
      const known = a.variables.get(name)
      return known === null || (known !== undefined && values !== null && values.every((value) => known.includes(value)))
    })
  )
}

/** What holds after a command that succeeded and after one that failed; undefined where it never gets there (`exit`). */
export interface Outcome {
  readonly yes: Scope | undefined
  readonly no: Scope | undefined
}
