import type { Effect } from '../contract/effect.ts'
import { addSources, type Flow } from './flow.ts'
import { isInside } from './paths.ts'

/** More effects than this are told as one `unknown`: nobody can judge them one by one. */
const MOST = 2000

/** Why a program that runs a file can't be judged by it; the effect's text is the file. */
export const RUNS_WHAT_IT_WRITES = 'runs a file that the same command writes'

/** The effects of one call, each once, in the order in which they were found. */
export class EffectList {
  readonly all: Effect[] = []
  readonly #seen = new Map<string, Effect>()
  /** Whether the call may have made files so far: then what a directory holds now says less of what a pattern will match. */
  wrote = false
  /** How many paths it may have changed so far. */
  changes = 0
  /** Follows what is read to where it goes, in calls that do more than one thing. */
  flow: Flow | undefined
  readonly #around: EffectList | undefined

  /** `around` is the list of the call, where this one is for a part of it that is judged apart. */
  constructor(around?: EffectList) {
    this.#around = around
    this.wrote = around?.wrote ?? false
    this.flow = around?.flow
  }

  add(effect: Effect): void {
    const added = this.#addOnce(effect)
    if (effect.kind === 'read') this.flow?.reads(effect.path, effect.recursive === true)
    else if (added.kind === 'write' || added.kind === 'connect') this.flow?.leaves(added)
  }

  /** Adds an effect of a part that was judged apart. */
  take(effect: Effect): void {
    const added = this.#addOnce(effect)
    if (added !== effect && 'from' in effect && effect.from !== undefined && added.kind === effect.kind) addSources(added, effect.from)
  }

  /** Adds a file that is read for the code in it: its data goes nowhere. */
  addCode(path: string): void {
    this.#addOnce({ kind: 'read', path })
  }

  #addOnce(effect: Effect): Effect {
    const key = keyOf(effect)
    const known = this.#seen.get(key)
    if (known !== undefined) return known
    if (this.all.length >= MOST) {
      if (this.all.length === MOST) this.all.push({ kind: 'unknown', reason: `the call does more than ${MOST} different things` })
      return effect
    }
    this.#seen.set(key, effect)
    this.all.push(effect)
    if (effect.kind === 'write') this.wrote = true
    if (effect.kind === 'write' || effect.kind === 'delete') this.changes += 1
    return effect
  }

  /** Whether the call has written a path so far. */
  writes(path: string): boolean {
    const own = this.all.some((effect) => effect.kind === 'write' && (effect.path === path || (effect.recursive === true && isInside(path, effect.path))))
    return own || (this.#around?.writes(path) ?? false)
  }

  /** Whether a name may be gone, or be another thing, by what the call has done so far. */
  replaces(path: string): boolean {
    const own = this.all.some((effect) => (effect.kind === 'delete' || effect.kind === 'write') && (effect.path === path || (effect.recursive === true && isInside(path, effect.path))))
    return own || (this.#around?.replaces(path) ?? false)
  }

  unknown(reason: string, text?: string): void {
    this.#addOnce(unknown(reason, text))
  }

  /** A connection to a host that is not known. */
  unknownHost(reason: string, text: string): void {
    const added = this.#addOnce(unknown(reason, text))
    if (added.kind === 'unknown') this.flow?.leaves(added)
  }
}

function keyOf(effect: Effect): string {
  switch (effect.kind) {
    case 'exec':
      return `exec\0${effect.program}\0${effect.path ?? ''}\0${effect.vouched ? 'v' : ''}\0${effect.args.map((word) => (word === null ? '\0' : word)).join('\0')}`
    case 'read':
    case 'write':
    case 'delete':
      return `${effect.kind}\0${effect.path}${effect.recursive ? '\0' : ''}`
    case 'connect':
      return `connect\0${effect.host}\0${effect.port ?? ''}\0${effect.method ?? ''}`
    case 'listen':
      return `listen\0${effect.host}\0${effect.port ?? ''}`
    case 'tool':
      return `tool\0${effect.server ?? ''}\0${effect.name}`
    case 'unknown':
      return `unknown\0${effect.reason}\0${effect.text ?? ''}`
  }
}

function unknown(reason: string, text: string | undefined): Effect {
  return text === undefined ? { kind: 'unknown', reason } : { kind: 'unknown', reason, text: shortened(text) }
}

function shortened(text: string): string {
  return text.length <= 200 ? text : `${text.slice(0, 199)}…`
}
