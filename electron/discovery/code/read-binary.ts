import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import type { AgentId } from '../../contract/ids.ts'
import type { Catalogue } from '../catalogue/catalogue.ts'
import { fileKey } from './read-script.ts'

/** What the bytes of an executable say, whatever it is called. */
export interface BinaryFacts {
  /** The interpreter that it is, by a name that the catalogue has. */
  interpreter: string | undefined
  /** The agent whose package name it repeats most, when it does so often. */
  agent: { id: AgentId; name: string; times: number } | undefined
  model: string | undefined
  tool: string | undefined
}

const CHUNK = 1024 * 1024
const MOST_BYTES = 768 * 1024 * 1024
/** Programs mention each other: only who repeats one name this often is it. */
const OFTEN = 20
/** Programs of the system's own folders are what their package says; they are not read. */
export const SYSTEM = /^\/(usr\/(s?bin|lib\w*|libexec)|s?bin|lib\w*|snap|nix)/
const OVERLAP = 256
const MODELS = ['/v1/messages', '/chat/completions', ':streamGenerateContent']
const TOOLS = ['tool_use', 'tool_calls', 'functionCall']

/** What is looked for besides models, which every agent has to have in it. */
export type Question = 'agent' | 'interpreter'

/** Reads executables of the user's own folders for agents and interpreters under another name; each file once a question. */
export class BinaryReader {
  readonly #interpreters: (readonly [string, string])[]
  readonly #names: (readonly [AgentId, string])[]
  readonly #kept = new Map<string, BinaryFacts>()

  constructor(catalogue: Catalogue) {
    this.#interpreters = [...catalogue.interpreters].flatMap(([name, entry]) => entry.contains.map((text) => [name, text] as const))
    // Short names are parts of other words.
    this.#names = [...catalogue.byNpm].flatMap(([name, id]) => (name.length >= 8 ? [[id, name] as const] : []))
  }

  /** Whether the program lies where everybody may put one. */
  isWorthReading(exe: string): boolean {
    return !SYSTEM.test(exe)
  }

  /** Reads up to 768 MB, once for each state of the file. Undefined where it can't be read. */
  read(path: string, question: Question): BinaryFacts | undefined {
    const steps = this.#steps(path, question)
    for (;;) {
      const step = steps.next()
      if (step.done) return step.value
    }
  }

  /** The same in small steps, so that others get their turn. */
  async readInSteps(path: string, question: Question): Promise<BinaryFacts | undefined> {
    const steps = this.#steps(path, question)
    for (;;) {
      const step = steps.next()
      if (step.done) return step.value
      await new Promise(setImmediate)
    }
  }

  /** What an earlier reading found. */
  known(path: string, question: Question): BinaryFacts | undefined {
    return this.#kept.get(`${question}:${fileKey(path)}`)
  }

  *#steps(path: string, question: Question): Generator<void, BinaryFacts | undefined> {
    const key = `${question}:${fileKey(path)}`
    const kept = this.#kept.get(key)
    if (kept) return kept
    const facts = yield* question === 'agent' ? this.#agentIn(path) : this.#interpreterIn(path)
    if (facts) this.#kept.set(key, facts)
    return facts
  }

  *#interpreterIn(path: string): Generator<void, BinaryFacts | undefined> {
    let read = false
    for (const bytes of chunks(path)) {
      read = true
      const interpreter = this.#interpreters.find(([, text]) => bytes.includes(text, 0, 'latin1'))?.[0]
      if (interpreter !== undefined) return { ...NOTHING, interpreter }
      yield
    }
    return read ? NOTHING : undefined
  }

  /** The rest is looked for only where a model is asked at all, which few programs do. */
  *#agentIn(path: string): Generator<void, BinaryFacts | undefined> {
    let model: string | undefined
    let tool: string | undefined
    let read = false
    for (const bytes of chunks(path)) {
      read = true
      model ??= MODELS.find((text) => bytes.includes(text, 0, 'latin1'))
      if (model !== undefined) break
      yield
    }
    if (!read) return undefined
    if (model === undefined) return NOTHING
    for (const bytes of chunks(path)) {
      tool = TOOLS.find((text) => bytes.includes(text, 0, 'latin1'))
      if (tool !== undefined) break
      yield
    }
    return { interpreter: undefined, agent: yield* this.#agentNamedIn(path), model, tool }
  }

  *#agentNamedIn(path: string): Generator<void, BinaryFacts['agent']> {
    const times = new Map<string, number>()
    for (const bytes of chunks(path)) {
      for (const [, name] of this.#names) times.set(name, (times.get(name) ?? 0) + timesIn(bytes, name))
      yield
    }
    const [most] = [...times].toSorted((a, b) => b[1] - a[1])
    const named = most && most[1] >= OFTEN ? this.#names.find(([, name]) => name === most[0]) : undefined
    return named && most && { id: named[0], name: named[1], times: most[1] }
  }
}

const NOTHING: BinaryFacts = { interpreter: undefined, agent: undefined, model: undefined, tool: undefined }

/** For whoever reads: a piece is looked at before anybody else gets a turn. */
const buffer = Buffer.allocUnsafeSlow(CHUNK + OVERLAP)

/** A file in pieces that overlap, each valid until the next; none where it can't be read. */
function* chunks(path: string): Generator<Buffer> {
  let fd: number | undefined
  try {
    fd = openSync(path, 'r')
    const size = Math.min(fstatSync(fd).size, MOST_BYTES)
    for (let at = 0; at < size; at += CHUNK) {
      const length = readSync(fd, buffer, 0, buffer.length, at)
      if (length === 0) break
      yield buffer.subarray(0, length)
    }
  } catch {
    // It may not be read, or is gone: then nothing is known of it.
  } finally {
    if (fd !== undefined) closeSync(fd)
  }
}

function timesIn(bytes: Buffer, name: string): number {
  let times = 0
  for (let at = bytes.indexOf(name, 0, 'latin1'); at >= 0 && times < 1000; at = bytes.indexOf(name, at + name.length, 'latin1')) times += 1
  return times
}
