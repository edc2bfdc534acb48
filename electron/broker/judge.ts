import type { Decision, Reason } from '../contract/decision.ts'
import { effectsOf } from '../effects/effects-of.ts'
import type { World } from '../effects/world.ts'
import type { Grants } from './grants.ts'
import type { IncomingCall } from './incoming-call.ts'
import { counts, type Limit } from '../policy/limits.ts'
import type { PolicyInForce, PolicyStore } from './policy-store.ts'
import { Rates } from './rates.ts'

/** What policy and grants say about a call at one moment. */
export interface Judgement {
  decision: Decision
  /** Whether a grant was needed for it. */
  by: 'policy' | 'grant'
  policy: PolicyInForce
  revision: number
  /** The rate limit that made an allowed call ask. A grant can't lift it: only this call can be let through. */
  limit?: Limit
}

/** Judges calls by what is in force now: the effects, the policy, the grants of the session. */
export class Judge {
  readonly #policies: PolicyStore
  readonly #grants: Grants
  readonly #world: World
  readonly #rates = new Rates()

  constructor(policies: PolicyStore, grants: Grants, world: World) {
    this.#policies = policies
    this.#grants = grants
    this.#world = world
  }

  /** The effects are found anew each time: what a path leads to may have changed while a request waits. */
  judge({ caller, decoded, subject, cwd }: IncomingCall): Judgement {
    const policy = this.#policies.inForce
    const { workspace } = subject
    const effects = effectsOf(decoded.call, { cwd, workspace, world: this.#world, knowledge: policy.knowledge })
    const decision = policy.decide(effects, subject, this.#grants.of(caller.agent, caller.session))
    const granted = decision.verdict === 'allow' && decision.reasons.some(({ layer }) => layer === 'grant')
    const judgement: Judgement = { decision, by: granted ? 'grant' : 'policy', policy, revision: policy.revision }
    if (decision.verdict !== 'allow') return judgement
    const limit = this.#rates.broken(caller, policy.limits(subject), effects, Date.now())
    return limit ? { ...judgement, by: 'policy', decision: overLimit(decision, limit), limit } : judgement
  }

  /** Counts a call that was let through towards the rate limits. */
  ran({ caller, subject }: IncomingCall, { decision, policy }: Judgement): void {
    this.#rates.count(caller, policy.limits(subject), decision.effects, Date.now())
  }
}

/** The decision about a call that every rule allows, but not so often. The reason stands at an effect that counts. */
function overLimit(decision: Decision, { name, text, source, layer }: Limit): Decision {
  const effect = Math.max(0, decision.effects.findIndex((each) => counts(name, [each])))
  const message = `It would be more than ${text.replace('/', ` ${name} in a `)} of this session.`
  const reason: Reason = { verdict: 'ask', rule: `limits.${name}: ${text}`, source, layer, message, effect }
  return { ...decision, verdict: 'ask', reasons: [reason, ...decision.reasons.filter((each) => each.effect !== effect)] }
}
