import { randomUUID } from 'node:crypto'
import type { Decision } from '../contract/decision.ts'
import type { AgentId, SessionId } from '../contract/ids.ts'
import type { Grant } from '../contract/request.ts'
import { compileGrant, formatRule, type GrantRule, type GrantSet } from '../policy/grant-rules.ts'

interface Live {
  grant: Grant
  rules: readonly GrantRule[]
  alone: GrantSet
}

/** What the operator allowed for the rest of a session, or for a time in it. In memory: a broker that starts knows none. */
export class Grants {
  readonly #live = new Map<string, Live>()
  /** The rules of all grants of a session, compiled together. */
  readonly #bySession = new Map<string, GrantSet>()

  /** `lifetimeMs`: when it ends by itself, before the session does. */
  give(agent: AgentId, session: SessionId, rules: readonly GrantRule[], lifetimeMs?: number): Grant {
    const givenAt = Date.now()
    const ends = lifetimeMs === undefined ? {} : { endsAt: givenAt + lifetimeMs }
    const grant = { id: randomUUID(), agent, session, rules: rules.map(formatRule), givenAt, ...ends, uses: 0 }
    this.#live.set(grant.id, { grant, rules, alone: compileGrant(rules) })
    this.#compile(agent, session)
    return grant
  }

  /** Takes a grant back; undefined when there is none of this id. */
  revoke(id: string): Grant | undefined {
    const grant = this.#live.get(id)?.grant
    if (!grant) return undefined
    this.#live.delete(id)
    this.#compile(grant.agent, grant.session)
    return grant
  }

  /** All grants, oldest first. */
  list(): Grant[] {
    this.#dropEnded()
    return [...this.#live.values()].map(({ grant }) => ({ ...grant }))
  }

  /** What is granted to a session; undefined when nothing is. */
  of(agent: AgentId, session: SessionId): GrantSet | undefined {
    this.#dropEnded()
    return this.#bySession.get(keyOf(agent, session))
  }

  /** The rules that are granted to a session. */
  rulesOf(agent: AgentId, session: SessionId): GrantRule[] {
    return [...this.#live.values()].filter(({ grant }) => grant.agent === agent && grant.session === session).flatMap(({ rules }) => rules)
  }

  /** Counts a call that was let through: once for each grant that it needed. */
  countUse(agent: AgentId, session: SessionId, decision: Decision): void {
    const effects = decision.reasons.flatMap(({ layer, effect }) => (layer === 'grant' ? (decision.effects[effect] ?? []) : []))
    const own = [...this.#live.values()].filter(({ grant }) => grant.agent === agent && grant.session === session)
    const used = new Set(effects.map((effect) => own.find(({ alone }) => alone.allows(effect))))
    for (const live of used) if (live) live.grant.uses += 1
  }

  #dropEnded(): void {
    const now = Date.now()
    for (const { grant } of this.#live.values()) if (grant.endsAt !== undefined && grant.endsAt <= now) this.revoke(grant.id)
  }

  #compile(agent: AgentId, session: SessionId): void {
    const own = [...this.#live.values()].filter(({ grant }) => grant.agent === agent && grant.session === session)
    if (own.length > 0) this.#bySession.set(keyOf(agent, session), compileGrant(own.flatMap(({ rules }) => rules)))
    else this.#bySession.delete(keyOf(agent, session))
  }
}

function keyOf(agent: AgentId, session: SessionId): string {
  return `${agent}\n${session}`
}
