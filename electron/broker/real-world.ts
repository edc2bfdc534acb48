import { type Stats, lstatSync, readdirSync, readFileSync, readlinkSync, realpathSync, statSync } from 'node:fs'
import { userInfo } from 'node:os'
import { basename, dirname, isAbsolute, join, resolve, sep } from 'node:path'
import type { AbsolutePath } from '../contract/ids.ts'
import type { Below, Found, World } from '../effects/world.ts'
import { withoutBindMounts } from './bind-mounts.ts'

const MOST_NAMES = 10_000
const LONGEST_TEXT = 64 * 1024
/** As many links as Linux follows in one path before it gives up (`MAXSYMLINKS`). */
const MOST_LINKS = 40
/** Here a link means another thing for every process that looks, so the broker's own view would be wrong. */
const BELONGS_TO_A_PROCESS = /^\/(proc\/([0-9]+|self|thread-self)\/(root|cwd|exe|fd|fdinfo|map_files|task)|dev\/fd)(\/|$)/

/** The machine that the broker runs on, for `effectsOf`. `home` is that of the user whose agents are judged. */
export function realWorld(home: AbsolutePath): World {
  const user = userName()
  const variables: Record<string, string> = { HOME: home, ...(user !== undefined && { USER: user, LOGNAME: user }) }
  return {
    home,
    canonical: (path) => canonicalPath(path),
    variable: (name) => (Object.hasOwn(variables, name) ? variables[name] : undefined),
    list: (directory) => readNames(directory),
    below: (directory, isWanted) => lookBelow(directory, isWanted),
    otherNames: (path, places) => otherNames(path, places),
    text: (path) => readText(path),
  }
}

/** Undefined for a user whom the system has no name for, as in many containers. */
function userName(): string | undefined {
  try {
    return userInfo().username
  } catch {
    return undefined
  }
}

/**
 * The path that the operating system would reach, also for what does not exist yet and for dangling links. Paths that
 * mean another thing for each process (`/proc/self/cwd`) are only normalised: no ordinary rule covers them.
 */
export function canonicalPath(path: string): AbsolutePath {
  if (BELONGS_TO_A_PROCESS.test(path)) return resolve(path) as AbsolutePath
  const tail: string[] = []
  // With a slash at the end a link to nowhere would not be seen as a link.
  let at = path.length > 1 && path.endsWith('/') ? path.replace(/\/+$/, '') || '/' : path
  // What does not exist is appended to the nearest folder that does: no error object for each new file.
  while (!exists(at)) {
    const parent = dirname(at)
    const name = basename(at)
    if (parent === at || name === '..' || name === '.') return walk(path)
    tail.unshift(name)
    at = parent
  }
  try {
    return withoutBindMounts(join(realpathSync.native(at), ...tail)) as AbsolutePath
  } catch {
    return withoutBindMounts(walk(path)) as AbsolutePath // a link to nowhere, or in a circle
  }
}

function exists(path: string): boolean {
  try {
    return lstatSync(path, { throwIfNoEntry: false }) !== undefined
  } catch {
    return false // a folder on the way that may not be entered, or is a file
  }
}

/** Component by component, so that `..` after a link is the parent of the link's target, as in the kernel. */
function walk(path: string): AbsolutePath {
  const left = split(path).toReversed()
  let at = isAbsolute(path) ? resolve(path.slice(0, 1) === sep ? sep : path.slice(0, 3)) : sep
  for (let links = 0; left.length > 0; ) {
    const name = left.pop()!
    if (name === '..') at = resolve(at, '..')
    else {
      const target = links < MOST_LINKS ? readLink(join(at, name)) : undefined
      if (target === undefined) at = join(at, name)
      else {
        links += 1
        left.push(...split(target).toReversed())
        if (isAbsolute(target)) at = resolve(sep)
      }
    }
  }
  return at as AbsolutePath
}

function split(path: string): string[] {
  return path.split(process.platform === 'win32' ? /[\\/]/ : '/').filter((part) => part !== '' && part !== '.' && !/^[A-Za-z]:$/.test(part))
}

function readLink(path: string): string | undefined {
  try {
    return lstatSync(path).isSymbolicLink() ? readlinkSync(path) : undefined
  } catch {
    return undefined
  }
}

function readNames(directory: string): readonly string[] | undefined {
  if (!isDirectory(directory)) return undefined
  try {
    const names = readdirSync(directory)
    return names.length <= MOST_NAMES ? names : undefined
  } catch {
    return undefined
  }
}

/** Asked first, because an error object for each folder that is not there would cost more than the rest of a decision. */
function isDirectory(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false
  } catch {
    return false
  }
}

/** Folders of a tree that are looked into, nearest first; more would take longer than a decision may. */
const MOST_FOLDERS = 2_000
const MADE_BY_OTHERS = new Set(['node_modules', '.venv', 'venv', '.tox', '.cache'])

function lookBelow(directory: string, isWanted: (name: string) => boolean): Below | undefined {
  if (!isDirectory(directory)) return undefined
  if (MADE_BY_OTHERS.has(basename(directory))) return { found: [], unseen: [directory] }
  const found: Found[] = []
  const unseen: string[] = []
  const folders = [directory]
  let at = 0
  for (; at < folders.length && at < MOST_FOLDERS; at += 1) {
    const folder = folders[at]!
    try {
      for (const entry of readdirSync(folder, { withFileTypes: true })) {
        const path = join(folder, entry.name)
        if (entry.isSymbolicLink()) found.push({ path, isLink: true })
        else if (isWanted(entry.name)) found.push({ path, isLink: false })
        if (entry.isDirectory()) (MADE_BY_OTHERS.has(entry.name) ? unseen : folders).push(path)
      }
    } catch {
      if (at === 0) return undefined // no directory, or one that nobody of this user can look into
    }
  }
  return { found, unseen: [...unseen, ...folders.slice(at)], isPart: at < folders.length }
}

function otherNames(path: string, places: () => readonly string[]): string[] {
  const own = statOf(path)
  if (!own?.isFile() || own.nlink < 2) return []
  return places().flatMap((place) => {
    const inside = statOf(place)?.isDirectory() ? (readNames(place) ?? []).map((name) => join(place, name)) : [place]
    return inside.filter((each) => each !== path && isSameFile(own, statOf(each)))
  })
}

const isSameFile = (a: Stats, b: Stats | undefined): boolean => b !== undefined && a.ino === b.ino && a.dev === b.dev

function statOf(path: string): Stats | undefined {
  try {
    return lstatSync(path, { throwIfNoEntry: false })
  } catch {
    return undefined
  }
}

function readText(path: string): string | undefined {
  try {
    const stat = statSync(path, { throwIfNoEntry: false })
    if (!stat?.isFile() || stat.size > LONGEST_TEXT) return undefined
    return new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(path))
  } catch {
    return undefined
  }
}
