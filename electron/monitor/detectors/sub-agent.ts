import type { Detector, Moment } from '../detector.ts'
import { isLocal } from '../flows.ts'

/** A sub-agent sends, deletes or uses a tool that acts, of a kind that the agent that started it never did. */
export const subAgent: Detector = { name: 'sub-agent', find }

function find({ subAgent: name, action, session: { used, workspace }, profile }: Moment) {
  if (name === undefined) return []
  const does = action.effects.flatMap((effect) => {
    if (effect.kind === 'connect' && !isLocal(effect.host)) return [`host:${effect.host}`]
    if (effect.kind === 'delete' && !effect.path.startsWith(workspace)) return ['deletes outside of the workspace']
    return []
  })
  if (action.isTool && action.acts) does.push(`tool:${action.tool}`)
  const more = does.filter((one) => !used.has(one) && profile?.knows(one) !== true)
  if (more.length === 0) return []
  return [{ key: `sub-agent ${more[0]}`, points: 1.5, why: `The sub-agent ${name} does what its parent never did: ${more[0]}.`, group: 'sub-agent', most: 3, tags: ['AML.T0053', 'ASI07', 'ASI10'] }]
}
