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

const CHUNK = 4 * 1024 * 1024
const MOST_BYTES = 768 * 1024 * 1024
/** Programs mention each other: only who repeats one name this often is it. */
const OFTEN = 20
/** Programs of the system's own folders are what their package says; they are not read. */
const SYSTEM = /^\/(usr\/(s?bin|lib\w*|libexec)|s?bin|lib\w*|snap|nix)/
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
    const file = fileKey(path)
    if (file === undefined) return undefined
    const key = `${question}:${file}`
    const kept = this.#kept.get(key)
    if (kept) return kept
    const facts = question === 'agent' ? this.#agentIn(path) : this.#interpreterIn(path)
    if (facts) this.#kept.set(key, facts)
    return facts
  }

  #interpreterIn(path: string): BinaryFacts | undefined {
    let interpreter: string | undefined
    const read = eachChunk(path, (bytes) => {
      interpreter = this.#interpreters.find(([, text]) => bytes.includes(text, 0, 'latin1'))?.[0]
      return interpreter === undefined
    })
    return read ? { interpreter, agent: undefined, model: undefined, tool: undefined } : undefined
  }

  /** Names are counted only where a model is asked at all. */
  #agentIn(path: string): BinaryFacts | undefined {
    let model: string | undefined
    let tool: string | undefined
    const read = eachChunk(path, (bytes) => {
      model ??= MODELS.find((text) => bytes.includes(text, 0, 'latin1'))
      tool ??= TOOLS.find((text) => bytes.includes(text, 0, 'latin1'))
      return model === undefined || tool === undefined
    })
    if (!read) return undefined
    return { interpreter: undefined, agent: model === undefined ? undefined : this.#agentNamedIn(path), model, tool }
  }

  #agentNamedIn(path: string): BinaryFacts['agent'] {
    const times = new Map<string, number>()
    eachChunk(path, (bytes) => {
      for (const [, name] of this.#names) times.set(name, (times.get(name) ?? 0) + timesIn(bytes, name))
      return true
    })
    const [most] = [...times].toSorted((a, b) => b[1] - a[1])
    const named = most && most[1] >= OFTEN ? this.#names.find(([, name]) => name === most[0]) : undefined
    return named && most && { id: named[0], name: named[1], times: most[1] }
  }
}

/** Hands over a file in pieces that overlap, until `look` returns false. False where it can't be read. */
function eachChunk(path: string, look: (bytes: Buffer) => boolean): boolean {
  let fd: number | undefined
  try {
    fd = openSync(path, 'r')
    const size = Math.min(fstatSync(fd).size, MOST_BYTES)
    const buffer = Buffer.allocUnsafe(Math.min(CHUNK + OVERLAP, size))
    for (let at = 0; at < size; at += CHUNK) {
      const length = readSync(fd, buffer, 0, buffer.length, at)
      if (length === 0 || !look(buffer.subarray(0, length))) break
    }
    return true
  } catch {
    return false
  } finally {
    if (fd !== undefined) closeSync(fd)
  }
}

function timesIn(bytes: Buffer, name: string): number {
  let times = 0
  for (let at = bytes.indexOf(name, 0, 'latin1'); at >= 0 && times < 1000; at = bytes.indexOf(name, at + name.length, 'latin1')) times += 1
  return times
}
