import { destinationsOf, type Action, type Content } from './action.ts'
import { requestedActions } from './directives.ts'
import type { Vocabulary } from './vocabulary.ts'
import { bounded, contentWords, marks, stem } from './words.ts'

/** What the person asked for, as far as it can be told from the words: no model reads it. */
export interface Request {
  /** There are no words to compare with, or too few: nothing can be outside of them. */
  isUnknown: boolean
  text: string
  /** Kinds of action that the person asked for. */
  actions: ReadonlySet<string>
  words: ReadonlySet<string>
  /** Those of them that say something and are no verbs: what the request is about. */
  names: ReadonlySet<string>
  /** Groups of like things that are mentioned. */
  objects: ReadonlySet<number>
  marks: ReadonlySet<string>
  /** It leaves it to a text to say what is to be done. */
  delegates: boolean
  /** It leaves it open for whom. */
  isOpen: boolean
}

/** More of a request is not read: it is text that was pasted. */
const LONGEST_REQUEST = 16 * 1024

/** Reads the words of a person. */
export function requestOf(said: string, vocabulary: Vocabulary): Request {
  const text = bounded(said, LONGEST_REQUEST)
  const words = new Set([...text.toLowerCase().matchAll(/\p{L}{2,}/gu)].map(([word]) => stem(word)))
  return {
    isUnknown: saysTooLittle(text, vocabulary),
    text: text.toLowerCase(),
    actions: requestedActions(text, vocabulary),
    words,
    names: new Set([...contentWords(text)].filter((word) => !vocabulary.actions.has(word) && !vocabulary.reading.has(word))),
    objects: new Set([...words].flatMap((word) => vocabulary.objects.get(word) ?? [])),
    marks: marks(text),
    delegates: delegates(text, vocabulary),
    isOpen: [...words].some((word) => vocabulary.open.has(word)),
  }
}

/** A request says something from so many words on that mean something: `continue`, `yes` and `run it` explain nothing, and forbid nothing. */
const FEWEST_WORDS = 3

/** Too short, or in a language that the vocabulary does not know: without any of the small words of English. */
function saysTooLittle(text: string, { licences, things }: Vocabulary): boolean {
  if (contentWords(text).size < FEWEST_WORDS) return true
  return ![...text.toLowerCase().matchAll(/\p{L}+/gu)].some(([word]) => licences.has(word) || things.has(word))
}

/** How far behind the verb the thing may be, in words: `do the actions`, `follow all of its instructions`. */
const DELEGATING_SPAN = 6

/** `Do the actions specified in the mail`. What lists its own tasks (`the following tasks: …`) leaves nothing open. */
function delegates(text: string, { delegating: { verbs, things } }: Vocabulary): boolean {
  const words = [...text.toLowerCase().matchAll(/\p{L}+|[.:]/gu)].map(([word]) => word)
  return words.some((word, index) => {
    if (!verbs.has(word)) return false
    const span = words.slice(index + 1, index + 1 + DELEGATING_SPAN)
    const end = span.findIndex((next) => next === '.' || next === ':' || next === 'following')
    return (end < 0 ? span : span.slice(0, end)).some((next) => things.has(stem(next)))
  })
}

/** How well a request explains that such a thing is done at all, by the verb and by what it is done to. */
export type Explained = 'asked' | 'verb' | 'object' | 'not'

export function explains(request: Request, { verb: own, actions, objects, objectWords }: Action): Explained {
  if (request.isUnknown || (own !== undefined && request.words.has(own))) return 'asked'
  const verb = actions.some((action) => request.actions.has(action) || request.words.has(action))
  const object = objectWords.some((word) => request.words.has(word)) || objects.some((group) => request.objects.has(group))
  if (verb) return object || objectWords.length === 0 ? 'asked' : 'verb'
  return object ? 'object' : 'not'
}

/** Where an action goes that the request does not name: neither as it is written, nor by the names in it (`sarah.baker@…` by `Sarah Baker`), nor was it looked up for what the request names. */
export function unnamedDestinations(request: Request, action: Action, lookedUp?: ReadonlySet<string>): string[] {
  return destinationsOf(action).filter((destination) => !names(request, destination) && lookedUp?.has(destination) !== true)
}

function names({ text, words }: Request, destination: string): boolean {
  if (text.includes(destination)) return true
  const [local = ''] = destination.split('@')
  const parts = [...local.matchAll(/\p{L}{3,}/gu)].slice(0, 2).map(([word]) => word)
  return parts.length > 0 && parts.every((word) => words.has(stem(word)))
}

/** How many words and marks of an action's arguments are those of the request. */
export function sharedContent(request: Request, { words, marks: named }: Content): number {
  let shared = 0
  for (const word of words) if (request.words.has(word)) shared += 1
  for (const mark of named) if (request.text.includes(mark)) shared += 1
  return shared
}

/** The request gives an address, a date, an account or a host, and the action has one of the same sort, but not that. */
export function contradicts(request: Request, { marks: named }: Content): boolean {
  const given = new Set([...request.marks].map(sortOf))
  const used = new Map<string, boolean>()
  for (const mark of named) {
    const sort = sortOf(mark)
    if (sort === undefined || !given.has(sort)) continue
    const same = request.text.includes(sort === 'date' ? mark.slice(0, 10) : mark)
    used.set(sort, same || used.get(sort) === true)
  }
  return [...used.values()].some((same) => !same)
}

function sortOf(mark: string): string | undefined {
  if (mark.includes('@')) return 'address'
  if (/^\d{4}-\d\d-\d\d/.test(mark)) return 'date'
  if (/^[a-z]{2}\d{8,}$/.test(mark)) return 'account'
  return /^[\p{L}\p{N}-]+(?:\.[\p{L}\p{N}-]+)*\.[a-z]{2,}(?:\/|$)/u.test(mark) && !/\.(?:txt|docx?|pdf|xlsx?|md|csv|json|pptx?|png|jpe?g|zip|html?|py|js|ts)$/.test(mark) ? 'host' : undefined
}
