import type { Call } from '../contract/call.ts'
import type { Effect } from '../contract/effect.ts'
import { isInside } from '../effects/paths.ts'
import type { Behaviour, Behaviours } from './behaviours.ts'
import { flowsIn } from './flows.ts'

/** The kinds of steps of an attack that a call is. */
export function stepsOf(call: Call, effects: readonly Effect[], workspace: string, behaviours: Behaviours): Set<Behaviour> {
  const steps = new Set<Behaviour>()
  for (const effect of effects)
    behaviours.ofEffect(effect, (behaviour) => {
      if (!behaviour.outside || isOutside(effect, effects, workspace)) steps.add(behaviour)
    })
  if (call.tool === 'shell') {
    if (call.shell === 'cmd' || call.shell === 'powershell') behaviours.ofText(call.command, (behaviour) => steps.add(behaviour))
    behaviours.ofCommand(call.command, (behaviour) => steps.add(behaviour))
  }
  for (const flow of flowsIn(effects, workspace)) {
    const behaviour = behaviours.ofFlow(flow)
    if (behaviour) steps.add(behaviour)
  }
  return steps
}

/** Whether an effect is about a path outside of the workspace; a program, whether anything that the call reads or writes is. */
function isOutside(effect: Effect, effects: readonly Effect[], workspace: string): boolean {
  if (effect.kind === 'exec') return effects.some((other) => other.kind !== 'exec' && isOutside(other, effects, workspace))
  return 'path' in effect && effect.path !== undefined && effect.kind !== 'connect' && !isInside(effect.path, workspace)
}
