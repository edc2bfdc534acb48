import type { Layer } from '../contract/decision.ts'
import type { Effect, EffectKind } from '../contract/effect.ts'
import { compileSegment, matchSegment } from './glob.ts'

/** What can be limited, and the effect that a call must have to count; `calls` counts every call. */
export const LIMITED = {
  calls: undefined,
  commands: 'exec',
  reads: 'read',
  writes: 'write',
  deletes: 'delete',
  connections: 'connect',
  tools: 'tool',
} as const satisfies Record<string, EffectKind | undefined>
export type LimitName = keyof typeof LIMITED

/** At most `count` such calls of one session, or of one agent, within any `windowMs`. */
export interface Limit {
  name: LimitName
  count: number
  windowMs: number
  per: 'session' | 'agent'
  /** Only tools that match: `server/tool`, both globs. */
  tool?: string
  /** As written: `120/min`. */
  text: string
  layer: Layer
  source: string
}

/** When calls run without asking, in local time; Monday is day 0, minutes count from midnight. */
export interface OpenHours {
  days: readonly boolean[]
  fromMinute: number
  toMinute: number
  text: string
  layer: Layer
  source: string
}

/** Whether a call with these effects counts towards a limit. */
export function counts({ name, tool }: Pick<Limit, 'name' | 'tool'>, effects: readonly Effect[]): boolean {
  const kind = LIMITED[name]
  if (kind === undefined) return true
  if (tool === undefined) return effects.some((effect) => effect.kind === kind)
  const glob = compileSegment(tool)
  return effects.some((effect) => effect.kind === 'tool' && matchSegment(glob, effect.server === undefined ? effect.name : `${effect.server}/${effect.name}`))
}

/** Whether a moment is within the hours. Hours that end before they begin go on past midnight. */
export function isOpen({ days, fromMinute, toMinute }: OpenHours, at: Date): boolean {
  const day = (at.getDay() + 6) % 7
  const minute = at.getHours() * 60 + at.getMinutes()
  if (fromMinute < toMinute) return days[day] === true && minute >= fromMinute && minute < toMinute
  return (days[day] === true && minute >= fromMinute) || (days[(day + 6) % 7] === true && minute < toMinute)
}
