import type { DetectorName } from '../contract/deviation.ts'
import { compileSegment, matchSegment } from './glob.ts'
import type { Policy } from './resolve.ts'
import type { PolicyDocument } from './schema.ts'

/** The section `monitor` of one policy file. */
export type MonitorRules = NonNullable<PolicyDocument['monitor']>

/** What the policies of a subject say of the monitor together; a threshold is absent where none of them says one. */
export interface MonitorPolicy {
  record?: number
  ask?: number
  pause?: number
  off: ReadonlySet<DetectorName>
  /** Whether tainted sessions may send there. */
  mayFlow: (destination: string) => boolean
}

/**
 * What several policies say together: the lowest threshold, and only what all of them switch off or let flow - a policy may be
 * stricter than another, never laxer. A policy without the section says nothing. Within one policy, the file that extends has the last word.
 */
export function monitorPolicyOf(policies: readonly Policy[]): MonitorPolicy {
  const said = policies.flatMap(({ monitor = [] }) => (monitor.length > 0 ? [Object.assign({}, ...monitor) as MonitorRules] : []))
  const lowest = (name: 'record' | 'ask' | 'pause'): number | undefined => {
    const all = said.flatMap((each) => each[name] ?? [])
    return all.length > 0 ? Math.min(...all) : undefined
  }
  const flows = said.map((each) => (each.flows ?? []).map((pattern) => compileSegment(pattern.toLowerCase())))
  const [record, ask, pause] = [lowest('record'), lowest('ask'), lowest('pause')]
  return {
    ...(record !== undefined && { record }),
    ...(ask !== undefined && { ask }),
    ...(pause !== undefined && { pause }),
    off: new Set((said[0]?.off ?? []).filter((name) => said.every(({ off }) => off?.includes(name)))),
    mayFlow: (destination) => flows.length > 0 && flows.every((patterns) => patterns.some((pattern) => matchSegment(pattern, destination))),
  }
}
