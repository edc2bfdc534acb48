import * as z from 'zod'
import type { Effect, ExecEffect } from '../contract/effect.ts'
import { baseName } from '../effects/paths.ts'
import { compileSegment, expandBraces, matchSegment, type Segment } from '../policy/glob.ts'
import { PathIndex } from '../policy/path-index.ts'
import { Expression } from './expression.ts'
import { FLOWS, type Flow } from './flows.ts'
import type { Part } from './vocabulary.ts'

const Patterns = z.array(z.string()).optional()

/** The form of `policies/knowledge/behaviour/sequences.yaml`. */
export const SequencesFile = z.strictObject({
  classes: z.record(z.string(), z.strictObject({ points: z.number().positive(), most: z.number().positive(), what: z.string(), tags: z.array(z.string()), detector: z.enum(['sequence', 'tampering']).default('sequence') })),
  behaviours: z.array(
    z.strictObject({
      class: z.string(),
      kind: z.string(),
      points: z.number().positive().optional(),
      commands: Patterns,
      reads: Patterns,
      writes: Patterns,
      deletes: Patterns,
      hosts: Patterns,
      outside: z.literal(true).optional(),
      text: Expression.optional(),
      raw: Expression.optional(),
      flows: z.enum(FLOWS).optional(),
    }),
  ),
})

export type SequencesFile = z.output<typeof SequencesFile>

/** A class of steps of an attack, and what one kind of it adds to the score. */
export interface BehaviourClass {
  name: string
  points: number
  /** What all its kinds together can add. */
  most: number
  /** Completes "the session ...". */
  what: string
  tags: readonly string[]
  /** The detector that counts it. */
  detector: 'sequence' | 'tampering'
}

/** One kind of such steps. */
export interface Behaviour {
  class: BehaviourClass
  kind: string
  /** What it adds; as its class says, unless it says otherwise. */
  points: number
  /** Counts only for paths outside of the workspace. */
  outside: boolean
}

interface CommandPattern {
  words: readonly { segment: Segment; absent: boolean }[]
  /** Only options may follow. */
  bare: boolean
  behaviour: Behaviour
}

/** What steps of attacks look like: `policies/knowledge/behaviour/sequences.yaml`, indexed. */
export class Behaviours {
  readonly #programs = new Map<string, CommandPattern[]>()
  readonly #programGlobs: { segment: Segment; pattern: CommandPattern }[] = []
  readonly #paths = { read: new PathIndex<Behaviour>(false), write: new PathIndex<Behaviour>(false), delete: new PathIndex<Behaviour>(false) }
  readonly #hosts: { segment: Segment; behaviour: Behaviour }[] = []
  readonly #texts: { expression: RegExp; behaviour: Behaviour }[] = []
  readonly #raw: { expression: RegExp; behaviour: Behaviour }[] = []
  readonly #flows = new Map<Flow, Behaviour>()

  /** The steps of a file and of those that add to it. Every behaviour has its class in one of them. */
  constructor(files: readonly Part<SequencesFile>[]) {
    const named = new Map(files.flatMap((file) => Object.entries(file.classes ?? {})).map(([name, one]) => [name, { name, ...one }]))
    for (const one of files.flatMap(({ behaviours }) => behaviours ?? [])) {
      const of = named.get(one.class)!
      const behaviour: Behaviour = { class: of, kind: one.kind, points: one.points ?? of.points, outside: one.outside ?? false }
      for (const command of one.commands ?? []) this.#addCommand(command, behaviour)
      for (const kind of ['read', 'write', 'delete'] as const)
        for (const pattern of one[`${kind}s`] ?? []) for (const glob of expandBraces(pattern) ?? []) this.#paths[kind].add(glob, behaviour)
      for (const host of one.hosts ?? []) this.#hosts.push({ segment: compileSegment(host), behaviour })
      if (one.text) this.#texts.push({ expression: one.text, behaviour })
      if (one.raw) this.#raw.push({ expression: one.raw, behaviour })
      if (one.flows) this.#flows.set(one.flows, behaviour)
    }
  }

  /** The kinds of steps that an effect is. */
  ofEffect(effect: Effect, found: (behaviour: Behaviour) => void): void {
    switch (effect.kind) {
      case 'exec':
        return this.#ofProgram(effect, found)
      case 'read':
      case 'write':
      case 'delete':
        return this.#paths[effect.kind].match(effect.path, found)
      case 'connect':
        for (const { segment, behaviour } of this.#hosts) if (matchSegment(segment, effect.host)) found(behaviour)
        return
      case 'unknown':
        if (effect.text !== undefined && /code/.test(effect.reason)) this.ofText(effect.text, found)
        return
      case 'listen':
      case 'tool':
    }
  }

  /** The kinds of steps in a command of a shell that Paddock does not read, or in code. */
  ofText(text: string, found: (behaviour: Behaviour) => void): void {
    const looked = text.slice(0, 8 * 1024)
    for (const { expression, behaviour } of this.#texts) if (expression.test(looked)) found(behaviour)
  }

  /** The kinds of steps in a command as it is written. */
  ofCommand(text: string, found: (behaviour: Behaviour) => void): void {
    const looked = text.slice(0, 8 * 1024)
    for (const { expression, behaviour } of this.#raw) if (expression.test(looked)) found(behaviour)
  }

  ofFlow(flow: Flow): Behaviour | undefined {
    return this.#flows.get(flow)
  }

  #addCommand(text: string, behaviour: Behaviour): void {
    const [program, ...rest] = text.split(' ')
    const bare = rest.at(-1) === '[]'
    const words = (bare ? rest.slice(0, -1) : rest).map((word): CommandPattern['words'][number] => ({ segment: compileSegment(word.replace(/^!/, '')), absent: word.startsWith('!') }))
    const pattern: CommandPattern = { words, bare, behaviour }
    if (/[*?]/.test(program!)) this.#programGlobs.push({ segment: compileSegment(program!), pattern })
    else this.#programs.set(program!, [...(this.#programs.get(program!) ?? []), pattern])
  }

  #ofProgram({ program, args }: ExecEffect, found: (behaviour: Behaviour) => void): void {
    const name = baseName(program)
    for (const pattern of this.#programs.get(name) ?? []) if (matches(pattern, args)) found(pattern.behaviour)
    for (const { segment, pattern } of this.#programGlobs) if (matchSegment(segment, name) && matches(pattern, args)) found(pattern.behaviour)
  }
}

/** More words than these are not looked at. */
const MOST_WORDS = 60

function matches({ words, bare }: CommandPattern, args: readonly (string | null)[]): boolean {
  const looked = args.length > MOST_WORDS ? args.slice(0, MOST_WORDS) : args
  if (bare && words.length === 0) return looked.every((word) => word === null || word.startsWith('-'))
  return words.every(({ segment, absent }) => looked.some((word) => word !== null && matchSegment(segment, word)) !== absent)
}
