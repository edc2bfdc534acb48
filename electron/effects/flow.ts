import type { Effect } from '../contract/effect.ts'
import { baseName, isInside } from './paths.ts'

/** Paths that data was read from; `/a/**` for everything below `/a`. */
export type Sources = ReadonlySet<string>

/** An effect that data can leave through. */
type Sink = Extract<Effect, { kind: 'write' | 'connect' | 'unknown' }>

/** More sources of one thing than this are not told. */
const MOST_TOLD = 20
/** More than this are not remembered for one command or variable, and of no more files. */
const MOST_KEPT = 100

/** A part of a call, such as a command: what comes in, what it reads, and where that may go. */
interface Part {
  readonly around: Part | undefined
  /** What it gets from standard input, or from the part that runs it. */
  readonly incoming: Sources
  /** What it reads itself. */
  read: Sources
  /** What the parts inside it print. */
  inner: Sources
  readonly sinks: Sink[]
  /** It reads what the part around it prints, as `>(COMMAND)` does. */
  readonly isFed: boolean
}

const NONE: Sources = new Set()

/**
 * Follows data inside one call: what a command reads may go wherever the same command writes or connects to, through a pipe or a
 * substitution into another one, and through a file or a variable to a later one. What a program makes of the data is not known, so
 * all of it counts. Fills `from` of the effects.
 */
export class Flow {
  readonly #workspace: string
  readonly #isSecretName: (name: string) => boolean
  readonly #files = new Map<string, { isTree: boolean; sources: Sources }>()
  readonly #variables = new Map<string, Sources>()
  #part: Part = { around: undefined, incoming: NONE, read: NONE, inner: NONE, sinks: [], isFed: false }

  constructor(workspace: string, isSecretName: (name: string) => boolean) {
    this.#workspace = workspace
    this.#isSecretName = isSecretName
  }

  /** Begins a part. `incoming` is what a pipe brings; without it the part shares the standard input of the one around it. */
  open(incoming?: Sources, isFed = false): void {
    const around = this.#part
    this.#part = { around, incoming: incoming ?? union(around.incoming, around.read), read: NONE, inner: NONE, sinks: [], isFed }
  }

  /**
   * Ends the part that was begun last, and gives back where what it prints comes from. That goes to the part around it, unless a
   * pipe takes it elsewhere.
   */
  close(isPiped = false): Sources {
    const { around, incoming, read, inner, sinks, isFed } = this.#part
    const sources = union(union(incoming, read), inner)
    if (sources.size > 0 && sinks.length > 0) this.#tell(sinks, sources)
    if (around === undefined) return sources
    this.#part = around
    if (!isPiped && !isFed && around.around !== undefined) around.inner = union(around.inner, sources)
    if (sinks.length > 0 && (isFed || this.#isFedAround(around))) around.sinks.push(...sinks)
    return sources
  }

  /** The part reads a path, and with it all that has been written there. */
  reads(path: string, isTree: boolean): void {
    if (this.#part.read.size >= MOST_KEPT) return
    let sources = union(this.#part.read, new Set([isTree ? `${path === '/' ? '' : path}/**` : path]))
    for (const [file, written] of this.#files)
      if (file === path || (written.isTree && isInside(path, file)) || (isTree && isInside(file, path))) sources = union(sources, written.sources)
    this.#part.read = sources
  }

  /** The part writes or connects; data that it has by its end may go there. */
  leaves(sink: Sink): void {
    if (this.#part.sinks.at(-1) !== sink) this.#part.sinks.push(sink)
  }

  /** A variable gets what the part has so far. */
  assigns(name: string): void {
    const { incoming, read, inner } = this.#part
    const sources = union(union(incoming, read), inner)
    if (sources.size > 0 && this.#variables.size < MOST_KEPT) this.#variables.set(name, union(this.#variables.get(name) ?? NONE, sources))
  }

  /** The value of a variable is used. */
  uses(name: string): void {
    const sources = this.#variables.get(name)
    if (sources !== undefined) this.#part.read = union(this.#part.read, sources)
  }

  #isFedAround(part: Part): boolean {
    for (let at: Part | undefined = part; at !== undefined; at = at.around) if (at.isFed) return true
    return false
  }

  /** Says of each sink where its data comes from, and remembers that of files for those who read them later. */
  #tell(sinks: readonly Sink[], sources: Sources): void {
    const all = this.#inOrder(sources)
    const fromOutside = all.filter((source) => !isInside(source, this.#workspace))
    for (const sink of sinks) {
      const stays = sink.kind === 'write' && isInside(sink.path, this.#workspace)
      if (sink.kind === 'write') this.#remember(sink.path, sink.recursive === true, sources)
      addSources(sink, stays ? fromOutside : all)
    }
  }

  #remember(path: string, isTree: boolean, sources: Sources): void {
    const before = this.#files.get(path)
    if (before !== undefined) this.#files.set(path, { isTree: isTree || before.isTree, sources: union(before.sources, sources) })
    else if (this.#files.size < MOST_KEPT) this.#files.set(path, { isTree, sources })
  }

  /** The sources, those that must be told first in front where there are too many. */
  #inOrder(sources: Sources): readonly string[] {
    return sources.size <= MOST_TOLD ? [...sources] : [...sources].toSorted((a, b) => this.#weight(b) - this.#weight(a))
  }

  /** What must be told first where there is too much: secrets, then what is outside the workspace. */
  #weight(source: string): number {
    if (this.#isSecretName(baseName(source))) return 2
    return isInside(source, this.#workspace) ? 0 : 1
  }
}

/** Adds sources to an effect, as many as are told; a file is no source of itself. */
export function addSources(sink: Sink, sources: readonly string[]): void {
  const from = new Set(sink.from)
  for (const source of sources) {
    if (from.size >= MOST_TOLD) break
    if (sink.kind !== 'write' || source !== sink.path) from.add(source)
  }
  if (from.size > 0) sink.from = [...from]
}

function union(a: Sources, b: Sources): Sources {
  if (b.size === 0 || a === b) return a
  if (a.size === 0) return b
  const all = new Set(a)
  for (const source of b) if (all.size < MOST_KEPT) all.add(source)
  return all
}
