import type { Call } from '../contract/call.ts'
import type { Effect } from '../contract/effect.ts'
import type { AbsolutePath } from '../contract/ids.ts'
import { EffectList } from './effect-list.ts'
import { addGuarded } from './below.ts'
import type { Guarded } from './guarded.ts'
import type { Knowledge } from './knowledge.ts'
import { absolutePath } from './paths.ts'
import { readShell } from './shell/shell.ts'
import { remembering } from './remembering.ts'
import { argumentValues } from './tool-arguments.ts'
import { destinationOf, httpPath } from './url.ts'
import type { World } from './world.ts'

/** What the effects of a call depend on besides the call. */
export interface Surroundings {
  /** Where the call runs unless it says otherwise. */
  cwd: AbsolutePath
  workspace: AbsolutePath
  world: World
  knowledge: Knowledge
  /** What the policies that will decide forbid wherever it is. */
  guarded?: Guarded
}

/**
 * What a call would do to the world: every effect once, in the order in which they are found. What can't be determined
 * is an `unknown` effect with the reason, beside whatever was recognised. Never throws.
 *
 * An empty list means that the call does nothing that Paddock knows a kind of effect for, such as `x=1` or a comment.
 */
export function effectsOf(call: Call, around: Surroundings): Effect[] {
  const effects = new EffectList()
  const { world } = around
  const cwd = call.cwd === undefined ? around.cwd : pathIn(call.cwd, around.cwd)
  if (cwd === undefined) effects.unknown('the working directory holds a NUL character')
  else collect(cwd)
  return effects.all

  function collect(from: AbsolutePath): void {
    switch (call.tool) {
      case 'shell':
        return readShell(call.command, call.shell, { ...around, cwd: from, world: remembering(world) }, effects)
      case 'read':
      case 'write':
      case 'delete': {
        const path = pathIn(call.path, from)
        if (path === undefined) return effects.unknown('the path is empty or holds a NUL character', call.path)
        // Deleting a directory deletes what is in it.
        const recursive = call.tool === 'delete' || (call.tool === 'read' && call.recursive === true)
        effects.add(recursive ? { kind: call.tool, path, recursive: true } : { kind: call.tool, path })
        return recursive ? addGuarded(call.tool, path, { world, effects, guarded: around.guarded ?? {} }) : undefined
      }
      case 'fetch':
        return fetchEffects(call.url, call.method ?? 'GET', from)
      case 'mcp':
        return effects.add({
          kind: 'tool',
          server: call.server,
          name: call.name,
          ...(call.definition !== undefined && { definition: call.definition }),
          arguments: argumentValues(call.arguments, from, world),
        })
      case 'agent':
        return effects.add({ kind: 'tool', name: call.name })
      case 'operation':
        return call.effects.forEach((effect) => effects.add(effect))
    }
  }

  function fetchEffects(url: string, method: string, from: AbsolutePath): void {
    const destination = destinationOf(url.trim())
    if (destination === undefined) return effects.unknown('the address can\'t be read', url)
    if ('host' in destination)
      return effects.add({ kind: 'connect', ...destination, method: method.toUpperCase(), ...httpPath(url.trim()) })
    const path = pathIn(destination.path, from)
    return path === undefined ? effects.unknown('the path holds a NUL character', url) : effects.add({ kind: 'read', path })
  }

  function pathIn(text: string, from: AbsolutePath): AbsolutePath | undefined {
    return text === '' || text.includes('\0') ? undefined : absolutePath(text, from, world)
  }
}
