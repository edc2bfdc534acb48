import { stricter, type Decision, type Layer, type Reason, type Verdict } from '../contract/decision.ts'
import { describeEffect } from '../contract/describe.ts'
import type { Effect } from '../contract/effect.ts'
import type { AbsolutePath, AgentId } from '../contract/ids.ts'
import type { CompiledPolicy } from './compile.ts'
import type { GrantSet } from './grant-rules.ts'
import { ruleText, type Rule } from './rule.ts'

/** Whose call is decided. */
export interface Subject {
  agent: AgentId
  workspace: AbsolutePath
}

/** Strongest first. A lower layer can tighten what an upper one says, or answer what all upper ones leave open. */
const LAYERS: readonly Layer[] = ['floor', 'managed', 'user', 'project']

/**
 * The decision about a call with these effects: the strictest verdict of its effects, with one reason for each. Pure;
 * a call without effects does nothing and is allowed.
 *
 * An effect's verdict comes from the strictest matching rule of the uppermost layer that has one; lower layers can only
 * make it stricter. A grant is an answer of the operator: it turns an `ask` of the default, a user's or a project's
 * rule into `allow`, but nothing that the floor or IT says.
 */
export function decide(effects: readonly Effect[], policy: CompiledPolicy, grants?: GrantSet): Decision {
  const reasons = effects.map((effect, index) => judge(effect, index, policy, grants))
  const verdict = reasons.reduce<Verdict>((strictest, reason) => stricter(strictest, reason.verdict), 'allow')
  return { verdict, effects: [...effects], reasons }
}

interface Match {
  rule: Rule
  verdict: Verdict
  partly: boolean
}

function judge(effect: Effect, index: number, policy: CompiledPolicy, grants: GrantSet | undefined): Reason {
  const matches = strictestByLayer(effect, policy)
  const decisive = LAYERS.map((layer) => matches.get(layer)).reduce<Match | undefined>(
    (upper, lower) => (!upper || (lower && stricter(upper.verdict, lower.verdict) !== upper.verdict) ? (lower ?? upper) : upper),
    undefined,
  )
  const verdict = decisive?.verdict ?? (effect.kind === 'unknown' ? stricter('ask', policy.default.verdict) : policy.default.verdict)
  const answerable = !decisive || decisive.rule.layer === 'user' || decisive.rule.layer === 'project'
  if (verdict === 'ask' && answerable && grants?.allows(effect))
    return { verdict: 'allow', rule: 'grant', source: 'granted by the operator', layer: 'grant', message: sentence(effect), effect: index }
  if (!decisive) return byDefault(effect, index, verdict, policy)
  const { rule, partly } = decisive
  return {
    verdict,
    rule: ruleText(rule),
    source: rule.source,
    layer: rule.layer,
    message: sentence(effect, partly ? `some of that is under ${rule.pattern}${rule.why ? `: ${rule.why}` : ''}` : rule.why),
    ...(rule.advice !== undefined && { advice: rule.advice }),
    ...(rule.tags && { tags: rule.tags }),
    effect: index,
  }
}

/** For each layer the strictest rule that matches; among equals the first found. */
function strictestByLayer(effect: Effect, policy: CompiledPolicy): Map<Layer, Match> {
  const byLayer = new Map<Layer, Match>()
  policy.rules.match(effect, (rule, partly) => {
    // Below a path that is reached whole, only part of it is forbidden: a person can tell whether that part is meant.
    const verdict = partly && rule.verdict === 'deny' ? 'ask' : rule.verdict
    const known = byLayer.get(rule.layer)
    if (!known || (stricter(known.verdict, verdict) === verdict && known.verdict !== verdict)) byLayer.set(rule.layer, { rule, verdict, partly })
  })
  return byLayer
}

function byDefault(effect: Effect, index: number, verdict: Verdict, policy: CompiledPolicy): Reason {
  const why = effect.kind === 'unknown' ? undefined : verdict === 'allow' ? undefined : 'no rule covers it'
  return { verdict, rule: 'default', source: policy.default.source, layer: 'default', message: sentence(effect, why), effect: index }
}

function sentence(effect: Effect, why?: string): string {
  return why === undefined ? `It ${describeEffect(effect)}.` : `It ${describeEffect(effect)}: ${why}${/[.!?]$/.test(why) ? '' : '.'}`
}
