import { homedir } from 'node:os'
import { isNode, LineCounter, parseDocument } from 'yaml'
import * as z from 'zod'
import { Level, LEVELS, type Credential } from '../contract/agent-process.ts'
import { AgentId } from '../contract/ids.ts'
import { err, ok, type Result } from '../contract/result.ts'
import { readYaml } from '../effects/yaml.ts'
import { compileGlob } from '../policy/glob.ts'

const Glob = z.string().refine((pattern) => /^(\/|~\/|\*\*|[A-Za-z]:)/.test(pattern), 'a path pattern begins with "/", "~/" or "**"').refine((pattern) => compileGlob(pattern) !== undefined, 'this pattern expands to too many')

const Entry = z.strictObject({
  /** The agent of the catalogue, the framework, or `custom`. */
  agent: AgentId,
  /** Its executable or script is one of these. A `custom` agent needs them, or every script would be meant. */
  programs: z.array(Glob).min(1).optional(),
  /** The folders it may work in; everywhere without. */
  workspaces: z.array(Glob).min(1).optional(),
  /** Base names of programs that may have started it. */
  startedBy: z.array(z.string()).min(1).optional(),
  /** The policy that it is to run under. */
  policy: z.string().optional(),
  /** The least level it must be held at. */
  level: Level.default('observed'),
  /** Kinds of credentials that it may not reach, or the only ones it may. */
  credentials: z.strictObject({ deny: z.array(z.string()).optional(), allow: z.array(z.string()).optional() }).optional(),
  why: z.string().optional(),
}).refine(({ agent, programs }) => agent !== 'custom' || programs !== undefined, 'a custom agent is named by its programs')

const File = z.strictObject({
  paddock: z.literal(1),
  /** Whether running agents are looked for all the time. */
  watch: z.boolean().optional(),
  /** Whether listeners that may be model servers are asked what they are. */
  probe: z.boolean().optional(),
  agents: z.array(Entry).default([]),
  /** Agents that nobody may authorise below this layer. */
  forbid: z.array(AgentId).default([]),
  /** Agents that are left alone in some folders: they are shown, but not reported. */
  ignore: z.array(z.strictObject({ agent: AgentId, workspaces: z.array(Glob).min(1), programs: z.array(Glob).optional() })).default([]),
})

export type RegistryEntry = z.infer<typeof Entry> & { source: string; layer: 'managed' | 'user' }

/** Who is asked about. */
export interface Candidate {
  agent: AgentId
  program: string
  script: string | undefined
  folder: string | undefined
  startedBy: string | undefined
}

export interface RegistrySource {
  file: string
  text: string
  layer: 'managed' | 'user'
}

/** Who may run what, where, and how firmly held. IT's file stands above the user's. */
export class Registry {
  readonly #entries: readonly RegistryEntry[]
  readonly #forbidden: ReadonlyMap<AgentId, string>
  readonly #ignored: readonly { agent: AgentId; workspaces: string[]; programs?: string[] | undefined }[]
  readonly #home: string
  /** Whether running agents are to be looked for all the time; IT's word first. */
  readonly watches: boolean
  /** Whether listeners may be asked what they are; IT's word first. */
  readonly probes: boolean

  /** Errors are `file:line:column: what is wrong`; a file with one is refused whole. */
  static parse(sources: readonly RegistrySource[], home = homedir()): Result<Registry, string[]> {
    const errors: string[] = []
    const entries: RegistryEntry[] = []
    const forbidden = new Map<AgentId, string>()
    const ignored: z.infer<typeof File>['ignore'] = []
    const probes: { managed?: boolean; user?: boolean } = {}
    const watches: { managed?: boolean; user?: boolean } = {}
    for (const { file, text, layer } of sources) {
      const parsed = readYaml(file, text, File)
      if (!parsed.ok) {
        errors.push(...parsed.error)
        continue
      }
      const lineOf = lines(text)
      if (parsed.value.probe !== undefined) probes[layer] = parsed.value.probe
      if (parsed.value.watch !== undefined) watches[layer] = parsed.value.watch
      entries.push(...parsed.value.agents.map((entry, at) => ({ ...entry, source: `${file}:${lineOf(['agents', at])}`, layer })))
      parsed.value.forbid.forEach((agent, at) => forbidden.set(agent, `${file}:${lineOf(['forbid', at])}`))
      ignored.push(...parsed.value.ignore)
    }
    return errors.length > 0 ? err(errors) : ok(new Registry(entries, forbidden, ignored, { watches: watches.managed ?? watches.user ?? true, probes: probes.managed ?? probes.user ?? true }, home))
  }

  private constructor(entries: readonly RegistryEntry[], forbidden: ReadonlyMap<AgentId, string>, ignored: z.infer<typeof File>['ignore'], { watches, probes }: { watches: boolean; probes: boolean }, home: string) {
    this.#entries = entries
    this.#forbidden = forbidden
    this.#ignored = ignored
    this.watches = watches
    this.probes = probes
    this.#home = home
  }

  /** The entry that lets an agent run, IT's first. What IT says of an agent, the user's file can't widen. */
  entryFor(candidate: Candidate): RegistryEntry | undefined {
    if (this.#forbidden.has(candidate.agent)) return undefined
    const managed = this.#entries.filter(({ layer, agent }) => layer === 'managed' && agent === candidate.agent)
    const own = managed.length > 0 ? managed : this.#entries.filter(({ layer, agent }) => layer === 'user' && agent === candidate.agent)
    return own.find((entry) => this.#fits(entry, candidate))
  }

  /** Where it is said that nobody may run this agent. */
  forbids(agent: AgentId): string | undefined {
    return this.#forbidden.get(agent)
  }

  ignores(candidate: Candidate): boolean {
    return this.#ignored.some(({ agent, workspaces, programs }) => agent === candidate.agent && this.#below(workspaces, candidate.folder) && (!programs || this.#any(programs, [candidate.program, candidate.script])))
  }

  #fits({ programs, workspaces, startedBy }: RegistryEntry, candidate: Candidate): boolean {
    if (programs && !this.#any(programs, [candidate.program, candidate.script])) return false
    if (workspaces && !this.#below(workspaces, candidate.folder)) return false
    return !startedBy || (candidate.startedBy !== undefined && startedBy.includes(candidate.startedBy))
  }

  /** A folder counts as inside when it is the folder itself or below it. */
  #below(patterns: readonly string[], folder: string | undefined): boolean {
    return folder !== undefined && this.#any(patterns.flatMap((pattern) => [pattern, pattern.replace(/\/\*\*$/, ''), `${pattern.replace(/\/(\*\*)?$/, '')}/**`]), [folder])
  }

  #any(patterns: readonly string[], paths: readonly (string | undefined)[]): boolean {
    const globs = patterns.map((pattern) => compileGlob(pattern.replace(/^~/, this.#home)))
    return globs.some((matches) => paths.some((path) => path !== undefined && matches?.(path)))
  }
}

/** Whether a level is at least another. */
export function isAtLeast(level: Level, least: Level): boolean {
  return LEVELS.indexOf(level) >= LEVELS.indexOf(least)
}

/** The credentials that an entry does not let its agent reach. */
export function forbiddenCredentials({ credentials }: RegistryEntry, held: readonly Credential[]): Credential[] {
  if (!credentials) return []
  return held.filter(({ kind, production }) => {
    const names = production ? [kind, 'production'] : [kind]
    return names.some((name) => credentials.deny?.includes(name)) || (credentials.allow !== undefined && !credentials.allow.includes(kind))
  })
}

/** The line that a value begins on. */
function lines(text: string): (path: readonly (string | number)[]) => number {
  const counter = new LineCounter()
  const document = parseDocument(text, { lineCounter: counter })
  return (path) => {
    const node = document.getIn(path, true)
    return isNode(node) && node.range ? counter.linePos(node.range[0]).line : 1
  }
}
