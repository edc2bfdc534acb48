import type { Effect } from '../contract/effect.ts'
import { baseName, isInside, parentOf } from '../effects/paths.ts'
import { literalWord } from './command-index.ts'
import { RuleSet } from './compile.ts'
import { alternativesOf, covers } from './coverage.ts'
import { rulesFor, type GrantRule } from './grant-rules.ts'
import { aboutRule } from './lint.ts'
import type { LintContext } from './lint-broad.ts'
import { SECTION_OF, type Rule } from './rule.ts'
import { commandPatterns, type Run } from './suggest-commands.ts'
import { pathPatterns, type Reached } from './suggest-files.ts'
import type { Variables } from './variables.ts'

/** A call that was made: what it did, and where. */
export interface PastCall {
  effects: readonly Effect[]
  workspace: string
}

/** A rule that allows, and how many of the calls have an effect that it allows. */
export interface SuggestedRule extends GrantRule {
  calls: number
}

/** What was learned. */
export interface Suggestion {
  rules: SuggestedRule[]
  /** Calls that were learned from. */
  calls: number
  /** How many of them the rules allow in whole. */
  covered: number
  /** Rules that are left out because they were needed less often than the others of their section. */
  rare: number
  /** Calls that nothing was learned from, because they did what can't be known or touched secrets. */
  left: { unknown: number; secrets: number }
}

export interface SuggestContext {
  lint: LintContext
  foldCase: boolean
  /** Rules that ask or deny and stay in force: nothing is suggested that they make useless. */
  stricter: readonly Rule[]
}

/**
 * A minimal policy for calls that were `allowed`: few readable rules that allow their effects. None of them allows an
 * effect that was `denied`, a secret, or more than anybody can have meant (what `lint` warns of). Pure.
 */
export function suggest(allowed: readonly PastCall[], denied: readonly PastCall[], context: SuggestContext): Suggestion {
  const known = allowed.filter(({ effects }) => effects.every(({ kind }) => kind !== 'unknown'))
  const secrets = matcher(SECRETS, context)
  const learned = known.filter((call) => secrets(call).size === 0)
  const acceptable = acceptance(denied, context)
  const rules = [
    ...fileRules('read', learned, context, acceptable),
    ...fileRules('write', learned, context, acceptable),
    ...fileRules('delete', learned, context, acceptable),
    ...commandRules(learned, context, acceptable),
    ...literalRules(learned, acceptable),
  ]
  const used = mostUsed(countUses(withoutCovered(rules, context), learned, context))
  return {
    ...used,
    covered: countCovered(used.rules, learned, context),
    calls: learned.length,
    left: { unknown: allowed.length - known.length, secrets: known.length - learned.length },
  }
}

const SECRETS = (['files.read', 'files.write', 'files.delete'] as const).map((section) => ({ section, pattern: '${secrets}' }))

type Acceptable = (rule: GrantRule) => boolean

/** No rule that `lint` warns of, that a stricter one makes useless, or that would allow what was denied. */
function acceptance(denied: readonly PastCall[], context: SuggestContext): Acceptable {
  const { variables } = context.lint
  const stricter = context.stricter.map((rule) => ({ section: rule.section, alternatives: alternativesOf(rule.section, rule.pattern, variables) }))
  const byWorkspace = Map.groupBy(denied, ({ workspace }) => workspace)
  const deniedIn = [...byWorkspace].map(([workspace, calls]): PastCall => ({ workspace, effects: calls.flatMap(({ effects }) => effects) }))
  return (rule) => {
    if (aboutRule({ ...rule, verdict: 'allow' }, context.lint)) return false
    const own = alternativesOf(rule.section, rule.pattern, variables)
    const others = stricter.filter(({ section }) => section === rule.section).flatMap(({ alternatives }) => alternatives)
    if (own.every((one) => others.some((other) => covers(other, one, true)))) return false
    const allowedBy = matcher([rule], context)
    return deniedIn.every((call) => allowedBy(call).size === 0)
  }
}

/** Which of the rules match some effect of a call, by their keys. */
function matcher(rules: readonly GrantRule[], { lint, foldCase }: SuggestContext): (call: PastCall) => Set<string> {
  const sets = new Map<string, RuleSet>()
  // The pattern of a match may be only one alternative of the rule's; the source stays.
  const written = rules.map((rule): Rule => ({ ...rule, verdict: 'allow', layer: 'user', source: keyOf(rule) }))
  return ({ effects, workspace }) => {
    const set = sets.get(workspace) ?? new RuleSet(written, { ...lint.variables, workspace }, foldCase)
    sets.set(workspace, set)
    const found = new Set<string>()
    for (const effect of effects) set.match(effect, ({ source }) => found.add(source))
    return found
  }
}

const keyOf = ({ section, pattern }: GrantRule): string => `${section} ${pattern}`

type FileEffect = Extract<Effect, { kind: 'read' | 'write' | 'delete' }>

/** Folders stand for their files in the workspace and among temporary files; elsewhere each path stands for itself. */
function fileRules(kind: FileEffect['kind'], calls: readonly PastCall[], { lint }: SuggestContext, acceptable: Acceptable): GrantRule[] {
  const section = SECTION_OF[kind]
  const { home, tmp } = lint.variables
  const byRoot = new Map<string, Reached[]>()
  for (const { effects, workspace } of calls)
    for (const effect of effects) {
      if (effect.kind !== kind) continue
      const roots: [string, Variables['home']][] = [['${workspace}', workspace], ['${tmp}', tmp], ['${home}', home]]
      const [root, folder] = roots.find(([, each]) => typeof each === 'string' && isInside(effect.path, each)) ?? ['', '']
      const segments = effect.path.slice(folder.length).split('/').filter((part) => part !== '')
      byRoot.set(root, [...(byRoot.get(root) ?? []), { segments, recursive: effect.recursive === true }])
    }
  return [...byRoot].flatMap(([root, reached]) => {
    const folders = root === '${workspace}' || root === '${tmp}'
    const patterns = pathPatterns(reached, {
      root,
      folders,
      whole: root === '${tmp}' || (folders && kind === 'read'),
      acceptable: (pattern) => !opensHidden(kind, pattern) && acceptable({ section, pattern }),
    })
    return patterns.map((pattern) => ({ section, pattern }))
  })
}

/** Hidden folders hold what tools run and obey (`.git/hooks`, `.vscode`): to be changed one file at a time. */
function opensHidden(kind: FileEffect['kind'], pattern: string): boolean {
  return kind !== 'read' && pattern.endsWith('/**') && /\/\./.test(pattern)
}

function commandRules(calls: readonly PastCall[], { lint }: SuggestContext, acceptable: Acceptable): GrantRule[] {
  const runs = new Map<string, Run['args'][]>()
  for (const { effects, workspace } of calls)
    for (const effect of effects) {
      if (effect.kind !== 'exec') continue
      const program = programWord(effect, workspace, lint)
      runs.set(program, [...(runs.get(program) ?? []), effect.args])
    }
  return [...runs].flatMap(([program, args]) =>
    commandPatterns(program, args, lint.knowledge, (pattern) => acceptable({ section: 'commands', pattern })).map((pattern) => ({ section: 'commands' as const, pattern })),
  )
}

/** Programs of the system by name, those of the workspace below `${workspace}`, others by their whole path. */
function programWord({ program, path }: Extract<Effect, { kind: 'exec' }>, workspace: string, { knowledge }: LintContext): string {
  if (path === undefined) return literalWord(program)
  if (knowledge.programFolders.has(parentOf(path))) return literalWord(baseName(path))
  return isInside(path, workspace) ? `\${workspace}${literalWord(path.slice(workspace.length))}` : literalWord(path)
}

/** Hosts and tools stand for themselves. */
function literalRules(calls: readonly PastCall[], acceptable: Acceptable): GrantRule[] {
  const effects = calls.flatMap((call) => call.effects).filter(({ kind }) => kind === 'connect' || kind === 'listen' || kind === 'tool')
  const rules = effects.flatMap((effect) =>
    rulesFor({ verdict: 'ask', effects: [effect], reasons: [{ verdict: 'ask', rule: 'default', source: '', layer: 'default', message: '', effect: 0 }] }) ?? [],
  )
  return [...new Map(rules.map((rule) => [keyOf(rule), rule])).values()].filter(acceptable)
}

/** Without rules that another one makes superfluous; of two that say the same, the first stays. */
function withoutCovered(rules: readonly GrantRule[], { lint }: SuggestContext): GrantRule[] {
  const unique = [...new Map(rules.map((rule) => [keyOf(rule), rule])).values()]
  const all = unique.map((rule, order) => ({ rule, order, alternatives: alternativesOf(rule.section, rule.pattern, lint.variables) }))
  type Known = (typeof all)[number]
  const isWithin = (one: Known, other: Known): boolean =>
    one.rule.section === other.rule.section && one.alternatives.every((each) => other.alternatives.some((wider) => covers(wider, each, false)))
  return all.filter((one) => !all.some((other) => other !== one && isWithin(one, other) && (other.order < one.order || !isWithin(other, one)))).map(({ rule }) => rule)
}

/** Rules with what they are good for, most used first; those that match nothing are dropped. */
function countUses(rules: readonly GrantRule[], calls: readonly PastCall[], context: SuggestContext): SuggestedRule[] {
  const matching = matcher(rules, context)
  const uses = new Map<string, number>()
  for (const call of calls) for (const key of matching(call)) uses.set(key, (uses.get(key) ?? 0) + 1)
  const used = rules.map((rule) => ({ ...rule, calls: uses.get(keyOf(rule)) ?? 0 })).filter((rule) => rule.calls > 0)
  return used.toSorted((a, b) => b.calls - a.calls)
}

/** More rules of one section than these are not read by anybody. */
const MOST_RULES = 40

function mostUsed(rules: readonly SuggestedRule[]): { rules: SuggestedRule[]; rare: number } {
  const kept = [...Map.groupBy(rules, ({ section }) => section).values()].flatMap((own) => own.slice(0, MOST_RULES))
  return { rules: kept, rare: rules.length - kept.length }
}

function countCovered(rules: readonly GrantRule[], calls: readonly PastCall[], context: SuggestContext): number {
  const matching = matcher(rules, context)
  return calls.filter(({ effects, workspace }) => effects.every((effect) => matching({ effects: [effect], workspace }).size > 0)).length
}
