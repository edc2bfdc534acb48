import type { Decision } from '../contract/decision.ts'
import { effectsOf } from '../effects/effects-of.ts'
import type { World } from '../effects/world.ts'
import type { Grants } from './grants.ts'
import type { IncomingCall } from './incoming-call.ts'
import type { PolicyInForce, PolicyStore } from './policy-store.ts'

/** What policy and grants say about a call at one moment. */
export interface Judgement {
  decision: Decision
  /** Whether a grant was needed for it. */
  by: 'policy' | 'grant'
  policy: PolicyInForce
  revision: number
}

/** Judges calls by what is in force now: the effects, the policy, the grants of the session. */
export class Judge {
  readonly #policies: PolicyStore
  readonly #grants: Grants
  readonly #world: World

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
    return { decision, by: granted ? 'grant' : 'policy', policy, revision: policy.revision }
  }
}
