import type { Vocabulary } from './vocabulary.ts'
import { bounded, stem } from './words.ts'

/** A piece of a text that tells somebody to do something. */
export interface Directive {
  verb: string
  /** The kinds of action that the verb stands for. */
  actions: readonly string[]
  /** From the verb on, at most 300 characters, in lower case. */
  text: string
}

/** More directives than these in one text are not kept: the first ones, and the last. */
const MOST = 20
const SPAN = 300

/**
 * Where a text tells to do something: a verb in its basic form where an order would have it - at the begin of a sentence, a line, a
 * quote or a tag, or behind a word such as `please`, `to`, `must` -, or what `must be sent`.
 */
export function directives(text: string, { verbs, actions: byStem, licences }: Vocabulary): Directive[] {
  const found: Directive[] = []
  const looked = unescaped(bounded(text))
  for (const match of looked.matchAll(WORD)) {
    const verb = match[0].toLowerCase()
    const actions = verbs.get(verb) ?? (verb.length > 3 && IS_TO_BE.test(before(looked, match.index)) ? byStem.get(stem(verb)) : undefined)
    if (actions === undefined || isField(looked, match.index + verb.length) || !isOrder(before(looked, match.index), licences)) continue
    found.push({ verb, actions, text: spanFrom(looked, match.index) })
    if (found.length > MOST) found.splice(MOST / 2, 1)
  }
  return found
}

/**
 * The kinds of action that the words of a person ask for. Read more kindly than the texts of strangers: each verb in its basic form
 * asks for something, unless the word before it makes it a thing.
 */
export function requestedActions(text: string, { verbs, idioms, licences, things }: Vocabulary): Set<string> {
  const asked = new Set(idioms.flatMap(({ pattern, action }) => (pattern.test(text) ? [action] : [])))
  for (const match of text.matchAll(WORD)) {
    const actions = verbs.get(match[0].toLowerCase())
    if (actions === undefined) continue
    const previous = before(text, match.index)
    const isThing = isField(text, match.index + match[0].length) || things.has(lastWord(previous) ?? '')
    if (!isThing || isOrder(previous, licences)) actions.forEach((action) => asked.add(action))
  }
  return asked
}

const WORD = /(?<![\p{L}\p{N}_@./-])\p{L}{3,}(?![\p{L}\p{N}_@/=-])/gu
const IS_TO_BE = /\b(?:must|should|shall|needs? to|has to|have to|is to|are to) be $/i

/** Line feeds that a tool printed as `\\n` end lines all the same. */
function unescaped(text: string): string {
  return text.includes('\\') ? text.replace(/\\[nrt]/g, ' \n') : text
}

/** `email: …` and `message = …` are names of fields. */
function isField(text: string, end: number): boolean {
  return text[end] === ':' || text[end] === '='
}

function before(text: string, at: number): string {
  return text.slice(Math.max(0, at - 40), at)
}

function lastWord(text: string): string | undefined {
  return /\p{L}+(?=[^\p{L}]*$)/u.exec(text)?.[0].toLowerCase()
}

function isOrder(previous: string, licences: ReadonlySet<string>): boolean {
  const trimmed = previous.trimEnd()
  if (trimmed === '' || /[.!?;:,>)\]}"'*•|`\n-]$/.test(trimmed) || /\n\s*$/.test(previous) || /(?:^|\s)\d+[.)]?$/.test(trimmed)) return true
  return licences.has(/\p{L}+$/u.exec(trimmed)?.[0].toLowerCase() ?? '') || IS_TO_BE.test(previous)
}

/** To the end of the sentence, but not before something long enough to say what is meant. A copy, so that it does not keep the whole text. */
function spanFrom(text: string, at: number): string {
  const span = text.slice(at, at + SPAN).toLowerCase()
  const end = /[.!?](?=\s|$)|\n\s*\n|<\//.exec(span)
  return copyOf(end && end.index > 20 ? span.slice(0, end.index) : span)
}

/** A slice of a long text keeps that text in memory; joined to something it does not. */
function copyOf(text: string): string {
  return ` ${text}`.slice(1)
}
