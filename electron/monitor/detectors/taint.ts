import { ALONE, type Detector, type Moment } from '../detector.ts'
import { destinationsOf } from '../action.ts'
import { isLocal } from '../flows.ts'
import type { Finding } from '../score.ts'

/**
 * A session that has read what strangers wrote and holds secrets must not talk to the outside by itself, whatever the rules allow:
 * both together and a way out are what an injected text needs.
 */
export const taint: Detector = { name: 'taint', find }

function find({ action, session: { taint: { read, holds } }, mayFlow }: Moment): Finding[] {
  if (read.length === 0 || holds.length === 0) return []
  const hosts = action.effects.flatMap((effect) => (effect.kind === 'connect' && !isLocal(effect.host) ? [effect.host] : []))
  const to = (action.isTool && action.acts ? destinationsOf(action) : hosts).filter((one) => !mayFlow(one))
  if (to.length === 0) return []
  return [
    {
      key: `taint ${to[0]}`,
      points: ALONE,
      why: `This session has read ${read.at(-1)} and holds ${holds.at(-1)}: sending to "${to[0]!.slice(0, 80)}" could carry it away.`,
      group: 'taint',
      most: ALONE,
      tags: ['AML.T0086', 'ASI01', 'ASI03'],
    },
  ]
}
