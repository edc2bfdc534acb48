import type { AbsolutePath } from '../contract/ids.ts'
import type { World } from './world.ts'

/**
 * The canonical path that a tool of an agent means: `~` is the home directory, a relative path starts at `cwd`.
 * `text` holds no NUL (`effectsOf` has refused those).
 */
export function absolutePath(text: string, cwd: AbsolutePath, world: World): AbsolutePath {
  if (text === '~') return world.canonical(world.home)
  if (text.startsWith('~/') || text.startsWith('~\\')) return world.canonical(`${world.home}/${text.slice(2)}`)
  return canonicalPath(text, cwd, world)
}

/** The same for a path that a shell has expanded already: there `~` is a name like any other. */
export function canonicalPath(text: string, cwd: AbsolutePath, world: World): AbsolutePath {
  return world.canonical(isAbsolute(text) ? text : `${cwd}/${text}`)
}

/** The path by its words alone: `..` takes the last one away, whatever it is. */
export function lexicalPath(text: string, cwd: AbsolutePath): AbsolutePath {
  const names: string[] = []
  for (const name of `${isAbsolute(text) ? '' : cwd}/${text}`.split('/')) {
    if (name === '..') names.pop()
    else if (name !== '' && name !== '.') names.push(name)
  }
  return `/${names.join('/')}` as AbsolutePath
}

/** An absolute path of POSIX, or of Windows with a drive or a server. */
export function isAbsolute(path: string): boolean {
  return path.startsWith('/') || path.startsWith('\\\\') || /^[A-Za-z]:[\\/]/.test(path)
}

/** The last part of a path; the path itself when it has only one. */
export function baseName(path: string): string {
  let end = path.length
  while (end > 1 && path[end - 1] === '/') end -= 1
  return path.slice(path.lastIndexOf('/', end - 1) + 1, end)
}

/** Everything before the last part: `/a` for `/a/b`, `/` for `/a`, `` for `a`. */
export function parentOf(path: string): string {
  const slash = path.lastIndexOf('/')
  return slash === 0 ? '/' : path.slice(0, Math.max(slash, 0))
}

/** Whether `path` is `directory` or below it. Both are canonical. */
export function isInside(path: string, directory: string): boolean {
  return path === directory || path.startsWith(directory.endsWith('/') ? directory : `${directory}/`)
}
