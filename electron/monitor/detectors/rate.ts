import type { Call } from '../../contract/call.ts'
import type { Detector, Moment } from '../detector.ts'
import type { Finding } from '../score.ts'
import { fingerprintOf } from '../session.ts'

/** The same call so many times among the last 32 is a loop. */
const LOOP = 12
const MINUTE = 60_000
/** Hotter than ever is worth a word from so many calls a minute. */
const WARM = 30

/** Loops, and sessions that run three times as hot as ever. To be seen; they rarely do harm by themselves. */
export const rate: Detector = { name: 'rate', find }

function find({ call, at, session: { recent, times }, profile, action: { tool } }: Moment): Finding[] {
  // What programs of a contained agent do is no call of the agent: it repeats by nature.
  if (call.tool === 'operation') return []
  const findings: Finding[] = []
  const add = (key: string, points: number, why: string): void => void findings.push({ key: `rate ${key}`, points, why, group: 'rate', most: 2, tags: ['T1496', 'AML.T0034', 'ASI08'] })
  const fingerprint = fingerprintOfCall(call)
  const again = recent.filter((one) => one === fingerprint).length + 1
  if (again >= LOOP) add('loop', 1.5, `The same call of ${tool} came ${again} times among the last ${recent.length + 1}.`)
  if (at !== undefined && profile?.isSettled === true) {
    // A clock that jumped back leaves times in the future, which count as now.
    const lately = times.filter((time) => at - time < MINUTE).length + 1
    if (lately >= WARM && lately >= 3 * Math.max(1, profile.perMinute)) add('hot', 1.5, `${lately} calls in a minute; in ${profile.sessions} sessions it was never more than ${profile.perMinute}.`)
  }
  return findings
}

/** Enough of a call to know it again. */
export function fingerprintOfCall(call: Call): string {
  if (call.tool === 'shell') return fingerprintOf(call.command)
  const { cwd: _cwd, ...what } = call
  return fingerprintOf(JSON.stringify(what))
}
