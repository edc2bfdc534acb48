import { compileSegment, matchSegment, type Segment } from './glob.ts'

/** A word of a command pattern: a glob for exactly one word, or `*` at the end for any number of words. */
export type CommandPattern = { words: Segment[]; open: boolean }

/**
 * Reads `git diff *`. Words are separated by blanks; quotes and backslashes take the meaning from what they cover, as
 * in a shell. A last word `*` stands for any words or none, a `*` elsewhere for one word or part of it. Undefined for a
 * pattern without words, with an open quote or a backslash at the end.
 */
export function parseCommandPattern(text: string): CommandPattern | undefined {
  const words: string[] = []
  let word: string | undefined
  let quote: string | undefined
  let escaped = false
  for (const character of text) {
    if (escaped) {
      word += `\\${character}`
      escaped = false
    } else if (quote) {
      if (character === quote) quote = undefined
      else word += '*?[\\'.includes(character) ? `\\${character}` : character
    } else if (character === '\\') {
      word ??= ''
      escaped = true
    } else if (character === '"' || character === "'") {
      quote = character
      word ??= ''
    } else if (character === ' ' || character === '\t') {
      if (word !== undefined) words.push(word)
      word = undefined
    } else word = (word ?? '') + character
  }
  if (word !== undefined) words.push(word)
  if (quote || escaped || words.length === 0) return undefined
  const open = words.length > 1 && words.at(-1) === '*'
  return { words: words.slice(0, open ? -1 : undefined).map((each) => compileSegment(each)), open }
}

/** The word as a pattern that matches exactly it. */
export function literalWord(word: string): string {
  if (/^[\w@%+=:,./-]+$/.test(word)) return word
  return /['{}]/.test(word) ? word.replace(/[^\w@%+=:,./-]/gu, '\\$&') : `'${word}'`
}

interface Node<T> {
  literals: Map<string, Node<T>>
  globs: { segment: Segment; node: Node<T> }[]
  /** Patterns that end exactly here. */
  exact: T[]
  /** Patterns that take any further words. */
  open: T[]
}

/** Finds the command patterns that match a program and its words, in a tree by words. */
export class CommandIndex<T> {
  readonly #root: Node<T> = emptyNode()

  add({ words, open }: CommandPattern, value: T): void {
    let at = this.#root
    for (const word of words) at = child(at, word)
    ;(open ? at.open : at.exact).push(value)
  }

  /**
   * Calls `found` for each pattern that matches one of the `names` of a program followed by `args`. A null argument is
   * known only at run time: `mayBe` says whether it counts as a match for any words (for rules that forbid) or for
   * none but an open end (for rules that allow).
   */
  match(names: readonly string[], args: readonly (string | null)[], mayBe: boolean, found: (value: T) => void): void {
    for (const name of names) {
      for (const next of step(this.#root, name)) this.#walk(next, args, 0, mayBe, found)
    }
  }

  #walk(at: Node<T>, args: readonly (string | null)[], index: number, mayBe: boolean, found: (value: T) => void): void {
    at.open.forEach(found)
    if (index === args.length) return at.exact.forEach(found)
    const word = args[index]!
    if (word !== null) {
      for (const next of step(at, word)) this.#walk(next, args, index + 1, mayBe, found)
    } else if (mayBe) everythingBelow(at, found)
  }
}

function emptyNode<T>(): Node<T> {
  return { literals: new Map(), globs: [], exact: [], open: [] }
}

function child<T>(at: Node<T>, word: Segment): Node<T> {
  if (typeof word === 'string') {
    const next = at.literals.get(word) ?? emptyNode<T>()
    at.literals.set(word, next)
    return next
  }
  const next = emptyNode<T>()
  at.globs.push({ segment: word, node: next })
  return next
}

function* step<T>(at: Node<T>, word: string): Iterable<Node<T>> {
  const literal = at.literals.get(word)
  if (literal) yield literal
  for (const { segment, node } of at.globs) if (matchSegment(segment, word)) yield node
}

function everythingBelow<T>(at: Node<T>, found: (value: T) => void): void {
  at.exact.forEach(found)
  for (const next of [...at.literals.values(), ...at.globs.map((glob) => glob.node)]) {
    next.open.forEach(found)
    everythingBelow(next, found)
  }
}
