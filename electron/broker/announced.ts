import { posix } from 'node:path'
import type { Effect } from '../contract/effect.ts'

/** Calls take a while to begin and may go on in the background; after this long, in milliseconds, what they announced no longer counts. */
const HOLDS = 10 * 60_000
/** Of more effects than this the oldest are forgotten. */
const MOST = 2000

interface Announced {
  effect: Effect
  until: number
}

/**
 * What the calls of a contained agent that is hooked as well have announced, and were allowed for: the intent that is compared with
 * what the kernel then sees.
 */
export class AnnouncedEffects {
  #effects: Announced[] = []

  add(effects: readonly Effect[], now: number): void {
    this.#effects.push(...effects.map((effect) => ({ effect, until: now + HOLDS })))
    this.#effects = this.#effects.slice(-MOST)
  }

  /**
   * Whether no call announced this. Never so where nothing was announced lately, nor where a call said that it can't be told
   * which programs it runs: then nothing can be compared.
   */
  lacks(effect: Effect, now: number): boolean {
    this.#drop(now)
    return this.#effects.length > 0 && !this.#effects.some(({ effect: announced }) => announced.kind === 'unknown' || contains(announced, effect))
  }

  /** Whether some call announced this very effect, or one that contains it. */
  cover(effect: Effect, now: number): boolean {
    this.#drop(now)
    return this.#effects.some(({ effect: announced }) => contains(announced, effect))
  }

  #drop(now: number): void {
    if (this.#effects.some(({ until }) => until <= now)) this.#effects = this.#effects.filter(({ until }) => until > now)
  }
}

function contains(announced: Effect, effect: Effect): boolean {
  switch (announced.kind) {
    case 'exec':
      return effect.kind === 'exec' && posix.basename(announced.program) === posix.basename(effect.program) && sameWords(announced.args, effect.args)
    case 'read':
    case 'write':
    case 'delete':
      if (effect.kind !== announced.kind) return false
      return effect.path === announced.path || (announced.recursive === true && effect.path.startsWith(`${announced.path}/`))
    case 'connect':
    case 'listen':
      return effect.kind === announced.kind && effect.host === announced.host && (announced.port === undefined || announced.port === effect.port)
    case 'tool':
    case 'unknown':
      return false
  }
}

/** A word that was only known at run time may have become any number of words. */
function sameWords(announced: readonly (string | null)[], words: readonly (string | null)[]): boolean {
  if (announced.includes(null)) return true
  return announced.length === words.length && announced.every((word, index) => word === words[index])
}
