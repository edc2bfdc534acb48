import type { Deviation, Weighing } from '../contract/deviation.ts'
import type { AbsolutePath } from '../contract/ids.ts'
import { effectsOf } from '../effects/effects-of.ts'
import type { Knowledge } from '../effects/knowledge.ts'
import type { MonitorKnowledge } from './knowledge.ts'
import { MONITOR_DEFAULTS, type MonitorPolicy } from '../policy/monitor-rules.ts'
import { ran, weigh } from './monitor.ts'
import type { Lesson, ProfileView } from './profile.ts'
import { recordedWorld } from './recorded-world.ts'
import { Session } from './session.ts'
import { callOf, workspaceOf, type Trace } from './trace.ts'

/** What `paddock replay` says of one session. */
export interface Replayed {
  session: string
  /** The score reached what asks the operator. */
  flagged: boolean
  deviations: Deviation[]
}

/** The same with the call before which the operator would first have been asked. */
export interface ReplayedWithTime extends Replayed {
  flaggedAt: number | undefined
}

export interface Replay {
  effects: Knowledge
  monitor: MonitorKnowledge
  settings?: MonitorPolicy
}

/** A recorded session through the monitor, call by call, as it would have been weighed live. */
export function replay(trace: Trace, profile: ProfileView | undefined, knowledge: Replay): ReplayedWithTime {
  const deviations: Deviation[] = []
  let flaggedAt: number | undefined
  const { ask } = knowledge.settings ?? MONITOR_DEFAULTS
  run(trace, profile, knowledge, ({ score, deviations: found }, index) => {
    deviations.push(...found)
    if (score >= ask) flaggedAt ??= index
  })
  return { session: trace.session, flagged: flaggedAt !== undefined, deviations, flaggedAt }
}

/** What a recorded session teaches a profile; nothing, if it raises an alarm by itself. */
export function lessonOf(trace: Trace, knowledge: Replay): Lesson | undefined {
  const { ask } = knowledge.settings ?? MONITOR_DEFAULTS
  let flagged = false
  const session = run(trace, undefined, knowledge, ({ score }) => {
    if (score >= ask) flagged = true
  })
  if (flagged) return undefined
  const times = trace.calls.flatMap(({ at }) => at ?? [])
  return {
    names: [...session.used, ...session.usedBySubAgents],
    calls: session.calls,
    perMinute: mostInAMinute(times),
    hours: [...new Set(times.map((at) => new Date(at).getHours()))],
  }
}

function run(trace: Trace, profile: ProfileView | undefined, { effects: knowledge, monitor, settings }: Replay, each: (weighing: Weighing, index: number) => void): Session {
  const workspace = workspaceOf(trace) as AbsolutePath
  const around = { cwd: workspace, workspace, world: recordedWorld(workspace), knowledge }
  const session = new Session(workspace, trace.task, monitor)
  for (const [index, recorded] of trace.calls.entries()) {
    const call = callOf(recorded)
    const effects = effectsOf(call, around)
    const observed = { call, effects, at: recorded.at, subAgent: recorded.subAgent }
    each(weigh(session, observed, profile, monitor, settings), index)
    ran(session, observed, index, monitor)
    if (recorded.result !== undefined && !isOwnText(call.tool)) session.gaveBack(recorded.result, index, recorded.tool)
  }
  return session
}

/** What was written is the agent's own; everything else that comes back may be a stranger's. */
function isOwnText(tool: string): boolean {
  return tool === 'write' || tool === 'delete'
}

function mostInAMinute(times: readonly number[]): number {
  const sorted = times.toSorted((a, b) => a - b)
  let most = 0
  let from = 0
  for (const [to, time] of sorted.entries()) {
    while (time - sorted[from]! >= 60_000) from += 1
    most = Math.max(most, to - from + 1)
  }
  return most
}
