import type { Halt } from '../contract/deviation.ts'
import type { AgentId, SessionId } from '../contract/ids.ts'

/** More sessions than these are not remembered as halted, the oldest are forgotten. */
const MOST = 10_000

/** Which session. */
export interface SessionName {
  agent: AgentId
  session: SessionId
}

/**
 * The sessions that stand still: `paused` until the operator resumes or ends them, `ended` for good. Kept apart from what the monitor knows of a
 * session, so that a pause outlasts a session's silence.
 */
export class Halts {
  readonly #halts = new Map<string, Halt>()

  of(name: SessionName): Halt | undefined {
    return this.#halts.get(keyOf(name))
  }

  put(name: SessionName, halt: Halt): void {
    const key = keyOf(name)
    this.#halts.delete(key)
    this.#halts.set(key, halt)
    if (this.#halts.size > MOST) this.#halts.delete(this.#halts.keys().next().value!)
  }

  lift(name: SessionName): void {
    this.#halts.delete(keyOf(name))
  }
}

/** One key for a session of an agent. */
export function keyOf({ agent, session }: SessionName): string {
  return `${agent}\n${session}`
}
