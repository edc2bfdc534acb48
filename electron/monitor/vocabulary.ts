import * as z from 'zod'
import { Expression } from './expression.ts'
import { stem } from './words.ts'

const Words = z.string().transform((text) => text.split(/\s+/).filter((word) => word !== ''))

/** The form of `policies/knowledge/behaviour/words.yaml`. */
export const WordsFile = z.strictObject({
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
  general: Words,
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
  /** Stems of what a tool is named for that runs whatever it is given. */
  readonly general: ReadonlySet<string>
  /** Names of tools that touch nothing outside of the agent; lower case. */
  readonly internal: ReadonlySet<string>
}

export type WordsFile = z.output<typeof WordsFile>

/** A file that has some sections of another. */
export type Part<T> = { [K in keyof T]?: T[K] | undefined }

/** The vocabulary of a file and of those that add to it. */
export function vocabularyOf(files: readonly Part<WordsFile>[]): Vocabulary {
  const all = (key: 'reading' | 'generic' | 'destinations' | 'open' | 'licences' | 'things' | 'general' | 'internal') => files.flatMap((file) => file[key] ?? [])
  const objects = files.flatMap((file) => file.objects ?? [])
  const grouped = (key: 'actions' | 'implied') => files.flatMap((file) => Object.entries(file[key] ?? {}))
  const delegating = files.flatMap((file) => file.delegating ?? [])
  return {
    reading: new Set(all('reading').map(stem)),
    actions: groupsByWord([...grouped('actions'), ...grouped('implied')], stem),
    verbs: groupsByWord(grouped('actions'), (word) => word),
    generic: new Set(all('generic').map(stem)),
    idioms: files.flatMap(({ idioms }) => idioms ?? []),
    objects: groupsByWord(objects.map((words, index) => [index, words] as const), stem),
    destinations: new Set(all('destinations')),
    delegating: { verbs: new Set(delegating.flatMap(({ verbs }) => verbs)), things: new Set(delegating.flatMap(({ things }) => things.map(stem))) },
    open: new Set(all('open').map(stem)),
    licences: new Set(all('licences')),
    things: new Set(all('things')),
    general: new Set(all('general').map(stem)),
    internal: new Set(all('internal')),
  }
}

function groupsByWord<K>(groups: readonly (readonly [K, readonly string[]])[], form: (word: string) => string): Map<string, K[]> {
  const byWord = new Map<string, K[]>()
  for (const [group, words] of groups)
    for (const word of new Set(words.map(form))) byWord.set(word, [...new Set([...(byWord.get(word) ?? []), group])])
  return byWord
}
