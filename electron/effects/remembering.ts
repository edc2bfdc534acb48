import type { AbsolutePath } from '../contract/ids.ts'
import type { World } from './world.ts'

/**
 * A world that is asked each thing once: a call is judged as of one moment, and a command names the same folder again
 * and again. For the length of one call only.
 */
export function remembering(world: World): World {
  const paths = new Map<string, AbsolutePath>()
  const names = new Map<string, readonly string[] | undefined>()
  return {
    home: world.home,
    canonical: (path) => {
      const known = paths.get(path) ?? world.canonical(path)
      paths.set(path, known)
      return known
    },
    list: (directory) => {
      if (!names.has(directory)) names.set(directory, world.list(directory))
      return names.get(directory)
    },
    variable: (name) => world.variable(name),
    below: (directory, isWanted) => world.below(directory, isWanted),
    otherNames: (path, places) => world.otherNames(path, places),
    text: (path) => world.text(path),
  }
}
