import type { AbsolutePath } from '../../contract/ids.ts'
import { baseName, canonicalPath, parentOf } from '../paths.ts'
import { shellNames } from '../names.ts'
import type { World } from '../world.ts'
import type { Field } from './field.ts'

/** More names than this are told as "something in the directory". */
const MOST = 64

/** A piece of a pathname pattern: text that stands for itself, or `*`, `?`, `[…]` or an extended pattern. */
export type PatternPiece = { text: string } | { glob: string }

type Matcher = string | typeof ANY | typeof ONE | { negated: boolean; ranges: [string, string][] }
const ANY = Symbol('*')
const ONE = Symbol('?')

/**
 * What a pathname pattern becomes, once for each of the directories that the shell may be in: the names that exist, the pattern
 * itself when there are none (as bash does), or "something below its fixed part" where the directories can't be listed or hold
 * too much. What this very call has made may match as well, so then only that much is known; of what it has removed, less may.
 */
export function expandGlob(pieces: readonly PatternPiece[], directories: readonly AbsolutePath[], world: World, before: { wrote: boolean; removed: boolean }): Field[][] {
  const segments = segmentsOf(pieces)
  const fixed = segments.findIndex((segment) => typeof segment !== 'string')
  const prefix = segments.slice(0, fixed).map((segment) => `${segment as string}/`).join('')
  const rest = segments.slice(fixed)
  const literal = pieces.map((piece) => ('text' in piece ? piece.text : piece.glob)).join('')
  const isPlain = rest.length === 1 && !/\*\*|[@?*+!]\(/.test(literal)
  const within: Field = { kind: 'within', directory: prefix, names: isPlain ? shellNames(literal.slice(literal.lastIndexOf('/') + 1)) : undefined, isDeep: !isPlain }
  if (rest.some((segment) => segment === '..')) return [[{ kind: 'unknown', prefix, many: true, source: literal }]]
  if (before.wrote) return [[within]]
  const lists = new Map<string, Field[]>()
  for (const directory of directories) {
    const names: string[] = []
    if (!collect(prefix, rest, directory, world, names)) return [[within]]
    const found = names.length > 0 ? [...new Set(names)] : [literal]
    lists.set(found.join('\0'), found)
    // dash, and bash before 5.2, take `.*` for `.` and `..` as well.
    const dots = rest.length === 1 ? ['.', '..'].filter((name) => (rest[0] as Matcher[])[0] === '.' && matches(rest[0] as Matcher[], name)) : []
    if (dots.length > 0) lists.set(`.${found.join('\0')}`, [...dots.map((name) => prefix + name), ...names])
  }
  const isOption = [...lists.values()].flat().some((name) => typeof name === 'string' && name.startsWith('-'))
  if (before.removed && isOption) return [[{ kind: 'unknown', prefix, many: true, source: literal }]]
  if (before.removed) return [[{ kind: 'within', directory: prefix, known: [...new Set([...lists.values()].flat() as string[]), literal] }]]
  return [...lists.values()]
}

/** Adds the names that match below `prefix`; false when a directory can't be listed or there are too many. */
function collect(prefix: string, segments: readonly (string | Matcher[])[], directory: AbsolutePath, world: World, names: string[]): boolean {
  const [segment, ...rest] = segments
  if (segment === undefined) return true
  if (typeof segment === 'string') return collect(`${prefix}${segment}/`, rest, directory, world, names)
  const isAnyDepth = segment.some((matcher, at) => matcher === ANY && segment[at + 1] === ANY)
  const listed = isAnyDepth ? undefined : world.list(canonicalPath(prefix === '' ? '.' : prefix, directory, world))
  if (listed === undefined) return !isAnyDepth && isMissing(canonicalPath(prefix === '' ? '.' : prefix, directory, world), world)
  const hidden = segment[0] === '.'
  for (const name of listed) {
    if ((name.startsWith('.') && !hidden) || !matches(segment, name)) continue
    if (rest.length === 0) names.push(prefix + name)
    else if (rest.every((one) => typeof one === 'string')) {
      const path = `${prefix}${name}/${rest.join('/')}`
      if (isThere(canonicalPath(path, directory, world), rest.at(-1)!, world)) names.push(path)
    }
    else if (!collect(`${prefix}${name}/`, rest, directory, world, names)) return false
    if (names.length > MOST) return false
  }
  return true
}

/** Whether a path is there, for all that can be listed; one that ends with a slash is a directory. */
function isThere(path: string, last: string, world: World): boolean {
  if (last === '') return world.list(path) !== undefined
  return world.list(parentOf(path) || '/')?.includes(baseName(path)) ?? false
}

/** Whether a directory is certainly not there, or none: then nothing in it matches, as for the `?` in a URL. */
function isMissing(directory: string, world: World): boolean {
  const parent = parentOf(directory)
  if (directory === '/' || parent === '') return false
  if (world.text(directory) !== undefined) return true // a file: nothing is in it
  const siblings = world.list(parent)
  return siblings === undefined ? isMissing(parent, world) : !siblings.includes(baseName(directory))
}

function segmentsOf(pieces: readonly PatternPiece[]): (string | Matcher[])[] {
  const segments: Matcher[][] = [[]]
  for (const piece of pieces) {
    if ('glob' in piece) {
      segments.at(-1)!.push(...matchersOf(piece.glob))
      continue
    }
    for (const [index, text] of piece.text.split('/').entries()) {
      if (index > 0) segments.push([])
      segments.at(-1)!.push(...text.split(''))
    }
  }
  return segments.map((segment) => (segment.every((matcher) => typeof matcher === 'string') ? segment.join('') : segment))
}

function matchersOf(glob: string): Matcher[] {
  if (glob === '*') return [ANY]
  // Any depth in zsh, and in bash with globstar.
  if (glob.startsWith('**')) return [ANY, ANY]
  if (glob === '?') return [ONE]
  const bracket = /^\[([!^]?)(.+)\]$/s.exec(glob)
  // An extended pattern or a class with names in it matches at most what * matches.
  if (!bracket || glob.includes('[:') || glob.includes('\\') || /["'$`]/.test(glob)) return [ANY]
  const members = bracket[2]!
  const ranges: [string, string][] = []
  for (let at = 0; at < members.length; at += 1) {
    const isRange = members[at + 1] === '-' && at + 2 < members.length
    ranges.push([members[at]!, members[isRange ? at + 2 : at]!])
    if (isRange) at += 2
  }
  return [{ negated: bracket[1] !== '', ranges }]
}

/** Whether a pattern that is not about names in directories, as in `${x%PATTERN}`, matches a whole text. */
export function matchesPattern(pattern: readonly PatternPiece[], text: string): boolean {
  return matches(pattern.flatMap((piece) => ('glob' in piece ? matchersOf(piece.glob) : piece.text.split(''))), text)
}

/** The classic two-pointer match: on a mismatch only the latest `*` takes one more character, so it can't hang. */
function matches(matchers: readonly Matcher[], name: string): boolean {
  let m = 0
  let at = 0
  let star = -1
  let resume = 0
  while (at < name.length) {
    const matcher = matchers[m]
    if (matcher === ANY) {
      star = m
      m += 1
      resume = at
    } else if (matcher !== undefined && matchesOne(matcher, name[at]!)) {
      m += 1
      at += 1
    } else if (star >= 0) {
      m = star + 1
      resume += 1
      at = resume
    } else return false
  }
  while (matchers[m] === ANY) m += 1
  return m === matchers.length
}

function matchesOne(matcher: Exclude<Matcher, typeof ANY>, character: string): boolean {
  if (matcher === ONE) return true
  if (typeof matcher === 'string') return matcher === character
  return matcher.ranges.some(([low, high]) => character >= low && character <= high) !== matcher.negated
}
