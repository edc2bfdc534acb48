import type { CodeWords } from '../catalogue/schema.ts'

/** What the text of a program shows about models. */
export interface CodeSigns {
  /** The first sign that it asks a model: an address, or the members of a request; undefined without one. */
  model: string | undefined
  /** The sign is only what a request looks like. */
  byShape: boolean
  sends: boolean
  /** The first word of the tool protocol. */
  tool: string | undefined
  acting: boolean
  acts: string | undefined
  serves: boolean
}

/** Longer texts are bundles: they hold libraries whole, so words of a library say less. */
export const BUNDLE_BYTES = 150_000

const NO_SIGNS: CodeSigns = { model: undefined, byShape: false, sends: false, tool: undefined, acting: false, acts: undefined, serves: false }

type Finder = (text: string) => string | undefined

/** Looks for the signs of `words` in program text. */
export class CodeReading {
  readonly #words: CodeWords
  readonly #finders: Record<Exclude<keyof CodeWords, 'shapes' | 'runs' | 'asksBy'>, Finder>

  constructor(words: CodeWords) {
    this.#words = words
    const { shapes: _shapes, runs: _runs, asksBy: _asksBy, ...lists } = words
    this.#finders = Object.fromEntries(Object.entries(lists).map(([key, list]) => [key, finder(list)])) as Record<keyof typeof lists, Finder>
  }

  /** With `asks` it is known already that the program asks a model; where nothing says so, nothing else matters. */
  signs(text: string, asks: boolean): CodeSigns {
    const find = this.#finders
    const address = find.models(text)
    const model = address ?? this.#shape(text)
    if (model === undefined && !asks) return NO_SIGNS
    const acting = new Set(this.#words.acting.filter((word) => text.includes(word)))
    return {
      model,
      byShape: address === undefined,
      sends: find.sends(text) !== undefined,
      tool: find.tools(text),
      acting: acting.size >= 2,
      acts: find.acts(text),
      serves: find.serves(text) !== undefined,
    }
  }

  #shape(text: string): string | undefined {
    if (text.length > BUNDLE_BYTES) return undefined
    const shape = this.#words.shapes.find((words) => words.every((word) => new RegExp(`(?<![\\w$])${word}(?![\\w$])`).test(text)))
    return shape && `a request with ${shape.join(', ')}`
  }
}

/** Finds the first of the words, as words: where one ends in a bracket, not as the method of something. */
function finder(words: readonly string[]): Finder {
  if (words.length === 0) return () => undefined
  const pattern = new RegExp(words.map(bounded).join('|'))
  return (text) => (text.length > BUNDLE_BYTES * 4 ? words.find((word) => text.includes(word)) : pattern.exec(text)?.[0])
}

function bounded(word: string): string {
  const literal = word.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
  const before = /^\w/.test(word) ? (word.endsWith('(') ? '(?<![\\w$.])' : '(?<![\\w$])') : ''
  return `${before}${literal}${/\w$/.test(word) ? '(?![\\w$])' : ''}`
}

/** The text without comments and documentation strings, as far as they can be told without parsing. */
export function withoutComments(text: string): string {
  return text
    .replace(/\/\*[\s\S]*?\*\//g, ' ')
    .replace(/^[ \t]*(?:#|\/\/|--)[^\n]*$/gm, '')
    .replace(/[ \t;]\/\/[ \t][^\n]*$/gm, '')
    .replace(/^[ \t]*("""|''')[\s\S]*?\1/gm, '')
}
