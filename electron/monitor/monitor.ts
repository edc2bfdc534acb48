import type { Call } from '../contract/call.ts'
import type { Deviation, Response, Weighing } from '../contract/deviation.ts'
import type { Effect } from '../contract/effect.ts'
import { MONITOR_DEFAULTS, type MonitorPolicy } from '../policy/monitor-rules.ts'
import { actionOf, destinationsOf, type Action } from './action.ts'
import type { Detector, Moment } from './detector.ts'
import { credentialsOut } from './detectors/credentials-out.ts'
import { instructions } from './detectors/instructions.ts'
import { novelty } from './detectors/novelty.ts'
import { outsideTask } from './detectors/outside-task.ts'
import { provenance } from './detectors/provenance.ts'
import { fingerprintOfCall, rate } from './detectors/rate.ts'
import { restricted } from './detectors/restricted.ts'
import { sequence, stepName, tampering } from './detectors/sequence.ts'
import { subAgent } from './detectors/sub-agent.ts'
import { taint } from './detectors/taint.ts'
import { unusualTime } from './detectors/unusual-time.ts'
import { isLocal } from './flows.ts'
import type { MonitorKnowledge } from './knowledge.ts'
import { areaOf } from './places.ts'
import type { ProfileView } from './profile.ts'
import type { Session } from './session.ts'
import { stepsOf } from './steps.ts'

const DETECTORS: readonly Detector[] = [restricted, sequence, credentialsOut, outsideTask, provenance, instructions, novelty, rate, unusualTime, tampering, subAgent, taint]

/** A call that is about to run. */
export interface Observation {
  call: Call
  /** What the effects engine says of it. */
  effects: readonly Effect[]
  at?: number | undefined
  subAgent?: string | undefined
}

/**
 * Weighs one call of a session before it runs. Deterministic: the same calls give the same score. What the call does is noted by
 * `ran`, once it may run.
 */
export function weigh(session: Session, observed: Observation, profile: ProfileView | undefined, knowledge: MonitorKnowledge, settings: MonitorPolicy = MONITOR_DEFAULTS): Weighing {
  const index = session.calls
  const { call, effects, at, subAgent: by } = observed
  const action = actionOf(call, effects, knowledge.vocabulary)
  const steps = stepsOf(call, effects, session.workspace, knowledge.behaviours)
  const moment: Moment = { index, call, action, steps, session, profile, knowledge, mayFlow: settings.mayFlow, at, subAgent: by }
  const deviations = DETECTORS.flatMap((detector) => (settings.off.has(detector.name) ? [] : noticed(detector, moment)))
  session.calls += 1
  session.remember(fingerprintOfCall(call), at)
  const score = session.score.at(index)
  const { read, holds } = session.taint
  return {
    call: index,
    score: round(score),
    response: responseTo(score, session.score.unacknowledged(index), deviations, action, settings),
    deviations,
    ...(read.length + holds.length > 0 && { taint: { read: [...read], holds: [...holds] } }),
  }
}

function noticed(detector: Detector, moment: Moment): Deviation[] {
  const { session, index } = moment
  return detector.find(moment).flatMap((finding) => {
    if (!session.score.add(finding, index)) return []
    return { kind: detector.name, call: index, score: finding.points, why: finding.why, calls: [...(finding.calls ?? []), index], tags: [...finding.tags] }
  })
}

function responseTo(score: number, unacknowledged: number, deviations: readonly Deviation[], { acts, effects }: Action, { record, ask, pause }: MonitorPolicy): Response {
  if (unacknowledged >= pause) return 'pause'
  // A call that only reads goes on, unless it is itself what raised the score; what was refused was other calls.
  const isRisky = acts || deviations.some(({ kind }) => kind !== 'restricted') || effects.some(({ kind }) => kind === 'unknown')
  if (score >= ask && isRisky) return 'ask'
  return score >= record && deviations.length > 0 ? 'record' : 'none'
}

const round = (score: number): number => Math.round(score * 100) / 100

/** Takes note of a call that may run: what the agent uses, what the session has read and holds from now on. */
export function ran(session: Session, { call, effects, subAgent: by }: Observation, index: number, knowledge: MonitorKnowledge): void {
  // A tool of the agent itself that is given a prompt starts a sub-agent.
  if (call.tool === 'agent' && by === undefined && knowledge.vocabulary.internal.has(call.name.toLowerCase()) && typeof call.arguments['prompt'] === 'string') session.delegate(call.arguments['prompt'])
  const action = actionOf(call, effects, knowledge.vocabulary)
  for (const name of namesOf(action, session.workspace)) session.use(name, by !== undefined)
  for (const step of stepsOf(call, effects, session.workspace, knowledge.behaviours)) session.use(`step:${stepName(step)}`, by !== undefined)
  for (const effect of effects) {
    if (effect.kind === 'read' && knowledge.isSecret(effect.path)) session.touchedSecret(effect.path, index)
    if (effect.kind === 'write' && effect.from !== undefined) session.made(effect.path, effect.from, knowledge.isSecret)
    if (effect.kind === 'connect' && !isLocal(effect.host)) session.readUntrusted(effect.host)
  }
  if (call.tool === 'mcp' && !action.acts) session.readUntrusted(action.tool)
}

/** What a profile remembers of a call. */
function namesOf(action: Action, workspace: string): string[] {
  const names = action.isTool ? [`tool:${action.tool}`] : []
  if (action.isTool && action.acts) for (const to of destinationsOf(action)) names.push(`to:${action.tool}|${to}`)
  for (const effect of action.effects) {
    if (effect.kind === 'exec') names.push(`program:${effect.program}`)
    else if (effect.kind === 'connect') names.push(`host:${effect.host}`)
    else if (effect.kind === 'write' || effect.kind === 'read' || effect.kind === 'delete') names.push(`area:${areaOf(effect.path, workspace)}`)
  }
  return names
}
