import type { DecodedCall } from '../connectors/connector.ts'
import type { AbsolutePath, AgentId, SessionId } from '../contract/ids.ts'
import type { Weighing } from '../contract/deviation.ts'
import type { Caller } from '../contract/request.ts'
import type { Subject } from '../policy/decide.ts'
import { canonicalPath } from './real-world.ts'

/** A call that an agent wants to make, and who makes it. */
export interface IncomingCall {
  caller: Caller
  decoded: DecodedCall
  /** Whose policy decides. */
  subject: Subject
  /** The canonical working directory. */
  cwd: AbsolutePath
  /** What the monitor says of it, once it was weighed. */
  weighing?: Weighing
  /** Why it asks although the rules allow it: it happens beside what was announced. */
  unannounced?: string
}

/** Sessions beyond this many are forgotten, oldest first. */
const MOST_SESSIONS = 10_000

/**
 * The workspace of each session: the one its first call came from. A later call may come from elsewhere, because the
 * agent changed its directory, and must not widen its own fence by that.
 */
export class Sessions {
  readonly #workspaces = new Map<string, AbsolutePath>()

  workspaceOf(agent: AgentId, session: SessionId, claimed: string): AbsolutePath {
    const key = `${agent}\n${session}`
    const known = this.#workspaces.get(key)
    if (known !== undefined) return known
    const workspace = canonicalPath(claimed)
    this.#workspaces.set(key, workspace)
    if (this.#workspaces.size > MOST_SESSIONS) this.#workspaces.delete(this.#workspaces.keys().next().value!)
    return workspace
  }
}
