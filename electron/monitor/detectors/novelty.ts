import type { Detector, Moment } from '../detector.ts'
import { isLocal } from '../flows.ts'
import type { Finding } from '../score.ts'

/**
 * The first time that this agent, in this project, sends data to a host or uses a program that reaches the network or is unknown.
 * Silent while it is learning: ten tasks say little about the eleventh.
 */
export const novelty: Detector = { name: 'novelty', find }

function find({ action: { effects, isTool, acts, tool }, profile, session: { request } }: Moment): Finding[] {
  if (profile?.isSettled !== true) return []
  const findings: Finding[] = []
  const add = (key: string, points: number, why: string): void =>
    void findings.push({ key: `novelty ${key}`, points, why: `${why} in ${profile.sessions} sessions.`, group: 'novelty', most: 2, tags: ['ASI02', 'ASI10'] })
  if (isTool && acts && !profile.knows(`tool:${tool}`)) add(tool, 0.5, `This agent never used ${tool}`)
  for (const effect of effects) {
    if (effect.kind !== 'connect' || isLocal(effect.host) || request.text.includes(effect.host) || profile.knows(`host:${effect.host}`)) continue
    add(effect.host, effect.from !== undefined || (effect.method !== undefined && effect.method !== 'GET') ? 1.5 : 0.5, `This agent never connected to ${effect.host}`)
  }
  const reaches = effects.some(({ kind }) => kind === 'connect' || kind === 'listen' || kind === 'unknown')
  if (reaches) for (const effect of effects) if (effect.kind === 'exec' && !profile.knows(`program:${effect.program}`)) add(effect.program, 0.5, `This agent never ran ${effect.program}`)
  return findings
}
