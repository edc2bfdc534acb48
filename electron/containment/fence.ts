import { basename } from 'node:path'
import type { FenceTerms } from '../contract/containment.ts'
import type { Effect } from '../contract/effect.ts'
import { nameMatcher } from '../effects/names.ts'
import { RuleSet, type CompiledPolicy } from '../policy/compile.ts'
import { expandBraces } from '../policy/glob.ts'
import { decide } from '../policy/decide.ts'
import { compileGrant, type GrantSet } from '../policy/grant-rules.ts'
import type { Rule, Section } from '../policy/rule.ts'
import { expandVariables, VARIABLE_NAMES, type Variables } from '../policy/variables.ts'

/** The program that makes an operation, as far as it matters for what it may do. */
export interface Actor {
  /** The agent's own program, not something it started. */
  isAgent: boolean
  /** What it starts needs a rule of its own: the agent, and programs that only run others. */
  isTransparent: boolean
  /** Its file; empty where that is not known. */
  program: string
  /** The words it was started with. */
  argv: readonly string[]
  /** The variables by which its environment differs from the agent's; absent where they are not known. */
  variables?: readonly string[]
}

/** Files that a program keeps for itself, while it runs as one of the commands. */
interface Tended {
  programs: RuleSet
  files: RuleSet
  commands?: RuleSet
  without: readonly string[]
  isSteering: (variable: string) => boolean
}

/** A rule that asks or denies about a name anywhere below a folder. */
export interface InnerRule {
  folder: string
  /** Such a name. */
  name: string
  isName: (name: string) => boolean
}

/** What an operation gets at once: leave to go on, a refusal nobody needs to hear of, or neither: the broker decides. */
export type AtOnce = 'allow' | 'refuse' | undefined

/** How an effect stands with rules and machine: `asks` is a rule of the user's own that asks, `denies` any that denies, `stands` anything else the broker decides. */
type Standing = 'allow' | 'refuse' | 'asks' | 'denies' | 'stands'

/** Beyond this many remembered answers all are forgotten. */
const MOST_REMEMBERED = 50_000

/**
 * Decides operations of a contained tree by terms that the broker gave: policy first, then what any program needs of the machine.
 * Pure; remembers its answers, because a build does the same thing a thousand times.
 */
export class Fence {
  readonly #policy: CompiledPolicy
  readonly #grants: GrantSet
  readonly #machine: RuleSet
  readonly #own: RuleSet
  readonly #doors: RuleSet
  readonly #quiet: RuleSet
  readonly #tended: readonly Tended[]
  readonly #transparent: ReadonlySet<string>
  readonly #asksUnannounced: boolean
  /** Rules about names below folders, which also hold for what comes there with a folder that holds it. */
  readonly innerRules: readonly InnerRule[]
  readonly #remembered = new Map<string, Standing>()

  constructor(terms: FenceTerms) {
    const { knowledge, rules, default: verdict, asksUnannounced } = terms
    this.#transparent = new Set(knowledge.transparent)
    this.#asksUnannounced = asksUnannounced
    const variables = variablesIn(terms)
    this.#policy = {
      rules: new RuleSet(rules, variables, process.platform === 'darwin'),
      workspace: String(variables.workspace),
      default: { verdict, source: 'policy' },
      guarded: {},
      limits: [],
      hours: [],
      policies: [],
    }
    this.innerRules = rules.flatMap((rule) => (rule.verdict !== 'allow' && rule.section.startsWith('files.') ? expandVariables(rule.pattern, variables).flatMap(innerRulesOf) : []))
    this.#grants = compileGrant(terms.grants)
    const { files, listen, network, commands, doors, own, quiet, tended } = knowledge
    this.#machine = new RuleSet(
      [
        ...allow('files.read', files.read),
        ...allow('files.write', files.write),
        ...allow('files.delete', files.delete),
        ...allow('listen', listen),
        ...allow('network', network),
        ...allow('commands', commands),
      ],
      variables,
      false,
    )
    this.#own = new RuleSet([...allow('files.read', own.read), ...allow('files.write', own.write)], variables, false)
    this.#doors = new RuleSet(allow('network', doors), variables, false)
    this.#tended = tended.map((each) => ({
      programs: new RuleSet(allow('files.read', each.programs), variables, false),
      files: new RuleSet([...allow('files.write', each.write), ...allow('files.delete', each.delete)], variables, false),
      without: each.without,
      isSteering: steering(each.variables),
      ...(each.commands.length > 0 && { commands: new RuleSet(allow('commands', each.commands), variables, false) }),
    }))
    this.#quiet = new RuleSet([...allow('files.read', quiet.read), ...allow('files.write', quiet.write), ...allow('network', quiet.network)], variables, false)
  }

  /** The answer for all effects of an operation together: the strictest. */
  atOnce(effects: readonly Effect[], actor: Actor): AtOnce {
    let together: AtOnce = 'allow'
    for (const effect of effects) {
      const standing = this.#standing(effect, actor)
      const answer = standing === 'asks' && this.#tends(effect, actor) ? 'allow' : standing
      if (answer === 'asks' || answer === 'denies' || answer === 'stands') return undefined
      if (answer === 'refuse') together = 'refuse'
    }
    return together
  }

  /** Whether a rule denies some of it: what was allowed for a whole folder does not cover that. */
  denies(effects: readonly Effect[], actor: Actor): boolean {
    return effects.some((effect) => this.#standing(effect, actor) === 'denies')
  }

  /** Whether what allows the effect means this host or address, and not simply everything. */
  names(effect: Effect): boolean {
    const reason = decide([effect], this.#policy, this.#grants).reasons[0]
    return reason?.verdict !== 'allow' || !/: \*(:\d+)?$/.test(reason.rule)
  }

  /**
   * Whether a call of the agent's should have announced this: a program that no other vouches for, other than a shell, which its agent wraps around
   * what was announced and whose own programs count, and other than the commands by which the agent gets to know where it is.
   */
  isToBeAnnounced(effect: Effect): boolean {
    return effect.kind === 'exec' && !effect.vouched && !this.#transparent.has(basename(effect.program)) && !matches(this.#machine, effect)
  }

  #standing(effect: Effect, actor: Actor): Standing {
    const key = `${actor.isAgent ? 'a' : actor.isTransparent ? 't' : ' '}${keyOf(effect)}`
    const known = this.#remembered.get(key)
    if (known !== undefined) return known
    const standing = this.#judge(asStarted(effect, actor), actor.isAgent)
    if (this.#remembered.size >= MOST_REMEMBERED) this.#remembered.clear()
    this.#remembered.set(key, standing)
    return standing
  }

  #judge(effect: Effect, isAgent: boolean): Standing {
    const reason = decide([effect], this.#policy, this.#grants).reasons[0]
    if (!reason || reason.verdict === 'allow') return this.#asksUnannounced && this.isToBeAnnounced(effect) ? 'stands' : 'allow'
    if (matches(this.#doors, effect)) return 'allow'
    if (isAgent && matches(this.#own, effect) && reason.layer !== 'managed') return 'allow'
    if (reason.verdict === 'deny') return 'denies'
    // What shows the agent's environment to its model is for its hook to ask about; the agent has it anyway.
    if (effect.kind === 'exec' && matches(this.#machine, effect) && reason.layer !== 'floor' && reason.layer !== 'managed') return 'allow'
    if (reason.layer !== 'default') return reason.layer === 'user' || reason.layer === 'project' ? 'asks' : 'stands'
    if (matches(this.#machine, effect)) return 'allow'
    return matches(this.#quiet, effect) ? 'refuse' : 'stands'
  }

  /** Whether files are this program's to keep, so that it matters what it was started with. */
  isTending(program: string): boolean {
    return this.#tended.some(({ programs }) => matches(programs, { kind: 'read', path: program }))
  }

  #tends(effect: Effect, { program, argv, variables }: Actor): boolean {
    if (variables === undefined) return false
    const [name = '', ...args] = argv
    return this.#tended.some(
      ({ programs, commands, without, isSteering, files }) =>
        matches(files, effect) &&
        matches(programs, { kind: 'read', path: program }) &&
        !args.some((word) => without.some((start) => word.startsWith(start))) &&
        !variables.some(isSteering) &&
        (!commands || matches(commands, { kind: 'exec', program: name, args })),
    )
  }
}

/** Patterns that begin with any folder hold wherever a name goes, so that nothing of that name can come from elsewhere. */
function innerRulesOf(pattern: string): InnerRule[] {
  return (expandBraces(pattern) ?? []).flatMap((one) => {
    const segments = one.split('/')
    const first = segments.findIndex((segment) => /[*?[]/.test(segment))
    const folder = segments.slice(0, first).join('/').replaceAll('\\', '')
    const name = segments.slice(first + 1).findLast((segment) => segment !== '**' && segment !== '*')
    return first < 0 || folder === '' || name === undefined ? [] : [{ folder, name: name.replace(/[*?]/g, 'x'), isName: nameMatcher([name]) }]
  })
}

function steering({ steering: some, harmless }: FenceTerms['knowledge']['tended'][number]['variables']): (variable: string) => boolean {
  const [isSteering, isHarmless] = [nameMatcher(some), nameMatcher(harmless)]
  return (variable) => isSteering(variable) && !isHarmless(variable)
}

function allow(section: Section, patterns: readonly string[]): Rule[] {
  return patterns.map((pattern) => ({ section, verdict: 'allow', pattern, layer: 'default', source: 'containment.yaml' }))
}

/** What a program starts that was itself allowed belongs to its work, so it needs no rule; rules that ask or deny hold. */
export function asStarted(effect: Effect, { isTransparent }: Actor): Effect {
  return effect.kind === 'exec' && !isTransparent ? { ...effect, vouched: true } : effect
}

function matches(rules: RuleSet, effect: Effect): boolean {
  let found = false
  rules.match(effect, () => {
    found = true
  })
  return found
}

function keyOf(effect: Effect): string {
  switch (effect.kind) {
    case 'read':
    case 'write':
    case 'delete':
      return `${effect.kind}${effect.recursive ? '*' : ' '}${effect.foreign ? '!' : ''}${effect.path}`
    default:
      return JSON.stringify(effect)
  }
}

/** The variables of policies with those missing that the terms do not name. */
export function variablesIn({ variables }: FenceTerms): Variables {
  return Object.fromEntries(VARIABLE_NAMES.map((name) => [name, variables[name] ?? []])) as Variables
}

/** Patterns of the terms as they read on this machine. */
export function expanded(patterns: readonly string[], terms: FenceTerms): string[] {
  return patterns.flatMap((pattern) => expandVariables(pattern, variablesIn(terms)))
}
