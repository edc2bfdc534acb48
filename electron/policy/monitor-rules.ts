import type { DetectorName } from '../contract/deviation.ts'
import { compileSegment, matchSegment } from './glob.ts'
import type { Policy } from './resolve.ts'
import type { PolicyDocument } from './schema.ts'

/** The section `monitor` of one policy file. */
export type MonitorRules = NonNullable<PolicyDocument['monitor']>

/** What the policies of a subject say of the monitor together. */
export interface MonitorPolicy {
  /** Scores from which deviations are recorded, calls that act ask, and every call asks. */
  record: number
  ask: number
  pause: number
  /** What happens to a program that a contained agent starts beside the calls that its hook announces. */
  unannounced: 'record' | 'ask'
  off: ReadonlySet<DetectorName>
  /** Whether a session may send there although it has read strangers' texts and holds secrets. */
  mayFlow: (destination: string) => boolean
}

/** Where no policy says anything. */
export const MONITOR_DEFAULTS: MonitorPolicy = { record: 1, ask: 4, pause: 12, unannounced: 'record', off: new Set(), mayFlow: () => false }

/**
 * What several policies say together: the lowest threshold, and only what all of them switch off or let flow - a policy may be
 * stricter than another, never laxer. A policy without the section says nothing; one of a project can lower thresholds and ask, and
 * nothing else. Within one policy, the file that extends has the last word.
 */
export function monitorPolicyOf(policies: readonly Policy[]): MonitorPolicy {
  const upper = said(policies.filter(({ layer }) => layer !== 'project'))
  const project = said(policies.filter(({ layer }) => layer === 'project'))
  const threshold = (name: 'record' | 'ask' | 'pause'): number => {
    const own = upper.flatMap((each) => each[name] ?? [])
    return Math.min(own.length > 0 ? Math.min(...own) : MONITOR_DEFAULTS[name], ...project.flatMap((each) => each[name] ?? []))
  }
  const flows = upper.map((each) => (each.flows ?? []).map((pattern) => compileSegment(pattern.toLowerCase())))
  return {
    record: threshold('record'),
    ask: threshold('ask'),
    pause: threshold('pause'),
    unannounced: [...upper, ...project].some((each) => each.unannounced === 'ask') ? 'ask' : 'record',
    off: new Set((upper[0]?.off ?? []).filter((name) => upper.every(({ off }) => off?.includes(name)))),
    mayFlow: (destination) => flows.length > 0 && flows.every((patterns) => patterns.some((pattern) => matchSegment(pattern, destination))),
  }
}

function said(policies: readonly Policy[]): MonitorRules[] {
  return policies.flatMap(({ monitor = [] }) => (monitor.length > 0 ? [Object.assign({}, ...monitor) as MonitorRules] : []))
}
