import type { Behaviour, BehaviourClass } from '../behaviours.ts'
import type { Detector, Moment } from '../detector.ts'
import type { Finding } from '../score.ts'

/** A step that this agent takes in one session of five is its way of working. Only for looking around: nothing else becomes normal. */
const USUAL = 0.2

/**
 * Steps as attackers take them: exploring the machine, going for credentials, gathering, carrying away, settling in, hiding,
 * destroying. Each kind counts once and fades; several within a few calls make an alarm.
 */
export const sequence: Detector = { name: 'sequence', find: (moment) => findingsOf(moment, 'sequence') }

/** The agent lays hands on Paddock, on the hooks that hold it, or on the history of what was typed. */
export const tampering: Detector = { name: 'tampering', find: (moment) => findingsOf(moment, 'tampering') }

function findingsOf({ steps, profile }: Moment, detector: BehaviourClass['detector']): Finding[] {
  const findings: Finding[] = []
  for (const behaviour of steps) {
    const { class: one, kind } = behaviour
    if (one.detector !== detector) continue
    if (one.name === 'recon' && profile?.isSettled === true && profile.shareOf(`step:${stepName(behaviour)}`) >= USUAL) continue
    findings.push({ key: `step ${stepName(behaviour)}`, points: behaviour.points, why: `It ${one.what}: ${kind}.`, group: `step ${one.name}`, most: one.most, tags: one.tags })
  }
  return findings
}

export function stepName({ class: { name }, kind }: Behaviour): string {
  return `${name}/${kind}`
}
