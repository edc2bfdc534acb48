import type { AbsolutePath } from '../contract/ids.ts'
import type { EffectList } from './effect-list.ts'
import type { FileEffectKind, Guarded } from './guarded.ts'
import { baseName } from './paths.ts'
import type { World } from './world.ts'

/** More files than this below one directory are not told one by one. */
export const MOST_FOUND = 64

/**
 * Adds what a policy guards among all that is below a directory. `isMeant` says which of the names there are reached at all; a folder
 * counts in any case, because of what is in it.
 */
export function addGuarded(
  kind: FileEffectKind,
  directory: AbsolutePath,
  { world, effects, guarded }: { world: World; effects: EffectList; guarded: Guarded },
  isMeant: (path: string) => boolean = () => true,
): void {
  const isGuarded = guarded[kind]
  const below = isGuarded && world.below(directory, isGuarded)
  if (!isGuarded || below === undefined) return
  const found = below.found.filter(({ path }) => isGuarded(baseName(path)) && (isMeant(path) || world.list(path) !== undefined))
  if (below.isPart || found.length > MOST_FOUND) effects.unknown(`${VERBS[kind]} more than can be looked through for what a rule forbids`, directory)
  for (const { path } of found.slice(0, MOST_FOUND)) {
    // Who may write anywhere in a folder need not write there: a person can tell.
    if (kind === 'write') effects.unknown('may write what a rule forbids', path)
    else effects.add({ kind, path: kind === 'read' ? world.canonical(path) : path })
  }
}

const VERBS: Record<FileEffectKind, string> = { read: 'reads', write: 'writes', delete: 'deletes' }
