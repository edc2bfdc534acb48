import * as z from 'zod'
import { readYaml } from '../effects/yaml.ts'
import { err, ok, type Result } from '../contract/result.ts'
import { Expression } from './expression.ts'
import { stem } from './words.ts'

const Words = z.string().transform((text) => text.split(/\s+/).filter((word) => word !== ''))

const File = z.strictObject({
  reading: Words,
  actions: z.record(z.string(), Words),
  generic: Words,
  idioms: z.array(z.strictObject({ pattern: Expression, action: z.string() })),
  implied: z.record(z.string(), Words),
  objects: z.array(Words),
  destinations: Words,
  delegating: z.strictObject({ verbs: Words, things: Words }),
  open: Words,
  licences: Words,
  things: Words,
  internal: Words,
})

/** How tools and requests name what is done: `policies/knowledge/behaviour/words.yaml`, by stems. */
export interface Vocabulary {
  readonly reading: ReadonlySet<string>
  /** The kinds of action that a word of a tool's name stands for. */
  readonly actions: ReadonlyMap<string, readonly string[]>
  /** The same for verbs as they are written in a request: not stemmed, so that what somebody `posted` asks for nothing. */
  readonly verbs: ReadonlyMap<string, readonly string[]>
  /** Stems of verbs that go with anything. */
  readonly generic: ReadonlySet<string>
  /** Ways to ask for a kind of action without its verb. */
  readonly idioms: readonly { pattern: RegExp; action: string }[]
  /** The groups of like things that a word belongs to. */
  readonly objects: ReadonlyMap<string, readonly number[]>
  /** Names of arguments that say where something goes; not stemmed. */
  readonly destinations: ReadonlySet<string>
  /** Verbs and things of requests that leave it to a text what is to be done. */
  readonly delegating: { verbs: ReadonlySet<string>; things: ReadonlySet<string> }
  /** Words that leave it open for whom something is done. */
  readonly open: ReadonlySet<string>
  /** Words that make a verb behind them something to be done; not stemmed. */
  readonly licences: ReadonlySet<string>
  /** Words that make a verb behind them a thing; not stemmed. */
  readonly things: ReadonlySet<string>
  /** Names of tools that touch nothing outside of the agent; lower case. */
  readonly internal: ReadonlySet<string>
}

/** Reads the vocabulary. Errors are `file:line:column: what is wrong`. */
export function parseVocabulary(file: string, text: string): Result<Vocabulary, string[]> {
  const parsed = readYaml(file, text, File)
  if (!parsed.ok) return err(parsed.error)
  const { reading, actions, generic, idioms, implied, objects, destinations, delegating, open, licences, things, internal } = parsed.value
  return ok({
    reading: new Set(reading.map(stem)),
    actions: groupsByWord([...Object.entries(actions), ...Object.entries(implied)], stem),
    verbs: groupsByWord(Object.entries(actions), (word) => word),
    generic: new Set(generic.map(stem)),
    idioms,
    objects: groupsByWord(objects.map((words, index) => [index, words]), stem),
    destinations: new Set(destinations),
    delegating: { verbs: new Set(delegating.verbs), things: new Set(delegating.things.map(stem)) },
    open: new Set(open.map(stem)),
    licences: new Set(licences),
    things: new Set(things),
    internal: new Set(internal),
  })
}

function groupsByWord<K>(groups: readonly (readonly [K, readonly string[]])[], form: (word: string) => string): Map<string, K[]> {
  const byWord = new Map<string, K[]>()
  for (const [group, words] of groups)
    for (const word of new Set(words.map(form))) byWord.set(word, [...(byWord.get(word) ?? []), group])
  return byWord
}
