import type { Decision, Layer, Reason, Verdict } from '../contract/decision.ts'
import { describeEffect } from '../contract/describe.ts'
import type { Effect } from '../contract/effect.ts'
import { stricter } from '../contract/stricter.ts'
import { changeThatAllows, type Change } from './change-that-allows.ts'
import type { CompiledPolicy } from './compile.ts'
import { decide } from './decide.ts'
import { rulesFor } from './grant-rules.ts'
import { counts } from './limits.ts'
import { ruleText } from './rule.ts'

/** A rule that matched an effect. */
export interface MatchedRule {
  layer: Layer
  verdict: Verdict
  rule: string
  source: string
  /** Only something below the path of the effect is meant, so a deny asks. */
  partly: boolean
  /** It made the verdict. */
  decides: boolean
  why?: string
}

/** How one effect came to its verdict. */
export interface EffectExplanation {
  effect: Effect
  /** `reads /etc/hosts`. */
  does: string
  verdict: Verdict
  reason: Reason
  /** All rules that matched: strongest layer first, strictest first within a layer. */
  matched: MatchedRule[]
  /** What holds where no rule matches. */
  default: { verdict: Verdict; source: string; decides: boolean }
  /** Whether the operator could let it through for a session; absent when nothing needs to be let through. */
  grant?: boolean
}

/** The whole reasoning about a call. */
export interface Explanation {
  verdict: Verdict
  effects: EffectExplanation[]
  /** Rate limits and hours that can make an allowed call of this kind ask, as `limits.writes: 60/min (file:line)`. */
  limits: string[]
  /** What would have to change for the call to be allowed; empty when it is. */
  changes: Change[]
}

const LAYERS: readonly Layer[] = ['floor', 'managed', 'user', 'project', 'grant', 'default']

/** Why a call with these effects gets the verdict that `decide` gives it. Pure. */
export function explain(effects: readonly Effect[], policy: CompiledPolicy): Explanation {
  const decision = decide(effects, policy)
  return {
    verdict: decision.verdict,
    effects: decision.reasons.map((reason) => explainEffect(effects[reason.effect]!, reason, policy)),
    limits: limitsOn(effects, policy),
    changes: changeThatAllows(decision),
  }
}

function explainEffect(effect: Effect, reason: Reason, policy: CompiledPolicy): EffectExplanation {
  const grant = reason.verdict === 'allow' ? {} : { grant: canBeGranted(effect, reason) }
  return {
    effect,
    does: describeEffect(effect),
    verdict: reason.verdict,
    reason,
    matched: matchedRules(effect, reason, policy),
    default: { ...policy.default, decides: reason.layer === 'default' },
    ...grant,
  }
}

function matchedRules(effect: Effect, reason: Reason, policy: CompiledPolicy): MatchedRule[] {
  const found = new Map<string, MatchedRule>()
  policy.rules.match(effect, (matched, partly) => {
    const { layer, source, why } = matched
    const rule = ruleText(matched)
    const decides = layer === reason.layer && source === reason.source && rule === reason.rule
    found.set(`${layer} ${source} ${rule}`, { layer, verdict: matched.verdict, rule, source, partly, decides, ...(why !== undefined && { why }) })
  })
  const strictestFirst = (a: MatchedRule, b: MatchedRule): number => (a.verdict === b.verdict ? 0 : stricter(a.verdict, b.verdict) === a.verdict ? -1 : 1)
  return [...found.values()].toSorted((a, b) => LAYERS.indexOf(a.layer) - LAYERS.indexOf(b.layer) || strictestFirst(a, b))
}

function canBeGranted(effect: Effect, reason: Reason): boolean {
  const alone: Decision = { verdict: reason.verdict, effects: [effect], reasons: [{ ...reason, effect: 0 }] }
  return rulesFor(alone) !== undefined
}

function limitsOn(effects: readonly Effect[], { limits, hours }: CompiledPolicy): string[] {
  const rates = limits.filter((limit) => counts(limit, effects)).map(({ name, text, per, source }) => `limits.${name}: ${text} per ${per} (${source})`)
  return [...rates, ...hours.map(({ text, source }) => `limits.hours: ${text} (${source})`)]
}
