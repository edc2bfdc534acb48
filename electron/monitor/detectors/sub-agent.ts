import type { Detector, Moment } from '../detector.ts'
import { isInside } from '../../effects/paths.ts'
import { isLocal } from '../flows.ts'
import { explains } from '../request.ts'
import { areaOf, isTemporary } from '../places.ts'
import type { Finding } from '../score.ts'

/** One thing more is seen in the record; several together ask. */
const POINTS = 1.5
const MOST = 4

/**
 * A sub-agent does more than the agent that started it: it reaches a host, touches a secret, changes files outside of the workspace or uses a tool
 * that acts, and neither has its parent done that in this session, nor do the person's words or those that it was started with name it, nor is it usual for
 * this agent.
 */
export const subAgent: Detector = { name: 'sub-agent', find }

function find({ subAgent: name, action, session, profile, knowledge: { isSecret } }: Moment): Finding[] {
  if (name === undefined) return []
  const { used, workspace, request, orders, taint } = session
  const isNamed = (what: string): boolean => [request, ...orders].some(({ text }) => text.includes(what.toLowerCase()))
  const more: { does: string; what: string }[] = []
  const add = (known: string, what: string, does: string): void => {
    if (!used.has(known) && profile?.knows(known) !== true && !isNamed(what) && !more.some((one) => one.does === does)) more.push({ does, what })
  }
  if (action.isTool && action.acts && !orders.some((order) => !order.isUnknown && explains(order, action) === 'asked')) add(`tool:${action.tool}`, action.tool, `it uses ${action.tool}`)
  for (const effect of action.effects) {
    if (effect.kind === 'connect' && !isLocal(effect.host)) add(`host:${effect.host}`, effect.host, `it connects to ${effect.host}`)
    else if (effect.kind === 'read' && isSecret(effect.path) && !taint.holds.includes(effect.path)) add(`secret:${effect.path}`, effect.path, `it reads ${effect.path}`)
    else if ((effect.kind === 'write' || effect.kind === 'delete') && !isInside(effect.path, workspace) && !isTemporary(effect.path) && !effect.path.startsWith('/dev/')) {
      const area = areaOf(effect.path, workspace)
      add(`area:${area}`, area, `it changes files in ${area}`)
    }
  }
  return more.map(({ does }) => ({ key: `sub-agent ${does}`, points: POINTS, why: `The sub-agent ${name} does what neither its parent did nor its order names: ${does}.`, group: 'sub-agent', most: MOST, tags: ['AML.T0053', 'ASI07', 'ASI10'] }))
}
