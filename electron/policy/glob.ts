/**
 * Globs without regular expressions: newline-safe, dot files match, no pattern can make a match hang (cost at most
 * pattern length times text length). `*` and `?` stay within a path segment, `**` as a whole segment stands for any
 * number of segments, `[a-z]` and `[!x]` are classes, `\x` is x. There is no negation and no extglob.
 */

const ANY_RUN = Symbol('*')
const ANY_ONE = Symbol('?')
/** Matches any number of path segments, none included. */
export const ANY_SEGMENTS = Symbol('**')

interface CharacterClass {
  negated: boolean
  ranges: readonly (readonly [string, string])[]
}
type Item = string | typeof ANY_RUN | typeof ANY_ONE | CharacterClass

/** One compiled path segment: literal text, a wildcard pattern, or any number of segments. */
export type Segment = string | readonly Item[] | typeof ANY_SEGMENTS

const MOST_ALTERNATIVES = 256

/** `a{b,c}` becomes `ab` and `ac`; undefined when that gives more than 256 patterns. */
export function expandBraces(pattern: string): string[] | undefined {
  const group = pattern.includes('{') ? firstGroup(pattern) : undefined
  if (!group) return [pattern]
  const before = pattern.slice(0, group.open)
  const rests = expandBraces(pattern.slice(group.close + 1))
  if (!rests) return undefined
  const whole: string[] = []
  for (const piece of group.pieces) {
    const middles = expandBraces(piece)
    if (!middles || whole.length + middles.length * rests.length > MOST_ALTERNATIVES) return undefined
    for (const middle of middles) for (const rest of rests) whole.push(before + middle + rest)
  }
  return whole
}

/** The first `{a,b}` with a comma in it; other braces are text. */
function firstGroup(pattern: string): { open: number; close: number; pieces: string[] } | undefined {
  for (let open = 0; open < pattern.length; open++) {
    if (pattern[open] === '\\') open += 1
    else if (pattern[open] === '[') open = endOfClass(pattern, open) ?? open
    else if (pattern[open] === '{') {
      const group = groupAt(pattern, open)
      if (group) return { open, ...group }
    }
  }
  return undefined
}

function groupAt(pattern: string, open: number): { close: number; pieces: string[] } | undefined {
  const pieces: string[] = []
  let depth = 0
  let start = open + 1
  for (let at = open; at < pattern.length; at++) {
    const character = pattern[at]
    if (character === '\\') at += 1
    else if (character === '{') depth += 1
    else if (character === ',' && depth === 1) {
      pieces.push(pattern.slice(start, at))
      start = at + 1
    } else if (character === '}' && --depth === 0) {
      return pieces.length > 0 ? { close: at, pieces: [...pieces, pattern.slice(start, at)] } : undefined
    }
  }
  return undefined
}

/** Index of the `]` that closes the class at `open`. The first character of a class may be `]` itself. */
function endOfClass(text: string, open: number): number | undefined {
  const first = open + (text[open + 1] === '!' || text[open + 1] === '^' ? 2 : 1)
  const close = text.indexOf(']', first + 1)
  const slash = text.indexOf('/', first)
  return close < 0 || (slash >= 0 && slash < close) ? undefined : close
}

/** Compiles one path segment (no `/`, no braces). A segment without wildcards compiles to its plain text. */
export function compileSegment(text: string): Segment {
  if (text === '**') return ANY_SEGMENTS
  if (!/[*?[\\]/.test(text)) return text
  const items: Item[] = []
  for (let at = 0; at < text.length; at++) {
    const character = text[at]!
    const close = character === '[' ? endOfClass(text, at) : undefined
    if (close !== undefined) {
      items.push(compileClass(text.slice(at + 1, close)))
      at = close
    } else if (character === '*') {
      if (items.at(-1) !== ANY_RUN) items.push(ANY_RUN)
    } else if (character === '?') items.push(ANY_ONE)
    else if (character === '\\' && at + 1 < text.length) items.push(text[++at]!)
    else items.push(character)
  }
  return items.every((item) => typeof item === 'string') ? items.join('') : items
}

function compileClass(body: string): CharacterClass {
  const negated = body.startsWith('!') || body.startsWith('^')
  const members = negated ? body.slice(1) : body
  const ranges: [string, string][] = []
  for (let at = 0; at < members.length; at++) {
    const isRange = members[at + 1] === '-' && at + 2 < members.length
    ranges.push([members[at]!, members[isRange ? at + 2 : at]!])
    if (isRange) at += 2
  }
  return { negated, ranges }
}

/** Whether one segment, or one word, matches. */
export function matchSegment(segment: Segment, text: string): boolean {
  if (segment === ANY_SEGMENTS) return true
  if (typeof segment === 'string') return segment === text
  return matchWithStar(segment, text, ANY_RUN, matchItem)
}

/** Whether the segments of a path from `from` on match a compiled pattern. */
export function matchSegments(pattern: readonly Segment[], segments: readonly string[], from = 0): boolean {
  return matchWithStar(pattern, segments, ANY_SEGMENTS, matchSegment, from)
}

/**
 * Whether `general` matches every text that `special` matches. In doubt no, so a yes can be relied on.
 */
export function segmentCovers(general: Segment, special: Segment): boolean {
  if (general === ANY_SEGMENTS || special === ANY_SEGMENTS) return general === special
  if (typeof special === 'string') return matchSegment(general, special)
  return typeof general !== 'string' && matchWithStar(general, special, ANY_RUN, itemCovers)
}

/** The same for whole paths: `**` in `general` takes any segments of `special`, also a `**`. */
export function segmentsCover(general: readonly Segment[], special: readonly Segment[]): boolean {
  return matchWithStar(general, special, ANY_SEGMENTS, segmentCovers)
}

/** Only a `*` can stand for a `*`, and that is not asked here. */
function itemCovers(general: Item, special: Item): boolean {
  if (special === ANY_RUN || general === ANY_RUN) return false
  if (general === ANY_ONE) return true
  if (typeof special === 'string') return matchItem(general, special)
  return typeof general === 'object' && JSON.stringify(general) === JSON.stringify(special)
}

function matchItem(item: Item, character: string): boolean {
  if (item === ANY_ONE || item === ANY_RUN) return true
  if (typeof item === 'string') return item === character
  return item.ranges.some(([low, high]) => character >= low && character <= high) !== item.negated
}

/** Two pointers: on a mismatch only the latest star takes one item more, so the cost can't explode. */
function matchWithStar<P, T>(
  pattern: ArrayLike<P>,
  items: ArrayLike<T>,
  star: P,
  matches: (one: P, item: T) => boolean,
  from = 0,
): boolean {
  let p = 0
  let i = from
  let starAt = -1
  let resumeAt = from
  while (i < items.length) {
    if (p < pattern.length && pattern[p] === star) {
      starAt = p++
      resumeAt = i
    } else if (p < pattern.length && matches(pattern[p]!, items[i]!)) {
      p += 1
      i += 1
    } else if (starAt >= 0) {
      p = starAt + 1
      i = ++resumeAt
    } else return false
  }
  while (pattern[p] === star) p += 1
  return p === pattern.length
}

/** A whole pattern as a predicate over absolute paths. Undefined when its braces expand to too much. */
export function compileGlob(pattern: string): ((path: string) => boolean) | undefined {
  const programs = expandBraces(pattern)?.map((alternative) => alternative.split('/').map(compileSegment))
  if (!programs) return undefined
  return (path) => {
    const segments = path.split('/')
    return programs.some((program) => matchSegments(program, segments))
  }
}
