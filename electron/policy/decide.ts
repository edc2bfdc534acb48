import type { Decision, Layer, Reason, Verdict } from '../contract/decision.ts'
import { describeEffect, describeFlow } from '../contract/describe.ts'
import type { Effect } from '../contract/effect.ts'
import type { AbsolutePath, AgentId } from '../contract/ids.ts'
import { stricter } from '../contract/stricter.ts'
import { isInside } from '../effects/paths.ts'
import type { CompiledPolicy } from './compile.ts'
import type { GrantSet } from './grant-rules.ts'
import { ruleText, type Rule } from './rule.ts'

/** Whose call is decided. */
export interface Subject {
  agent: AgentId
  workspace: AbsolutePath
  /** The policy to decide by, instead of those that are for the agent. */
  policy?: string
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
 *
 * An effect that carries data out of the workspace, from a path whose reading a rule denies or asks about, is not allowed without
 * asking each time, though the reading itself may be granted.
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
  const { verdict, decisive } = verdictOn(effect, policy)
  const data = guardedSource(effect, policy)
  const answerable = !decisive || decisive.rule.layer === 'user' || decisive.rule.layer === 'project'
  const isGranted = verdict === 'ask' && answerable && grants?.allows(effect) === true
  // Whoever allowed the one and granted the other has not said that the data may go there.
  if (data !== undefined && (isGranted || verdict === 'allow')) return { ...reasonFor(effect, index, 'ask', data.decisive, policy, data.source), data: data.source }
  if (isGranted) return { verdict: 'allow', rule: 'grant', source: 'granted by the operator', layer: 'grant', message: sentence(describeEffect(effect)), effect: index }
  const reason = reasonFor(effect, index, verdict, decisive, policy, data?.source)
  return data === undefined ? reason : { ...reason, data: data.source }
}

/** What the rules say of an effect, and the one that decides; without one it is the default. */
function verdictOn(effect: Effect, policy: CompiledPolicy): { verdict: Verdict; decisive: Match | undefined } {
  const matches = strictestByLayer(effect, policy)
  const decisive = LAYERS.map((layer) => matches.get(layer)).reduce<Match | undefined>(
    (upper, lower) => (!upper || (lower && stricter(upper.verdict, lower.verdict) !== upper.verdict) ? (lower ?? upper) : upper),
    undefined,
  )
  return { verdict: decisive?.verdict ?? byDefault(effect, policy), decisive }
}

function byDefault(effect: Effect, { default: { verdict } }: CompiledPolicy): Verdict {
  if (effect.kind === 'unknown') return stricter('ask', verdict)
  return effect.kind === 'exec' && effect.vouched ? 'allow' : verdict
}

/** Of the paths whose data an effect would carry out of the workspace, one that a rule keeps from being read: rather one that is denied. */
function guardedSource(effect: Effect, policy: CompiledPolicy): { source: string; decisive: Match } | undefined {
  if (!('from' in effect) || effect.from === undefined || (effect.kind === 'write' && isInside(effect.path, policy.workspace))) return undefined
  let guarded: { source: string; decisive: Match } | undefined
  for (const source of effect.from) {
    const path = source.replace(/\/\*\*$/, '')
    const { decisive } = verdictOn(path === source ? { kind: 'read', path } : { kind: 'read', path: path || '/', recursive: true }, policy)
    if (decisive === undefined || decisive.verdict === 'allow') continue
    if (guarded === undefined || (decisive.verdict === 'deny' && guarded.decisive.verdict === 'ask')) guarded = { source, decisive }
  }
  return guarded
}

function reasonFor(effect: Effect, index: number, verdict: Verdict, decisive: Match | undefined, policy: CompiledPolicy, data: string | undefined): Reason {
  const does = data === undefined ? describeEffect(effect) : describeFlow(effect, data)
  if (!decisive) {
    const why = effect.kind === 'unknown' || verdict === 'allow' ? undefined : 'no rule covers it'
    return { verdict, rule: 'default', source: policy.default.source, layer: 'default', message: sentence(does, why), effect: index }
  }
  const { rule, partly } = decisive
  return {
    verdict,
    rule: ruleText(rule),
    source: rule.source,
    layer: rule.layer,
    message: sentence(does, partly ? `some of that is under ${rule.pattern}${rule.why ? `: ${rule.why}` : ''}` : rule.why),
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

function sentence(does: string, why?: string): string {
  return why === undefined ? `It ${does}.` : `It ${does}: ${why}${/[.!?]$/.test(why) ? '' : '.'}`
}
