import type { Detector, Moment } from '../detector.ts'

/** Work at an hour at which this agent was never seen in this project. Hours are those of this machine. */
export const unusualTime: Detector = { name: 'unusual-time', find }

function find({ at, profile }: Moment) {
  if (at === undefined || profile?.isSettled !== true) return []
  const hour = new Date(at).getHours()
  if (profile.sessionsAt(hour) > 0) return []
  return [{ key: `unusual-time ${hour}`, points: 1, why: `It is at work at ${hour}:00; in ${profile.sessions} sessions it never was around that hour.`, group: 'unusual-time', most: 1, tags: ['AML.T0053', 'ASI10'] }]
}
