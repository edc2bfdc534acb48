import type { ArgumentValue, Effect } from '../contract/effect.ts'
import { compileGlob, compileSegment, expandBraces, matchSegment } from './glob.ts'
import { HostIndex, parseHostPattern } from './host-index.ts'
import type { RuleConditions } from './rule.ts'
import type { ArgumentCondition } from './schema.ts'
import { expandVariables, type Variables } from './variables.ts'

/** Whether the conditions of a rule hold for an effect; undefined when it can't be told. */
export type Condition = (effect: Effect) => boolean | undefined

/** Conditions beyond the pattern: HTTP methods and paths, arguments and definition of a tool. All must hold. */
export function compileConditions({ methods, paths, when, definition }: RuleConditions, variables: Variables): Condition {
  const conditions: Condition[] = []
  if (methods) conditions.push((effect) => effect.kind === 'connect' && (effect.method === undefined ? undefined : methods.includes(effect.method)))
  if (paths) {
    const globs = paths.flatMap((path) => expandBraces(path) ?? []).map(compileGlob)
    conditions.push((effect) => {
      if (effect.kind !== 'connect' || effect.path === undefined) return effect.kind === 'connect' ? undefined : false
      const { path } = effect
      return globs.some((glob) => glob?.(path))
    })
  }
  if (definition !== undefined) conditions.push((effect) => effect.kind === 'tool' && (effect.definition === undefined ? undefined : effect.definition === definition))
  for (const [pointer, condition] of Object.entries(when ?? {})) conditions.push(argumentCondition(pointer, condition, variables))
  return (effect) => all(conditions.map((condition) => condition(effect)))
}

function all(results: readonly (boolean | undefined)[]): boolean | undefined {
  if (results.includes(false)) return false
  return results.includes(undefined) ? undefined : true
}

function argumentCondition(pointer: string, condition: ArgumentCondition, variables: Variables): Condition {
  const holds = compileArgument(condition, variables)
  return (effect) => {
    if (effect.kind !== 'tool') return false
    if (!effect.arguments) return undefined
    const argument = Object.hasOwn(effect.arguments, pointer) ? effect.arguments[pointer] : undefined
    return argument ? holds(argument) : false
  }
}

type Holds = (argument: ArgumentValue) => boolean | undefined

/** An argument of another type than the condition is about can't be told. */
function compileArgument(condition: ArgumentCondition, variables: Variables): Holds {
  if ('path' in condition) {
    const globs = expandVariables(condition.path, variables).map(compileGlob)
    return ({ path }) => (path === undefined ? undefined : globs.some((glob) => glob?.(path)))
  }
  if ('host' in condition) {
    const index = new HostIndex<true>()
    for (const host of expandVariables(condition.host, variables)) {
      const parsed = parseHostPattern(host)
      if ('pattern' in parsed) index.add(parsed.pattern, true)
    }
    return ({ host }) => (host === undefined ? undefined : someMatch((found) => index.match(host, undefined, false, found)))
  }
  if ('equals' in condition) return ({ value }) => value === condition.equals
  if ('like' in condition) {
    const globs = (expandBraces(condition.like) ?? []).map(compileSegment)
    return ({ value }) => (typeof value === 'string' ? globs.some((glob) => matchSegment(glob, value)) : undefined)
  }
  const { min = -Infinity, max = Infinity } = condition
  return ({ value }) => (typeof value === 'number' ? value >= min && value <= max : undefined)
}

function someMatch(match: (found: () => void) => void): boolean {
  let matched = false
  match(() => {
    matched = true
  })
  return matched
}
