import type { Decision, Reason, Verdict } from '../contract/decision.ts'
import type { EventBody } from '../contract/event.ts'
import { stricter } from '../contract/stricter.ts'
import { whyOf } from './tests.ts'

/** A call that gets another verdict than it had. Calls that read the same and change the same way are one. */
export interface ChangedCall {
  agent: string
  workspace: string
  /** The call as one line. */
  call: string
  before: Verdict
  after: Verdict
  /** Why `after`: rule and source. */
  why: string
  times: number
}

/** Recorded calls under another policy. */
export interface Simulation {
  calls: number
  unchanged: number
  /** How many calls went which way: `ask -> allow`. */
  counts: Record<string, number>
  /** Newly allowed ones first, then others that got looser, then what got stricter. */
  changes: ChangedCall[]
}

/** A call that is judged twice. */
export interface JudgedTwice {
  agent: string
  workspace: string
  call: string
  before: Verdict
  after: Decision
}

export function simulate(calls: Iterable<JudgedTwice>): Simulation {
  const counts: Record<string, number> = {}
  const changes = new Map<string, ChangedCall>()
  let [total, unchanged] = [0, 0]
  for (const { agent, workspace, call, before, after } of calls) {
    total += 1
    if (before === after.verdict) {
      unchanged += 1
      continue
    }
    const way = `${before} -> ${after.verdict}`
    counts[way] = (counts[way] ?? 0) + 1
    const key = JSON.stringify([agent, workspace, call, way])
    const known = changes.get(key)
    if (known) known.times += 1
    else changes.set(key, { agent, workspace, call, before, after: after.verdict, why: whyOf(after).join(' '), times: 1 })
  }
  return { calls: total, unchanged, counts, changes: [...changes.values()].toSorted((a, b) => weight(a) - weight(b)) }
}

/** Whether a change lets through what was held before. */
export function isNewlyAllowed({ after }: Pick<ChangedCall, 'after'>): boolean {
  return after === 'allow'
}

function weight(change: ChangedCall): number {
  if (isNewlyAllowed(change)) return 0
  return stricter(change.before, change.after) === change.before ? 1 : 2
}

type DecisionEvent = Extract<EventBody, { kind: 'decision' }>

/**
 * What policy alone said of a recorded call: `ask` where a person, a grant or the clock had the last word. Undefined when
 * Paddock failed before policy was asked.
 */
export function verdictOfPolicy({ by, verdict, reasons }: Pick<DecisionEvent, 'by' | 'verdict' | 'reasons'>): Verdict | undefined {
  if (by === 'failure') return undefined
  if (reasons.length === 0) return verdict
  return reasons.map(said).reduce(stricter)
}

const said = ({ layer, verdict }: Reason): Verdict => (layer === 'grant' ? 'ask' : verdict)
