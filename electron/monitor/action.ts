import type { Call } from '../contract/call.ts'
import type { Effect } from '../contract/effect.ts'
import { isLocal } from './flows.ts'
import type { Vocabulary } from './vocabulary.ts'
import { contentWords, marks, nameWords, normalMark, stem } from './words.ts'

/** One value in the arguments of a call. */
export interface Value {
  text: string
  /** It says where something goes. */
  isDestination: boolean
}

/** Everything that the values of a call name and say. */
export interface Content {
  marks: ReadonlySet<string>
  words: ReadonlySet<string>
}

/** A call as the monitor sees it. */
export interface Action {
  /** How people know the tool: `shell`, `send_money`, `github/create_issue`. */
  tool: string
  effects: readonly Effect[]
  /** A tool of a server or of the agent itself, of which only name and arguments are known. */
  isTool: boolean
  /** It changes something, or sends something somewhere: a tool by its name, other calls by their effects. */
  acts: boolean
  /** The stem of its verb, if that says by itself what is done: `reschedule`, but not `send`. */
  verb: string | undefined
  /** The kinds of action that it stands for, and the stems of its other words with their groups. */
  actions: readonly string[]
  objectWords: readonly string[]
  objects: readonly number[]
  values: readonly Value[]
  content: Content
}

/** More values, or longer ones, are not looked at. */
const MOST_VALUES = 100
const LONGEST_VALUE = 2 * 1024
const LONGEST_CONTENT = 8 * 1024

/** What is called, read by name and arguments; `effects` are those of the effects engine. */
export function actionOf(call: Call, effects: readonly Effect[], vocabulary: Vocabulary): Action {
  return call.tool === 'mcp' || call.tool === 'agent' ? toolAction(call, effects, vocabulary) : effectAction(call, effects)
}

function toolAction(call: Extract<Call, { tool: 'mcp' | 'agent' }>, effects: readonly Effect[], vocabulary: Vocabulary): Action {
  const tool = call.tool === 'mcp' ? `${call.server}/${call.name}` : call.name
  const isInternal = call.tool === 'agent' && vocabulary.internal.has(call.name.toLowerCase())
  const written = nameWords(call.name)
  const words = written.map(stem)
  // What is a verb comes before what only stands for one: `payment_list` lists.
  const isVerb = (word: string, index: number): boolean => vocabulary.reading.has(word) || vocabulary.verbs.has(written[index]!)
  const verbs = [isVerb, (word: string) => vocabulary.actions.has(word)].map((is) => words.findIndex((word, index) => !isPlural(written[index]!) && is(word, index)))
  const verb = verbs.find((at) => at >= 0) ?? -1
  // A verb that the vocabulary does not know, or one that runs anything, is one that acts where the call names an address.
  const isGeneral = verb >= 0 && vocabulary.actions.get(words[verb]!)?.includes('run') === true && words.some((word) => vocabulary.general.has(word))
  const isUnknown = (verb < 0 || isGeneral) && !isInternal
  const given = isUnknown || (!isInternal && !vocabulary.reading.has(words[verb]!)) ? valuesOf(call.arguments, vocabulary) : []
  const acts = isUnknown ? given.some(({ text }) => looksLikeAddress(text)) : !isInternal && !vocabulary.reading.has(words[verb]!)
  const objectWords = words.filter((_, index) => index !== verb)
  const values = acts ? given : []
  return {
    tool,
    effects,
    isTool: true,
    acts,
    verb: acts && verb >= 0 && !vocabulary.generic.has(words[verb]!) ? words[verb] : undefined,
    actions: acts ? [...new Set([...(verb < 0 ? ['send'] : [words[verb]!]), ...words.flatMap((word) => vocabulary.actions.get(word) ?? [])])] : [],
    objectWords,
    objects: objectWords.flatMap((word) => vocabulary.objects.get(word) ?? []),
    values,
    content: contentOf(values),
  }
}

const NOTHING: Content = { marks: new Set(), words: new Set() }

/** What is done is in the effects; what the monitor compares with texts are the hosts and the programs from elsewhere. */
function effectAction(call: Call, effects: readonly Effect[]): Action {
  const values: Value[] = []
  const actions = new Set<string>()
  for (const effect of effects)
    if (effect.kind === 'connect' && !isLocal(effect.host)) {
      values.push({ text: effect.host, isDestination: true })
      actions.add('send').add('run')
    }
  const acts = effects.some(({ kind }) => kind === 'write' || kind === 'delete' || kind === 'connect' || kind === 'listen')
  const content = values.length === 0 ? NOTHING : { marks: new Set(values.map(({ text }) => text)), words: new Set<string>() }
  return { tool: call.tool, effects, isTool: false, acts, verb: undefined, actions: [...actions], objectWords: [], objects: [], values, content }
}

/** `past_orders` and `loans` are things; what does something is in the singular. */
function isPlural(word: string): boolean {
  return word.length > 3 && /[^su]s$/.test(word)
}

function valuesOf(args: Record<string, unknown>, { destinations }: Vocabulary): Value[] {
  const values: Value[] = []
  const visit = (value: unknown, key: string, depth: number): void => {
    if (values.length >= MOST_VALUES || depth > 6) return
    if (Array.isArray(value)) value.slice(0, MOST_VALUES).forEach((item) => visit(item, key, depth + 1))
    else if (typeof value === 'object' && value !== null) Object.entries(value).forEach(([name, item]) => visit(item, name, depth + 1))
    else if (typeof value === 'string' || typeof value === 'number') {
      const text = String(value).slice(0, LONGEST_VALUE)
      values.push({ text, isDestination: (destinations.has(key.toLowerCase()) && !/^\d{1,4}$/.test(text)) || looksLikeAddress(text) })
    }
  }
  visit(args, '', 0)
  return values
}

/** A value that is an address by itself, whatever its argument is called. */
function looksLikeAddress(text: string): boolean {
  return text.length < 200 && (/^[^\s@]+@[^\s@]+\.[a-z]{2,}$/i.test(text) || /^(?:https?:\/\/|www\.)\S+$/i.test(text))
}

function contentOf(values: readonly Value[]): Content {
  const text = values.map((value) => value.text).join('\n').slice(0, LONGEST_CONTENT)
  return { marks: marks(text), words: contentWords(text) }
}

/** Where an action sends, invites or pays to, each in one spelling. */
export function destinationsOf({ values }: Action): string[] {
  return values.flatMap(({ text, isDestination }) => (isDestination && text.length <= 200 && text.trim() !== '' ? [normalMark(text.trim())] : []))
}
