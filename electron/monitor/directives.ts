import type { Vocabulary } from './vocabulary.ts'
import { bounded, contentWords, marks } from './words.ts'

/** A piece of a text that tells somebody to do something. */
export interface Directive {
  verb: string
  /** The kinds of action that the verb stands for. */
  actions: readonly string[]
  /** From the verb on, at most 300 characters. */
  text: string
  words: ReadonlySet<string>
  marks: ReadonlySet<string>
}

/** More directives than these in one text are not kept: the first ones, and the last. */
const MOST = 40
const SPAN = 300

/**
 * Where a text tells to do something: a verb in its basic form where an order or a request would have it - at the begin of a
 * sentence, a line, a quote or a tag, or behind a word such as `please`, `to`, `must`, `then`. The same reading for the words of the
 * person and for what a tool gave back: who asked for an action is what the monitor wants to know.
 */
export function directives(text: string, { verbs, licences }: Vocabulary): Directive[] {
  const found: Directive[] = []
  const looked = unescaped(bounded(text))
  for (const match of looked.matchAll(WORD)) {
    const verb = match[0].toLowerCase()
    const actions = verbs.get(verb)
    if (actions === undefined || !isOrder(looked, match.index, match[0].length, licences)) continue
    const span = spanFrom(looked, match.index)
    found.push({ verb, actions, text: span, words: contentWords(span), marks: marks(span) })
    if (found.length > MOST) found.splice(MOST / 2, 1)
  }
  return found
}

/** Line feeds that a tool printed as `\\n` end lines all the same. */
function unescaped(text: string): string {
  return text.includes('\\') ? text.replace(/\\[nrt]/g, ' \n') : text
}

const WORD = /(?<![\p{L}\p{N}_@./-])\p{L}{3,}(?![\p{L}\p{N}_@/=-])/gu

function isOrder(text: string, at: number, length: number, licences: ReadonlySet<string>): boolean {
  const after = text[at + length]
  // `email: …` and `message = …` are names of fields.
  if (after === ':' || after === '=') return false
  const before = text.slice(Math.max(0, at - 40), at)
  const trimmed = before.trimEnd()
  if (trimmed === '' || /[.!?;:,>)\]}"'*•|`\n-]$/.test(trimmed) || /\n\s*$/.test(before) || /(?:^|\s)\d+[.)]?$/.test(trimmed)) return true
  const previous = /\p{L}+$/u.exec(trimmed)?.[0].toLowerCase()
  return previous !== undefined && licences.has(previous)
}

/** To the end of the sentence, but not before something long enough to say what is meant. */
function spanFrom(text: string, at: number): string {
  const span = text.slice(at, at + SPAN)
  const end = /[.!?](?=\s|$)|\n\s*\n|<\//.exec(span)
  return end && end.index > 20 ? span.slice(0, end.index) : span
}
