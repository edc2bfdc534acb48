import { baseName, isAbsolute, parentOf } from '../paths.ts'
import type { Reading } from '../shell/reading.ts'
import { withVariable, type Scope } from '../shell/scope.ts'
import { makeWords, ONLY_MAKE_KNOWS, shellTextOf } from './make-text.ts'
import { parseMakefile, type Makefile, type MakeRule } from './makefile.ts'
import { judgePiece, taskFile } from './project-code.ts'
import { childScope } from './roles.ts'

/** What make looks for without `-f`, in this order. */
const NAMES = ['GNUmakefile', 'makefile', 'Makefile']
/** More files than this are not included one by one. */
const MOST_FILES = 32
/** More targets than this are not followed: a pattern may ask for another name without end. */
const MOST_TARGETS = 1000

/**
 * Judges the recipes of targets and of what they need. `words` are targets and `NAME=VALUE`; without a target the
 * default goal is meant. `files` are those of `-f`.
 */
export function makeTargets(words: readonly string[], files: readonly string[], scope: Scope, reading: Reading): void {
  for (const directory of scope.directories) {
    const found = files.length > 0 ? files : NAMES.filter((name) => reading.effects.writes(`${directory}/${name}`) || reading.world.text(`${directory}/${name}`) !== undefined).slice(0, 1)
    for (const file of found) {
      const path = isAbsolute(file) ? file : `${directory}/${file}`
      const makefile = readMakefile(reading.world.canonical(path), directory, reading)
      if (makefile) runGoals(makefile, path, words, { ...scope, directories: [directory] }, reading)
    }
  }
}

/** A makefile with all that it includes. */
function readMakefile(path: string, directory: string, reading: Reading): Makefile | undefined {
  const text = taskFile(path, reading)
  if (text === undefined) return undefined
  const makefile = parseMakefile(text)
  const seen = new Set([path])
  for (const include of makefile.includes)
    for (const name of makeWords(include, makefile.variables)) {
      const other = reading.world.canonical(isAbsolute(name) ? name : `${directory}/${name}`)
      if (seen.has(other) || seen.size >= MOST_FILES) continue
      seen.add(other)
      const more = taskFile(other, reading)
      if (more === undefined) continue
      const { rules, variables, includes, startup } = parseMakefile(more)
      makefile.rules.push(...rules)
      makefile.includes.push(...includes)
      makefile.startup.push(...startup)
      for (const [variable, value] of variables) makefile.variables.set(variable, value)
    }
  return makefile
}

function runGoals(makefile: Makefile, file: string, words: readonly string[], scope: Scope, reading: Reading): void {
  const { variables, rules } = makefile
  const inner = withVariable(childScope(scope), ONLY_MAKE_KNOWS, null)
  const judge = (name: string, code: string): void => judgePiece({ file, name, code, tools: [] }, inner, reading)
  variables.set('CURDIR', scope.directories[0])
  for (const word of words) {
    const equals = word.indexOf('=')
    if (equals > 0) variables.set(word.slice(0, equals).replace(/[:+?]+$/, ''), word.slice(equals + 1))
  }
  for (const code of makefile.startup) judge('', shellTextOf(code, variables, {}))

  const explicit = new Map<string, MakeRule[]>()
  for (const rule of rules)
    for (const target of makeWords(rule.targets, variables)) explicit.set(target, [...(explicit.get(target) ?? []), rule])
  const named = words.filter((word) => word !== '' && !word.includes('='))
  const goals = named.length > 0 ? named : defaultGoal(explicit, variables)
  const done = new Set<string>()
  for (const goal of goals) make(goal)

  function make(target: string): void {
    if (done.has(target) || done.size >= MOST_TARGETS) return
    done.add(target)
    const own = explicit.get(target) ?? []
    const steps = own.map((rule) => ({ rule, stem: rule.pattern === undefined ? '' : (stemOf(rule.pattern, target) ?? '') }))
    if (!own.some(({ recipe }) => recipe.length > 0)) steps.push(...patternRule(target, explicit))
    for (const { rule, stem } of steps) {
      const needed = makeWords(rule.prerequisites, variables).map((word) => word.replace('%', stem))
      for (const one of needed) make(one)
      const automatic = { '@': target, '<': needed[0] ?? '', '^': needed.join(' '), '+': needed.join(' '), '?': needed.join(' '), '*': stem, '@D': parentOf(target) || '.', '@F': baseName(target) }
      for (const line of rule.recipe) judge(target, shellTextOf(line.replace(/^[\s@+-]+/, ''), variables, automatic))
    }
  }
}

/** The first target that is no special one, or what the file says. */
function defaultGoal(explicit: ReadonlyMap<string, unknown>, variables: Makefile['variables']): string[] {
  const said = variables.get('.DEFAULT_GOAL')
  if (said !== undefined) return makeWords(said, variables)
  const first = [...explicit.keys()].find((target) => !target.includes('%') && (!target.startsWith('.') || target.includes('/')))
  return first === undefined ? [] : [first]
}

function patternRule(target: string, explicit: ReadonlyMap<string, readonly MakeRule[]>): { rule: MakeRule; stem: string }[] {
  for (const [pattern, rules] of explicit) {
    const stem = pattern.includes('%') ? stemOf(pattern, target) : undefined
    const rule = rules.find(({ recipe }) => recipe.length > 0)
    if (stem !== undefined && rule) return [{ rule, stem }]
  }
  return []
}

/** What `%` stands for when the pattern matches. */
function stemOf(pattern: string, target: string): string | undefined {
  const percent = pattern.indexOf('%')
  const [before, after] = [pattern.slice(0, percent), pattern.slice(percent + 1)]
  const isMatch = percent >= 0 && target.length > before.length + after.length && target.startsWith(before) && target.endsWith(after)
  return isMatch ? target.slice(before.length, target.length - after.length) : undefined
}
