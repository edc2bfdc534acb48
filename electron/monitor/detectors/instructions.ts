import { ALONE, type Detector, type Moment } from '../detector.ts'
import { explains, unnamedDestinations } from '../request.ts'
import type { Finding } from '../score.ts'

/** Texts about agents have one sign by chance; two kinds together are rare. */
const KINDS = 2

/**
 * Something that was read speaks to the agent itself: it sets earlier instructions aside, claims to be the person, says which tool
 * to use. That is recorded; it counts fully when a call acts next, and the task does not explain that call altogether.
 */
export const instructions: Detector = { name: 'instructions', find }

function find({ index, action, session, profile }: Moment): Finding[] {
  if (session.readings.length === 0) return []
  const signs = session.signs
  if (signs.size < KINDS) return []
  const [reading] = signs.values()
  const source = `A text that ${reading!.tool} gave back (call ${reading!.call + 1}) speaks to the agent: it ${[...signs.keys()].slice(0, 3).join(', ')}.`
  const base = { calls: [reading!.call], group: 'instructions', tags: ['ASI01', 'AML.T0051.001'] }
  const findings: Finding[] = [{ ...base, key: `instructions ${reading!.call}`, points: 1.5, why: source, most: ALONE }]
  const { request } = session
  const strays = action.isTool && action.acts && !request.isUnknown && (explains(request, action) !== 'asked' || unnamedDestinations(request, action).some((to) => profile?.knows(`to:${action.tool}|${to}`) !== true))
  if (strays) findings.push({ ...base, key: `instructions followed ${action.tool}`, points: ALONE, why: `${source} Then came ${action.tool}, which the task does not explain.`, most: ALONE })
  return index === reading!.call + 1 || strays ? findings : []
}
