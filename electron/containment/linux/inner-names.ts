import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { Effect } from '../../contract/effect.ts'
import type { InnerRule } from '../fence.ts'
import type { Place } from './resolve.ts'

/** A folder with more in it is not looked through while a call waits. */
const MOST = 20_000

/**
 * What rules say about names somewhere below a folder (`.git/modules/**` + `/config`) holds for what a folder brings along when it is moved:
 * each such name, read where it was and written where it goes.
 */
export function innerEffects(source: Place, target: Place, rules: readonly InnerRule[]): Effect[] {
  const concerned = rules.filter(({ folder }) => isIn(folder, source.real) || isIn(folder, target.real))
  if (concerned.length === 0) return []
  const found: Effect[] = []
  let count = 0
  const look = (inner: string): void => {
    for (const entry of readdirSync(join(`/proc/self/fd/${source.parent}`, source.name, inner), { withFileTypes: true })) {
      if (++count > MOST) return
      const path = join(inner, entry.name)
      const recursive = entry.isFile() ? {} : { recursive: true as const }
      if (concerned.some(({ isName }) => isName(entry.name)))
        found.push({ kind: 'read', path: join(source.real, path), ...recursive }, { kind: 'delete', path: join(source.real, path), ...recursive }, { kind: 'write', path: join(target.real, path), ...recursive })
      if (entry.isDirectory()) look(path)
    }
  }
  try {
    look('')
  } catch {
    count = MOST + 1
  }
  return count > MOST ? [{ kind: 'unknown', reason: 'the folder holds more than can be looked through', text: source.real }] : found
}

/** What a link may lead to by such names, now or later; nothing where it leads to a file. */
export function linkedEffects({ parent, real }: Place, to: string, rules: readonly InnerRule[]): Effect[] {
  const concerned = rules.filter(({ folder }) => isIn(folder, real))
  if (concerned.length === 0 || isFile(to.startsWith('/') ? to : `/proc/self/fd/${parent}/${to}`)) return []
  return concerned.map(({ name }) => ({ kind: 'write', path: join(real, name), recursive: true }))
}

function isIn(folder: string, path: string): boolean {
  return path.startsWith(`${folder}/`)
}

function isFile(path: string): boolean {
  try {
    return statSync(path).isFile()
  } catch {
    return false
  }
}
