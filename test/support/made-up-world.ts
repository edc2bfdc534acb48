import { posix } from 'node:path'
import type { AbsolutePath } from '../../electron/contract/ids.ts'
import type { World } from '../../electron/effects/world.ts'

/** What is on a machine that exists only in a test. A value is the text of a file, or a link as `{ to }`. */
export interface MadeUp {
  home?: string
  files?: Record<string, string | { to: string }>
  variables?: Record<string, string>
}

/** A world in memory: directories are those that hold a file; links are followed as the operating system does. */
export function madeUpWorld({ home = '/home/u', files = {}, variables = {} }: MadeUp = {}): World {
  const entries = new Map(Object.entries(files))
  const folders = new Map<string, Set<string>>()
  for (const path of [...entries.keys(), home, '/tmp/.'])
    for (let at = path; at !== '/'; at = posix.dirname(at)) {
      const parent = posix.dirname(at)
      const names = folders.get(parent) ?? new Set()
      folders.set(parent, names.add(posix.basename(at)))
    }

  const canonical = (path: string, hops = 40): AbsolutePath => {
    const done: string[] = []
    const names = path.split('/').filter((name) => name !== '' && name !== '.')
    for (const [index, name] of names.entries()) {
      if (name === '..') {
        done.pop()
        continue
      }
      done.push(name)
      const entry = entries.get(`/${done.join('/')}`)
      if (typeof entry !== 'object' || hops === 0) continue
      const rest = names.slice(index + 1).join('/')
      return canonical(`${posix.resolve(`/${done.slice(0, -1).join('/')}`, entry.to)}/${rest}`, hops - 1)
    }
    return `/${done.join('/')}` as AbsolutePath
  }

  return {
    home: home as AbsolutePath,
    canonical: (path) => canonical(path),
    variable: (name) => variables[name],
    list: (directory) => {
      const names = folders.get(directory)
      return names && [...names].filter((name) => name !== '.')
    },
    below: (directory, isWanted) =>
      folders.has(directory)
        ? {
            found: [...entries, ...[...folders.keys()].map((folder) => [folder, ''] as const)].flatMap(([path, entry]) => {
              const isLink = typeof entry === 'object'
              return path.startsWith(`${directory === '/' ? '' : directory}/`) && (isLink || isWanted(posix.basename(path))) ? [{ path, isLink }] : []
            }),
            unseen: [],
          }
        : undefined,
    otherNames: () => [],
    text: (path) => {
      const entry = entries.get(path)
      return typeof entry === 'string' ? entry : undefined
    },
  }
}
