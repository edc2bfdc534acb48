import { ANY_SEGMENTS, compileSegment, matchSegments, type Segment } from './glob.ts'

interface Entry<T> {
  /** The segments after the node's own. */
  rest: readonly Segment[]
  value: T
}

/** A folder that patterns name literally. What follows the literal part is sorted by what a path must end in. */
interface Node<T> {
  folders: Map<string, Node<T>>
  byName: Map<string, Entry<T>[]>
  others: Entry<T>[]
}

/**
 * Finds the patterns that match a path. Patterns hang in a tree by their literal folders, and below that by their last
 * segment where it is literal, so that the cost depends on the depth of the path and not on the number of patterns.
 */
export class PathIndex<T> {
  readonly #root: Node<T> = emptyNode()
  readonly #fold: (text: string) => string

  /** `foldCase` for file systems that do not tell `A` from `a` (macOS, Windows). */
  constructor(foldCase: boolean) {
    this.#fold = foldCase ? (text) => text.normalize('NFC').toLowerCase() : (text) => text
  }

  /** `pattern` is one absolute glob without braces, or one that starts with `**`. */
  add(pattern: string, value: T): void {
    const segments = splitPath(this.#fold(pattern)).map(compileSegment)
    let at = this.#root
    let depth = 0
    for (; depth < segments.length; depth++) {
      const segment = segments[depth]!
      if (typeof segment !== 'string') break
      const next = at.folders.get(segment) ?? emptyNode<T>()
      at.folders.set(segment, next)
      at = next
    }
    const entry = { rest: segments.slice(depth), value }
    const last = entry.rest.at(-1)
    if (typeof last !== 'string') at.others.push(entry)
    else at.byName.set(last, [...(at.byName.get(last) ?? []), entry])
  }

  /** Calls `found` for each pattern that matches `path`, which is absolute and canonical. */
  match(path: string, found: (value: T) => void): void {
    const segments = splitPath(this.#fold(path))
    const name = segments.at(-1) ?? ''
    let at: Node<T> | undefined = this.#root
    for (let depth = 0; at; depth++) {
      for (const entry of at.byName.get(name) ?? []) if (matchSegments(entry.rest, segments, depth)) found(entry.value)
      for (const entry of at.others) if (matchSegments(entry.rest, segments, depth)) found(entry.value)
      if (depth === segments.length) return
      at = at.folders.get(segments[depth]!)
    }
  }

  /** Calls `found` for each pattern that covers `path` and everything below it. */
  matchTree(path: string, found: (value: T) => void): void {
    const segments = splitPath(this.#fold(path))
    let at: Node<T> | undefined = this.#root
    for (let depth = 0; at; depth++) {
      for (const { rest, value } of at.others)
        if (rest.at(-1) === ANY_SEGMENTS && matchSegments(rest, segments, depth)) found(value)
      if (depth === segments.length) return
      at = at.folders.get(segments[depth]!)
    }
  }

  /**
   * Calls `found` for each pattern that means something below `path` by name: its literal part lies there, or `path` is what it names a folder
   * by (`a/.git` for `**` + `/.git/hooks/*`). Patterns that may match anywhere are not meant.
   */
  below(path: string, found: (value: T) => void): void {
    const segments = splitPath(this.#fold(path))
    let at: Node<T> | undefined = this.#root
    for (let depth = 0; at && depth < segments.length; depth++) {
      for (const { rest, value } of [...at.others, ...[...at.byName.values()].flat()]) if (leadsBelow(rest, segments, depth)) found(value)
      at = at.folders.get(segments[depth]!)
    }
    const visit = (from: Node<T>): void => {
      if (from !== this.#root) {
        from.others.forEach(({ value }) => found(value))
        for (const entries of from.byName.values()) entries.forEach(({ value }) => found(value))
      }
      for (const next of from.folders.values()) visit(next)
    }
    if (at) visit(at)
  }
}

/** Whether the path is the beginning of a pattern, up to a segment that it spells out. */
function leadsBelow(rest: readonly Segment[], segments: readonly string[], depth: number): boolean {
  const name = segments.at(-1)
  return rest.some((segment, index) => segment === name && index < rest.length - 1 && matchSegments(rest.slice(0, index + 1), segments, depth))
}

function emptyNode<T>(): Node<T> {
  return { folders: new Map(), byName: new Map(), others: [] }
}

/** `/a/b` as `['a', 'b']`; the root as no segment. */
function splitPath(path: string): string[] {
  const segments = path.split('/')
  if (segments[0] === '') segments.shift()
  if (segments.at(-1) === '') segments.pop()
  return segments
}
