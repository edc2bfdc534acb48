import type { Detector, Moment } from '../detector.ts'
import { isInside } from '../../effects/paths.ts'
import { isLocal } from '../flows.ts'
import { areaOf, isTemporary } from '../places.ts'
import type { Finding } from '../score.ts'

/**
 * The first time that this agent, in this project, uses a tool that acts, connects to a host, runs a program
 * that does so, or changes files in a place outside of the project. Silent
 * while it is learning: ten tasks say little about the eleventh. Little by itself, more where data goes along.
 */
export const novelty: Detector = { name: 'novelty', find }

/** All that is new together. */
const MOST = 0.75

function find({ action: { effects, isTool, acts, tool }, profile, session: { request, workspace } }: Moment): Finding[] {
  if (profile?.isSettled !== true) return []
  const findings: Finding[] = []
  const add = (name: string, points: number, never: string): void =>
    void findings.push({ key: `novelty ${name}`, points, why: `This agent never ${never} in ${profile.sessions} sessions.`, group: 'novelty', most: MOST, tags: ['AML.T0053', 'ASI02', 'ASI10'] })
  if (isTool && acts && !profile.knows(`tool:${tool}`)) add(tool, 0.5, `used ${tool}`)
  const reached = effects.filter((effect) => effect.kind === 'connect' && !isLocal(effect.host))
  for (const effect of reached) {
    if (effect.kind !== 'connect' || request.text.includes(effect.host) || profile.knows(`host:${effect.host}`)) continue
    const carries = effect.from !== undefined || (effect.method !== undefined && effect.method !== 'GET')
    add(effect.host, carries ? 0.75 : 0.5, `connected to ${effect.host}`)
  }
  if (reached.length > 0) for (const effect of effects) if (effect.kind === 'exec' && !profile.knows(`program:${effect.program}`)) add(effect.program, 0.5, `ran ${effect.program}`)
  for (const effect of effects) {
    if ((effect.kind !== 'write' && effect.kind !== 'delete') || isInside(effect.path, workspace) || isTemporary(effect.path) || effect.path.startsWith('/dev/')) continue
    const area = areaOf(effect.path, workspace)
    if (!profile.knows(`area:${area}`)) add(area, 0.5, `changed files in ${area}`)
  }
  return findings
}
