import type { AbsolutePath } from '../contract/ids.ts'
import { lexicalPath } from '../effects/paths.ts'
import type { World } from '../effects/world.ts'

/** The machine of a recorded session, of which only the calls are known: paths are what their words say, no file can be looked at. */
export function recordedWorld(workspace: string): World {
  const home = (/^\/(?:home|Users)\/[^/]+/.exec(workspace)?.[0] ?? '/home/user') as AbsolutePath
  const variables: Record<string, string> = { HOME: home, USER: home.split('/').at(-1)! }
  return {
    home,
    canonical: (path) => lexicalPath(path, '/' as AbsolutePath),
    variable: (name) => (Object.hasOwn(variables, name) ? variables[name] : undefined),
    list: () => undefined,
    below: () => undefined,
    otherNames: () => [],
    text: () => undefined,
  }
}
