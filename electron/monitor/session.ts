import type { Taint } from '../contract/deviation.ts'
import type { MonitorKnowledge } from './knowledge.ts'
import { isInside } from '../effects/paths.ts'
import { isFor, lookedUp } from './lookup.ts'
import { readingOf, type Reading } from './reading.ts'
import { requestOf, type Request } from './request.ts'
import { Score } from './score.ts'
import { bounded } from './words.ts'

/** Of a session's past no more is kept than this, the newest. */
const MOST_READINGS = 16
const MOST_SEEN = 64
const MOST_USED = 400
const MOST_NAMED = 5
const MOST_RECENT = 32
const LONGEST_FOUND = 4 * 1024
const MOST_LOOKED_UP = 200

/** One live session: what was asked for, what was read, what was done. Bounded, however long it goes on. */
export class Session {
  readonly score = new Score()
  readonly workspace: string
  readonly taint: Taint = { read: [], holds: [] }
  /** How many calls were weighed. */
  calls = 0
  request: Request
  readings: readonly Reading[] = []
  /** What the agent used: `tool:…`, `to:…`, `program:…`, `host:…`, `area:…`, `step:…`; for the profile, and to know what is new. */
  readonly used = new Set<string>()
  /** Calls that were refused, by the class of resource, with their positions. */
  readonly refused = new Map<string, number[]>()
  /** Fingerprints of the last calls, oldest first. */
  readonly recent: string[] = []
  /** When the last calls came, in milliseconds; oldest first. */
  readonly times: number[] = []
  /** The same for its sub-agents. */
  readonly usedBySubAgents = new Set<string>()
  /** What its sub-agents were told; the last ones. */
  orders: readonly Request[] = []
  /** Files that hold what was in a secret: copies, archives, what was made of them. */
  readonly copies = new Set<string>()
  /** Where a secret was touched last. */
  lastSecret: number | undefined
  #knowledge: MonitorKnowledge
  /** Addresses that tools gave back for what the request names. */
  readonly lookedUp = new Set<string>()
  /** What tools gave back that are for what the request is about, in lower case, where it orders nothing and speaks to nobody; the last ones. */
  found: readonly string[] = []
  readonly #read = new Set<string>()

  constructor(workspace: string, said: string, knowledge: MonitorKnowledge) {
    this.workspace = workspace
    this.#knowledge = knowledge
    this.request = requestOf(said, knowledge.vocabulary)
  }

  /** What is known beforehand has changed: from now on it is read by that. */
  know(knowledge: MonitorKnowledge): void {
    if (knowledge === this.#knowledge) return
    this.#knowledge = knowledge
    this.request = requestOf(this.request.text, knowledge.vocabulary)
  }

  /** The person said more. Everything that was asked for in this session counts, the newest words first. */
  said(text: string): void {
    const earlier = this.request.text
    this.request = requestOf(`${text}\n${earlier}`, this.#knowledge.vocabulary)
  }

  /** What a tool gave back, as far as it tells to do something. The same text twice is read once. */
  gaveBack(text: string, call: number, tool: string): void {
    const fingerprint = fingerprintOf(text)
    if (this.#read.has(fingerprint)) return
    keep(this.#read, fingerprint, MOST_SEEN)
    const reading = readingOf(text, call, tool, this.request, this.#knowledge)
    for (const mark of reading && reading.signs.length > 0 ? [] : lookedUp(text, this.request, reading?.directives ?? [])) keep(this.lookedUp, mark, MOST_LOOKED_UP)
    if (!reading && isFor(tool, this.request, this.#knowledge.vocabulary)) this.found = [...this.found, bounded(text, LONGEST_FOUND).toLowerCase()].slice(-MOST_NAMED)
    if (reading) this.readings = [...this.readings, reading].slice(-MOST_READINGS)
  }

  /** Kinds of signs in everything that was read, and the first text that has each. */
  get signs(): ReadonlyMap<string, Reading> {
    const kinds = new Map<string, Reading>()
    for (const reading of this.readings) for (const sign of reading.signs) if (!kinds.has(sign)) kinds.set(sign, reading)
    return kinds
  }

  use(name: string, isSubAgent: boolean): void {
    keep(isSubAgent ? this.usedBySubAgents : this.used, name, MOST_USED)
  }

  /** What was refused, by the class of resource. */
  wasRefused(what: string, call: number): void {
    const calls = [...(this.refused.get(what) ?? []), call].slice(-MOST_SEEN)
    this.refused.delete(what)
    this.refused.set(what, calls)
    if (this.refused.size > MOST_SEEN) this.refused.delete(this.refused.keys().next().value!)
  }

  /** It starts a sub-agent with these words. */
  delegate(words: string): void {
    this.orders = [...this.orders, requestOf(words, this.#knowledge.vocabulary)].slice(-MOST_NAMED)
  }

  /** A file was made of others; of a secret, or of a copy of one, it is a copy. */
  made(path: string, from: readonly string[], isSecret: (path: string) => boolean): void {
    if (!isSecret(path) && from.some((one) => isSecret(one) || this.isCopy(one))) keep(this.copies, path, MOST_SEEN)
  }

  /** Whether a path, or anything below it where it stands for a folder, is a copy of a secret. */
  isCopy(path: string): boolean {
    if (this.copies.size === 0) return false
    const folder = path.replace(/\/\*\*$/, '')
    return this.copies.has(path) || [...this.copies].some((copy) => folder !== path && isInside(copy, folder))
  }

  readUntrusted(source: string): void {
    push(this.taint.read, source, MOST_NAMED)
  }

  touchedSecret(path: string, call: number): void {
    this.lastSecret = call
    push(this.taint.holds, path, MOST_NAMED)
  }

  /** A person has seen what was found, and let the call run. */
  forgive(): void {
    this.score.forgive()
    this.refused.clear()
  }

  /** A person has seen what was found, and lets the session go on. */
  acknowledge(): void {
    this.score.acknowledge()
    this.refused.clear()
  }

  remember(fingerprint: string, at: number | undefined): void {
    push(this.recent, fingerprint, MOST_RECENT, true)
    if (at !== undefined) push(this.times, at, MOST_RECENT, true)
  }
}

function keep(set: Set<string>, value: string, most: number): void {
  if (set.has(value)) return
  set.add(value)
  if (set.size > most) set.delete(set.values().next().value!)
}

function push<T>(list: T[], value: T, most: number, again = false): void {
  if (!again && list.includes(value)) return
  list.push(value)
  if (list.length > most) list.shift()
}

/** Enough of a text to know it again: what of it is looked at. Not a digest for others to rely on. */
export function fingerprintOf(text: string): string {
  const looked = bounded(text)
  let hash = 7
  for (let at = 0; at < looked.length; at += 1) hash = (Math.imul(hash, 31) + looked.charCodeAt(at)) | 0
  return `${text.length}:${hash}`
}
