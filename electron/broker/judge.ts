import type { Decision, Reason } from '../contract/decision.ts'
import { effectsOf } from '../effects/effects-of.ts'
import type { World } from '../effects/world.ts'
import type { Grants } from './grants.ts'
import { heed } from './heed.ts'
import type { IncomingCall } from './incoming-call.ts'
import { withChanges } from '../policy/change-that-allows.ts'
import { counts, isOpen, type Limit, type OpenHours } from '../policy/limits.ts'
import type { PolicyInForce, PolicyStore } from './policy-store.ts'
import { Rates } from './rates.ts'

/** What policy and grants say about a call at one moment. */
export interface Judgement {
  decision: Decision
  /** Whether a grant was needed for it. */
  by: 'policy' | 'grant'
  policy: PolicyInForce
  revision: number
  /** A rate limit, the hour, or that no call announced it, made an allowed call ask. A grant can't lift that: only this call can be let through. */
  limited?: true
}

/** Judges calls by what is in force now: the effects, the policy, the grants of the session. */
export class Judge {
  readonly #policies: PolicyStore
  readonly #grants: Grants
  readonly #world: World
  readonly #rates = new Rates()
  readonly #listeners: ((call: IncomingCall, judgement: Judgement) => void)[] = []

  constructor(policies: PolicyStore, grants: Grants, world: World) {
    this.#policies = policies
    this.#grants = grants
    this.#world = world
  }

  /** The effects are found anew each time: what a path leads to may have changed while a request waits. */
  judge(call: IncomingCall): Judgement {
    return heed(this.#byRules(call), call.weighing)
  }

  #byRules({ caller, decoded, subject, cwd, unannounced }: IncomingCall): Judgement {
    const policy = this.#policies.inForce
    const { workspace } = subject
    const effects = effectsOf(decoded.call, { cwd, workspace, world: this.#world, knowledge: policy.knowledge, guarded: policy.guarded(subject) })
    const decision = withChanges(policy.decide(effects, subject, this.#grants.of(caller.agent, caller.session)), 'your policy')
    const granted = decision.verdict === 'allow' && decision.reasons.some(({ layer }) => layer === 'grant')
    const judgement: Judgement = { decision, by: granted ? 'grant' : 'policy', policy, revision: policy.revision }
    if (decision.verdict !== 'allow') return judgement
    if (unannounced !== undefined) return { ...judgement, by: 'policy', decision: besideCalls(decision, unannounced), limited: true }
    const { limits, hours } = policy.limits(subject)
    const now = new Date()
    const closed = hours.find((each) => !isOpen(each, now))
    const broken = this.#rates.broken(caller, limits, effects, now.getTime())
    if (closed) return { ...judgement, by: 'policy', decision: outsideHours(decision, closed), limited: true }
    return broken ? { ...judgement, by: 'policy', decision: overLimit(decision, broken), limited: true } : judgement
  }

  /** Calls `listener` with every call that was let through. */
  onRan(listener: (call: IncomingCall, judgement: Judgement) => void): void {
    this.#listeners.push(listener)
  }

  /** Counts a call that was let through towards the rate limits. */
  ran(call: IncomingCall, judgement: Judgement): void {
    const { decision, policy } = judgement
    this.#rates.count(call.caller, policy.limits(call.subject).limits, decision.effects, Date.now())
    this.#listeners.forEach((listener) => listener(call, judgement))
  }
}

/** The decision about a call that every rule allows, but not so often. The reason stands at an effect that counts. */
function overLimit(decision: Decision, limit: Limit): Decision {
  const { name, text, per, tool, source, layer } = limit
  const effect = Math.max(0, decision.effects.findIndex((each) => counts(limit, [each])))
  const what = `${name}${tool === undefined ? '' : ` of ${tool}`}`
  const message = `It would be more than ${text.replace('/', ` ${what} in a `)} of this ${per}.`
  return asking(decision, { verdict: 'ask', rule: `limits.${name}: ${text}`, source, layer, message, effect })
}

function outsideHours(decision: Decision, { text, source, layer }: OpenHours): Decision {
  const message = `It comes outside the hours ${text}.`
  return asking(decision, { verdict: 'ask', rule: `limits.hours: ${text}`, source, layer, message, effect: 0 })
}

function besideCalls(decision: Decision, message: string): Decision {
  return asking(decision, { verdict: 'ask', rule: 'monitor.unannounced: ask', source: 'the monitor', layer: 'default', message, effect: 0 })
}

/** The decision with one effect's reason replaced by one that asks. */
function asking(decision: Decision, reason: Reason): Decision {
  return { ...decision, verdict: 'ask', reasons: [reason, ...decision.reasons.filter((each) => each.effect !== reason.effect)] }
}
