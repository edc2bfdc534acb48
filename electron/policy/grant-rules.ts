import type { Decision } from '../contract/decision.ts'
import type { Effect } from '../contract/effect.ts'
import { literalWord } from './command-index.ts'
import { RuleSet } from './compile.ts'
import { SECTION_OF, type Rule, type Section } from './rule.ts'
import { escapeGlob, type Variables } from './variables.ts'

/** A rule that allows exactly one effect. */
export interface GrantRule {
  section: Section
  pattern: string
}

/**
 * The literal rules that would allow the effects which asked, and nothing else. Undefined when one of them can't be
 * granted: it is unknown, the floor or IT asks, it carries guarded data away, or its words are only known at run time.
 */
export function rulesFor(decision: Decision): GrantRule[] | undefined {
  const rules = new Map<string, GrantRule>()
  for (const reason of decision.reasons) {
    if (reason.verdict === 'allow') continue
    if (reason.data !== undefined) return undefined
    const effect = decision.effects[reason.effect]
    const rule = effect && reason.verdict === 'ask' && reason.layer !== 'floor' && reason.layer !== 'managed' && literalRule(effect)
    if (!rule) return undefined
    rules.set(formatRule(rule), rule)
  }
  return rules.size > 0 ? [...rules.values()] : undefined
}

/**
 * Whether adding the rules to the user's policy would let the call through the next time. It does not where a rule asks:
 * in the same policy, ask beats allow.
 */
export function ruleWouldHelp(decision: Decision): boolean {
  return decision.reasons.every(({ verdict, layer, data }) => verdict === 'allow' || (layer === 'default' && data === undefined))
}

/** One line of text: `files.write.allow: /etc/hosts`. */
export function formatRule({ section, pattern }: GrantRule): string {
  return `${section}.allow: ${pattern}`
}

function literalRule(effect: Effect): GrantRule | undefined {
  switch (effect.kind) {
    case 'unknown':
      return undefined
    case 'exec': {
      if (effect.args.includes(null)) return undefined
      const words = [effect.path ?? effect.program, ...effect.args].map((word) => literalWord(word ?? ''))
      return { section: 'commands', pattern: words.join(' ') }
    }
    case 'read':
    case 'write':
    case 'delete':
      return { section: SECTION_OF[effect.kind], pattern: `${escapeGlob(effect.path)}${effect.recursive ? '/**' : ''}` }
    case 'connect':
    case 'listen': {
      if (effect.host.startsWith('unix:')) return { section: SECTION_OF[effect.kind], pattern: escapeGlob(effect.host) }
      const host = effect.host.includes(':') ? `[${effect.host}]` : effect.host
      return { section: SECTION_OF[effect.kind], pattern: effect.port === undefined ? host : `${host}:${effect.port}` }
    }
    case 'tool': {
      const name = escapeGlob(effect.name)
      return { section: 'tools', pattern: effect.server === undefined ? name : `${escapeGlob(effect.server)}/${name}` }
    }
  }
}

/** The rules of the grants that are live for a session, compiled. */
export class GrantSet {
  readonly #rules: RuleSet

  constructor(rules: readonly GrantRule[]) {
    const granted = rules.map((rule): Rule => ({ ...rule, verdict: 'allow', layer: 'grant', source: 'granted by the operator' }))
    this.#rules = new RuleSet(granted, NO_VARIABLES, false)
  }

  allows(effect: Effect): boolean {
    let allowed = false
    this.#rules.match(effect, () => {
      allowed = true
    })
    return allowed
  }
}

/** Literal rules use none. */
const NO_VARIABLES: Variables = { workspace: '', home: '', tmp: '', secrets: [], paddock: [], 'paddock-state': [], 'agent-settings': [], registries: [] }

export function compileGrant(rules: readonly GrantRule[]): GrantSet {
  return new GrantSet(rules)
}
