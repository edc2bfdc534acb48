import { closeSync, fstatSync, openSync, readSync, statSync } from 'node:fs'
import { dirname, extname, join } from 'node:path'
import type { AgentId } from '../../contract/ids.ts'
import type { Catalogue } from '../catalogue/catalogue.ts'
import { answerFlow } from './answer-flow.ts'
import { BUNDLE_BYTES, CodeReading, withoutComments, type CodeSigns } from './code-words.ts'
import { importsOf, nameAndParents } from './imports.ts'
import { readManifest } from './package-of.ts'

/** What a program's own text says of it. */
export interface ScriptFacts extends CodeSigns {
  /** Libraries it imports that ask a model, with the name it imports. */
  sdks: ReadonlyMap<AgentId, string>
  /** Agents whose own module it starts, as the scripts do that pip makes. */
  agents: ReadonlyMap<AgentId, string>
  /** The call by which it does what a model answers; undefined where none is seen. */
  flow: string | undefined
  /** It serves tools by the Model Context Protocol. */
  mcpServer: boolean
  /** It holds its libraries whole. */
  bundle: boolean
  /** Variables for a model's address that it reads. */
  baseUrls: readonly string[]
  /** Addresses that stand in its text: `host:port`. */
  addresses: readonly string[]
  /** Variables of the environment that it reads. */
  variables: readonly string[]
}

/** How a script is to be read. */
export interface Reading {
  /** It is shell code. */
  shell: boolean
  /** Folders of Python modules, asked for only when they matter. */
  modules: () => readonly string[]
}

/** Modules that make a program an MCP server. */
const MCP_SERVER = /^(@modelcontextprotocol\/(sdk\/server|server)|fastmcp|mcp\.server|mcp\.FastMCP)/
const MOST_FILES = 48
const MOST_BYTES = 16 * 1024 * 1024
/** An answer is followed in texts of this length, and only where no words of tool use say as much. */
const MOST_FOLLOWED = BUNDLE_BYTES
/** A script that is shorter does little itself. */
const THIN_BYTES = 2000
const SHELL_SENDS = /(?:^|[\s;|&$(`])(?:curl|wget|https?|xh|nc|socat|openssl)\s/m
/** Results that are kept. */
const MOST_KEPT = 2000
const ENDINGS = ['', '.js', '.mjs', '.cjs', '.ts', '.mts', '.py', '/index.js', '/index.ts', '/__init__.py', '/__main__.py']

/** Reads scripts with what they import from their own folders. A file that did not change is read once. */
export class ScriptReader {
  readonly #catalogue: Catalogue
  readonly #reading: CodeReading
  readonly #kept = new Map<string, ScriptFacts>()

  constructor(catalogue: Catalogue) {
    this.#catalogue = catalogue
    this.#reading = new CodeReading(catalogue.code)
  }

  /** Facts about a script; undefined where it can't be read or is no text. */
  read(path: string, reading: Reading): ScriptFacts | undefined {
    const key = fileKey(path)
    if (key === undefined) return undefined
    const kept = this.#kept.get(key)
    if (kept) return kept
    const texts = this.#withImports(path, reading)
    return texts.length === 0 ? undefined : this.#keep(key, this.#facts(texts, reading.shell))
  }

  /** Facts about program text, such as that of `python -c`. */
  readText(text: string, shell: boolean): ScriptFacts {
    return this.#kept.get(text) ?? this.#keep(text, this.#facts([text], shell))
  }

  #keep(key: string, facts: ScriptFacts): ScriptFacts {
    if (this.#kept.size >= MOST_KEPT) this.#kept.clear()
    this.#kept.set(key, facts)
    return facts
  }

  #facts(texts: readonly string[], shell: boolean): ScriptFacts {
    const bundle = texts.some((text) => text.length > BUNDLE_BYTES)
    const text = texts.map((one) => (one.length > BUNDLE_BYTES * 4 ? one : withoutComments(one))).join('\n')
    const names = bundle && texts.length === 1 ? importsOf(text.slice(0, BUNDLE_BYTES * 4)).names : importsOf(text).names
    const sdks = known(names, this.#catalogue.sdkByNpm, this.#catalogue.sdkByPython)
    const signs = this.#reading.signs(text, sdks.size > 0)
    const asks = sdks.size > 0 || signs.model !== undefined
    const baseUrls = asks ? [...this.#catalogue.baseUrls].filter((name) => text.includes(name)) : []
    const addressKnown = sdks.size > 0 || baseUrls.length > 0 || !signs.byShape
    return {
      ...signs,
      flow: asks && signs.tool === undefined && text.length <= MOST_FOLLOWED ? answerFlow(text, this.#catalogue.code, { libraries: sdks.values(), variables: baseUrls, anything: !addressKnown }) : undefined,
      ...(shell && { sends: SHELL_SENDS.test(text) }),
      sdks,
      agents: known(names, new Map(), this.#catalogue.byPython),
      mcpServer: [...names].some((name) => MCP_SERVER.test(name)),
      bundle,
      baseUrls,
      addresses: asks ? addressesIn(text) : [],
      variables: asks ? variablesIn(text) : [],
    }
  }

  /** The text of the script and of the files that it imports, its own first. */
  #withImports(path: string, { modules }: Reading): string[] {
    const texts: string[] = []
    const seen = new Set<string>()
    const queue = [path]
    let bytes = 0
    for (let at = 0; at < queue.length && texts.length < MOST_FILES && bytes < MOST_BYTES; at++) {
      const file = queue[at]!
      if (seen.has(file)) continue
      seen.add(file)
      const text = readText(file, MOST_BYTES - bytes)
      if (text === undefined) continue
      texts.push(text)
      bytes += text.length
      if (text.length > BUNDLE_BYTES) continue
      const { names, local } = importsOf(text)
      for (const name of local) queue.push(...localFiles(file, name))
      // A script that only starts something else is what it starts.
      if (file === path && text.length < THIN_BYTES) for (const name of names) queue.push(...installedFiles(file, name, modules))
    }
    return texts
  }
}

function known(names: ReadonlySet<string>, byNpm: ReadonlyMap<string, AgentId>, byPython: ReadonlyMap<string, AgentId>): Map<AgentId, string> {
  const found = new Map<AgentId, string>()
  for (const name of names)
    for (const one of nameAndParents(name)) {
      const id = byNpm.get(one) ?? byPython.get(one)
      if (id !== undefined && !found.has(id)) found.set(id, one)
    }
  return found
}

/** Files of the same program that an import may mean. */
function localFiles(from: string, name: string): string[] {
  const folder = dirname(from)
  if (/^\.{1,2}\//.test(name)) return existing(join(folder, name))
  if (name.startsWith('/') || name.startsWith('@')) return []
  if (extname(from) !== '' && extname(from) !== '.py' && !/^[\w.]+$/.test(name)) return []
  const dots = /^\.*/.exec(name)?.[0].length ?? 0
  const base = join(folder, ...Array.from({ length: Math.max(0, dots - 1) }, () => '..'))
  return existing(join(base, name.slice(dots).replaceAll('.', '/')))
}

/** Where a package or module is installed that a thin script starts. */
function installedFiles(from: string, name: string, modules: () => readonly string[]): string[] {
  if (name.startsWith('node:')) return []
  const [first = '', second] = name.split('/')
  const folder = name.startsWith('@') && second !== undefined ? `${first}/${second}` : first
  for (let at = dirname(from), level = 0; level < 6; at = dirname(at), level += 1) {
    const found = join(at, 'node_modules', folder)
    const main = readManifest(join(found, 'package.json'))?.main
    if (main !== undefined) return existing(join(found, main))
    const index = existing(join(found, 'index'))
    if (index.length > 0) return index
  }
  if (!/^[\w.]+$/.test(name)) return []
  return modules().flatMap((root) => existing(join(root, name.replaceAll('.', '/')))).slice(0, 1)
}

function existing(path: string): string[] {
  const file = ENDINGS.map((ending) => `${path.replace(/\.js$/, ending === '' || ending.startsWith('/') ? '.js' : '')}${ending}`).find(isFile)
  return file === undefined ? [] : [file]
}

/** Whether there is a file that this user can see. */
export function isFile(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false
  } catch {
    return false
  }
}

/** Names a file in the state it is in; undefined where there is none. */
export function fileKey(path: string): string | undefined {
  try {
    const { dev, ino, size, mtimeMs } = statSync(path)
    return `${dev}:${ino}:${size}:${mtimeMs}`
  } catch {
    return undefined
  }
}

/** The beginning of a text file. A file with a NUL near its start is none, unless it is an archive of plain Python. */
function readText(path: string, most: number): string | undefined {
  let fd: number | undefined
  try {
    fd = openSync(path, 'r')
    const stat = fstatSync(fd)
    if (!stat.isFile()) return undefined
    const buffer = Buffer.allocUnsafe(Math.min(stat.size, most))
    const length = readSync(fd, buffer, 0, buffer.length, 0)
    const isArchive = buffer.subarray(0, 512).includes('PK\u0003\u0004')
    if (!isArchive && buffer.subarray(0, Math.min(length, 4096)).includes(0)) return undefined
    return buffer.toString(isArchive ? 'latin1' : 'utf8', 0, length)
  } catch {
    return undefined
  } finally {
    if (fd !== undefined) closeSync(fd)
  }
}

/** Addresses of web servers that a text names with a port, or that are on this machine: `host:port`, at most 20. */
export function addressesIn(text: string): string[] {
  const found = new Set<string>()
  for (const [, host = '', port] of text.slice(0, BUNDLE_BYTES * 4).matchAll(/https?:\/\/([\w.-]+|\[[\da-f:]+\])(?::(\d{2,5}))?/gi)) {
    if (port !== undefined || /^(127\.|localhost|\[::1\])/.test(host)) found.add(`${host.toLowerCase()}:${port ?? 80}`)
    if (found.size >= 20) break
  }
  return [...found]
}

/** Names of variables of the environment that a program text reads, at most 40. */
function variablesIn(text: string): string[] {
  const found = [...text.slice(0, BUNDLE_BYTES * 4).matchAll(/(?:process\.env|environ|getenv|ENV|env\.get|\$)\W{0,3}([A-Z][A-Z0-9_]{2,60})/g)]
  return [...new Set(found.flatMap(([, name]) => name ?? []))].slice(0, 40)
}
