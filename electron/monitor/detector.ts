import type { DetectorName } from '../contract/deviation.ts'
import type { Call } from '../contract/call.ts'
import type { Action } from './action.ts'
import type { Behaviour } from './behaviours.ts'
import type { MonitorKnowledge } from './knowledge.ts'
import type { ProfileView } from './profile.ts'
import type { Finding } from './score.ts'
import type { Session } from './session.ts'

/** One call as a detector sees it. Detectors are pure: they neither change the session nor look at a clock. */
export interface Moment {
  /** Position in the session, from 0. */
  index: number
  call: Call
  action: Action
  session: Session
  /** The kinds of steps of an attack that the call is. */
  steps: ReadonlySet<Behaviour>
  /** What this agent normally does in this project; absent when nothing was learned. */
  profile: ProfileView | undefined
  knowledge: MonitorKnowledge
  /** Whether the policy names this destination as one that tainted sessions may send to. */
  mayFlow: (destination: string) => boolean
  /** When the call comes, in milliseconds since the epoch; absent in recordings without clock. */
  at: number | undefined
  /** Names the sub-agent that makes the call; absent for the agent itself. */
  subAgent: string | undefined
}

/** Looks for one way to depart from the normal. */
export interface Detector {
  readonly name: DetectorName
  find(moment: Moment): Finding[]
}

/** What one detector alone can add: enough to ask, not enough to pause. */
export const ALONE = 4
