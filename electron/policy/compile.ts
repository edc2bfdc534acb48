import type { Verdict } from '../contract/decision.ts'
import type { Effect } from '../contract/effect.ts'
import { CommandIndex, parseCommandPattern } from './command-index.ts'
import { compileConditions, type Condition } from './conditions.ts'
import type { Guarded } from '../effects/guarded.ts'
import { expandBraces } from './glob.ts'
import { guardedNames } from './guarded-names.ts'
import { HostIndex, parseHostPattern } from './host-index.ts'
import type { Limit, OpenHours } from './limits.ts'
import { PathIndex } from './path-index.ts'
import type { Policy } from './resolve.ts'
import { ruleText, type Rule } from './rule.ts'
import { parseToolPattern, ToolIndex } from './tool-index.ts'
import { expandVariables, type Variables } from './variables.ts'

/** Programs in these folders count as the bare name in rules that allow: nothing but the system installs there. */
const SYSTEM_FOLDERS = ['/bin', '/sbin', '/usr/bin', '/usr/sbin', '/usr/local/bin', '/usr/local/sbin', '/opt/homebrew/bin']

/**
 * Rules in their indexes. Allowing rules and forbidding rules (ask, deny) are kept apart, because in doubt a rule that
 * forbids matches and a rule that allows does not.
 */
export class RuleSet {
  /** Of each section about files, made when it is first asked: they are most of a policy, and many who decide need one of them. */
  readonly #paths: Record<FileSection, () => Paths>
  readonly #commands = { allow: new CommandIndex<Rule>(), forbid: new CommandIndex<Rule>() }
  readonly #hosts = { allow: new HostIndex<Rule>(), forbid: new HostIndex<Rule>() }
  readonly #listens = { allow: new HostIndex<Rule>(), forbid: new HostIndex<Rule>() }
  /** Of rules that have more to them than a pattern. */
  readonly #conditions = new Map<Rule, Condition>()
  readonly #tools = { allow: new ToolIndex<Rule>(), forbid: new ToolIndex<Rule>() }

  constructor(rules: readonly Rule[], variables: Variables, foldCase: boolean) {
    const paths = (section: FileSection): (() => Paths) => once(() => pathsOf(rules, section, variables, foldCase))
    this.#paths = { 'files.read': paths('files.read'), 'files.write': paths('files.write'), 'files.delete': paths('files.delete') }
    for (const rule of rules) if (rule.conditions) this.#conditions.set(rule, compileConditions(rule.conditions, variables))
    for (const rule of rules) if (!isAboutFiles(rule.section)) for (const pattern of expandVariables(rule.pattern, variables)) this.#add(rule, pattern)
  }

  #add(rule: Rule, pattern: string): void {
    const side = rule.verdict === 'allow' ? 'allow' : 'forbid'
    switch (rule.section) {
      case 'files.read':
      case 'files.write':
      case 'files.delete':
        return
      case 'commands': {
        const alternatives = expandBraces(pattern) ?? []
        const written = pattern === rule.pattern ? alternatives : (expandBraces(rule.pattern) ?? [])
        for (const [at, alternative] of alternatives.entries()) {
          const parsed = parseCommandPattern(alternative)
          // Reasons name the alternative that matched: `npm test *`, not all that stand in the same braces.
          if (parsed) this.#commands[side].add(parsed, written.length > 1 ? { ...rule, pattern: written[at] ?? rule.pattern } : rule)
        }
        return
      }
      case 'network':
      case 'listen': {
        const parsed = parseHostPattern(pattern, rule.section === 'listen')
        if ('pattern' in parsed) (rule.section === 'network' ? this.#hosts : this.#listens)[side].add(parsed.pattern, rule)
        return
      }
      case 'tools': {
        const parsed = parseToolPattern(pattern)
        if (parsed) this.#tools[side].add(parsed, rule)
      }
    }
  }

  /**
   * Calls `found` for each rule that matches the effect. `partly` is set where a forbidding rule matches only
   * something below a path that is reached with everything under it.
   */
  match(effect: Effect, found: (rule: Rule, partly: boolean) => void): void {
    const whole = (rule: Rule): void => {
      const condition = rule.conditions && this.#conditions.get(rule)
      // Where it can't be told whether the conditions hold, a rule that forbids matches and one that allows does not.
      if (!condition || (condition(effect) ?? rule.verdict !== 'allow')) found(rule, false)
    }
    switch (effect.kind) {
      case 'read':
      case 'write':
      case 'delete': {
        const { allow, forbid } = this.#paths[`files.${effect.kind}`]()
        forbid.match(effect.path, whole)
        const allowing = effect.foreign ? (rule: Rule): void => void (isAboutTemporary(rule) || whole(rule)) : whole
        if (!effect.recursive) return allow.match(effect.path, allowing)
        forbid.below(effect.path, (rule) => found(rule, true))
        return allow.matchTree(effect.path, allowing)
      }
      case 'exec': {
        this.#commands.forbid.match(namesThatForbid(effect), effect.args, true, whole)
        return this.#commands.allow.match(namesThatAllow(effect), effect.args, false, whole)
      }
      case 'connect':
      case 'listen': {
        const index = effect.kind === 'connect' ? this.#hosts : this.#listens
        index.forbid.match(effect.host, effect.port, true, whole)
        return index.allow.match(effect.host, effect.port, false, whole)
      }
      case 'tool': {
        this.#tools.forbid.match(effect.server, effect.name, whole)
        return this.#tools.allow.match(effect.server, effect.name, whole)
      }
      case 'unknown':
        return undefined
    }
  }
}

type FileSection = 'files.read' | 'files.write' | 'files.delete'
type Paths = { allow: PathIndex<Rule>; forbid: PathIndex<Rule> }

function isAboutFiles(section: Rule['section']): boolean {
  return section === 'files.read' || section === 'files.write' || section === 'files.delete'
}

/** `${tmp}` of a rule that allows is what a run puts there itself. */
function isAboutTemporary({ pattern }: Rule): boolean {
  return pattern.includes('${tmp}')
}

function pathsOf(rules: readonly Rule[], section: FileSection, variables: Variables, foldCase: boolean): Paths {
  const paths = { allow: new PathIndex<Rule>(foldCase), forbid: new PathIndex<Rule>(foldCase) }
  for (const rule of rules) {
    if (rule.section !== section) continue
    for (const pattern of expandVariables(rule.pattern, variables)) {
      const home = pattern.startsWith('~/') ? expandVariables(`\${home}${pattern.slice(1)}`, variables)[0]! : pattern
      for (const alternative of expandBraces(home) ?? []) paths[rule.verdict === 'allow' ? 'allow' : 'forbid'].add(alternative, rule)
    }
  }
  return paths
}

function once<T>(make: () => T): () => T {
  let made: { value: T } | undefined
  return () => (made ??= { value: make() }).value
}

type Exec = Extract<Effect, { kind: 'exec' }>

/** `git` for `git` and `/usr/bin/git`; the path itself for any program named by path. */
function namesThatAllow({ program, path }: Exec): string[] {
  if (path === undefined) return [program]
  const slash = path.lastIndexOf('/')
  return SYSTEM_FOLDERS.includes(path.slice(0, slash)) ? [path.slice(slash + 1), path] : [path]
}

/** The last part of any path as well: a copy of a forbidden program is still that program. */
function namesThatForbid({ program, path }: Exec): string[] {
  const names = new Set([program, program.slice(program.lastIndexOf('/') + 1)])
  if (path !== undefined) names.add(path).add(path.slice(path.lastIndexOf('/') + 1))
  return [...names]
}

/** The policies of one agent in one workspace, ready to decide. */
export interface CompiledPolicy {
  rules: RuleSet
  /** What the rules forbid wherever it is; `effectsOf` looks for it. */
  guarded: Guarded
  /** What is written elsewhere leaves it. */
  workspace: string
  default: { verdict: Verdict; source: string }
  /** All rate limits; each holds. */
  limits: readonly Limit[]
  /** When calls run without asking; all must be open. */
  hours: readonly OpenHours[]
  policies: readonly Policy[]
}

const NO_DEFAULT = { verdict: 'ask', source: 'built in' } as const

/** Compiles the policies that apply to a call, whatever their layers. The strictest default of all is the default. */
export function compile(policies: readonly Policy[], variables: Variables, foldCase: boolean): CompiledPolicy {
  const strength = { allow: 0, ask: 1, deny: 2 }
  const upper = policies.some((policy) => policy.layer !== 'project' && policy.default)
  const defaults = policies.flatMap((policy) => policy.default ?? [])
  const all = upper ? defaults : [NO_DEFAULT, ...defaults]
  const rules = withoutRepeats(policies.flatMap((policy) => policy.rules))
  return {
    rules: new RuleSet(rules, variables, foldCase),
    guarded: guardedNames(rules, variables, foldCase),
    workspace: String(variables.workspace),
    default: all.reduce((a, b) => (strength[b.verdict] > strength[a.verdict] ? b : a)),
    limits: policies.flatMap((policy) => policy.limits),
    hours: policies.flatMap((policy) => policy.hours),
    policies,
  }
}

/** Policies that extend the same one bring its rules along twice. */
function withoutRepeats(rules: readonly Rule[]): Rule[] {
  return [...new Map(rules.map((rule) => [`${rule.source}\n${rule.layer}\n${ruleText(rule)}`, rule])).values()]
}
