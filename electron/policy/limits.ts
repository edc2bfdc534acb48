import type { Layer } from '../contract/decision.ts'
import type { Effect, EffectKind } from '../contract/effect.ts'

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

/** At most `count` such calls of one session within any `windowMs`. */
export interface Limit {
  name: LimitName
  count: number
  windowMs: number
  /** As written: `120/min`. */
  text: string
  layer: Layer
  source: string
}

/** Whether a call with these effects counts towards a limit. */
export function counts(name: LimitName, effects: readonly Effect[]): boolean {
  const kind = LIMITED[name]
  return kind === undefined || effects.some((effect) => effect.kind === kind)
}
