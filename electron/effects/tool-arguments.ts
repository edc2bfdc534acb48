import type { ArgumentValue } from '../contract/effect.ts'
import type { AbsolutePath } from '../contract/ids.ts'
import { canonicalHost } from './host.ts'
import { absolutePath } from './paths.ts'
import { destinationOf } from './url.ts'
import type { World } from './world.ts'

/** More values, deeper ones or longer texts than these are left out: a rule with a condition on them allows nothing. */
const MOST_VALUES = 200
const DEEPEST = 8
const LONGEST = 4096

/**
 * The values in the arguments of a tool by JSON pointer, each with the path and the host that it would be. What a server
 * says of its own arguments is not asked: a text counts as a path or host because a rule takes it for one.
 */
export function argumentValues(args: Record<string, unknown>, cwd: AbsolutePath, world: World): Record<string, ArgumentValue> {
  const values: Record<string, ArgumentValue> = Object.create(null) as Record<string, ArgumentValue>
  let count = 0
  const visit = (value: unknown, pointer: string, depth: number): void => {
    if (count >= MOST_VALUES || depth > DEEPEST) return
    if (typeof value === 'object' && value !== null) {
      for (const [name, item] of Object.entries(value)) visit(item, `${pointer}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`, depth + 1)
    } else if (typeof value === 'number' || typeof value === 'boolean') {
      count += 1
      values[pointer] = { value }
    } else if (typeof value === 'string' && value.length <= LONGEST) {
      count += 1
      values[pointer] = { value, ...placesOf(value, cwd, world) }
    }
  }
  visit(args, '', 0)
  return values
}

function placesOf(text: string, cwd: AbsolutePath, world: World): { path?: string; host?: string } {
  if (text === '' || text.includes('\0')) return {}
  if (text.includes('://')) return destinationOf(text.trim()) ?? {}
  const host = canonicalHost(text)
  return { path: absolutePath(text, cwd, world), ...(host !== undefined && { host }) }
}
