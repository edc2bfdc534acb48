import type { Effect } from '../contract/effect.ts'
import { baseName, isInside } from './paths.ts'

/** Paths that data was read from; `/a/**` for everything below `/a`. */
export type Sources = ReadonlySet<string>

/** An effect that data can leave through. */
type Sink = Extract<Effect, { kind: 'write' | 'connect' | 'unknown' }>

/** More sources of one thing than this are not told. */
const MOST_TOLD = 20
/** More than this are not remembered for one command or variable, and of no more files. */
const MOST_KEPT = 200

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
    if (sources.size > 0) for (const sink of sinks) this.#tell(sink, sources)
    if (around === undefined) return sources
    this.#part = around
    if (!isPiped && !isFed && around.around !== undefined) around.inner = union(around.inner, sources)
    if (sinks.length > 0 && (isFed || this.#isFedAround(around))) around.sinks.push(...sinks)
    return sources
  }

  /** The part reads a path, and with it all that has been written there. */
  reads(path: string, isTree: boolean): void {
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

  #tell(sink: Sink, sources: Sources): void {
    if (sink.kind === 'write' && (this.#files.size < MOST_KEPT || this.#files.has(sink.path))) {
      const before = this.#files.get(sink.path)
      this.#files.set(sink.path, { isTree: sink.recursive === true || before?.isTree === true, sources: union(before?.sources ?? NONE, sources) })
    }
    const isKept = sink.kind === 'write' && isInside(sink.path, this.#workspace)
    const told = [...sources].filter((source) => source !== (sink.kind === 'write' ? sink.path : undefined) && !(isKept && isInside(source, this.#workspace)))
    if (told.length > 0) addSources(sink, told.toSorted((a, b) => this.#weight(b) - this.#weight(a)))
  }

  /** What must be told first where there is too much: secrets, then what is outside the workspace. */
  #weight(source: string): number {
    if (this.#isSecretName(baseName(source))) return 2
    return isInside(source, this.#workspace) ? 0 : 1
  }
}

/** Adds sources to an effect, as many as are told. */
export function addSources(sink: Sink, sources: readonly string[]): void {
  sink.from = [...new Set([...(sink.from ?? []), ...sources])].slice(0, MOST_TOLD)
}

function union(a: Sources, b: Sources): Sources {
  if (b.size === 0 || a === b) return a
  if (a.size === 0) return b
  const all = new Set(a)
  for (const source of b) if (all.size < MOST_KEPT) all.add(source)
  return all
}
