import { err, ok, type Result } from '../../contract/result.ts'
import type { AgentId } from '../../contract/ids.ts'
import { readYaml } from '../../effects/yaml.ts'
import { nameMatcher } from '../../effects/names.ts'
import { CatalogueFile, type AgentEntry, type CodeWords, type HostEntry, type InterpreterEntry, type McpHostEntry, type ModelServerEntry, type SdkEntry } from './schema.ts'
import { prefixMatcher, type PrefixMatcher } from './prefixes.ts'

/** Everything discovery knows of agents, libraries, services and credentials, indexed for look-ups; immutable. */
export interface Catalogue {
  readonly agents: ReadonlyMap<AgentId, AgentEntry>
  /** Agents by base name of the executable; distinctive names and common ones. */
  readonly byProgram: ReadonlyMap<string, { agent: AgentId; common: boolean }[]>
  readonly byNpm: ReadonlyMap<string, AgentId>
  readonly byPython: ReadonlyMap<string, AgentId>
  readonly byExtension: ReadonlyMap<string, AgentId>
  readonly sdks: ReadonlyMap<AgentId, SdkEntry>
  readonly sdkByNpm: ReadonlyMap<string, AgentId>
  readonly sdkByPython: ReadonlyMap<string, AgentId>
  readonly code: CodeWords
  readonly interpreters: ReadonlyMap<string, InterpreterEntry>
  readonly runners: ReadonlySet<string>
  readonly prefixes: PrefixMatcher
  readonly baseUrls: ReadonlySet<string>
  readonly endpoints: readonly HostEntry[]
  readonly modelServers: ReadonlyMap<AgentId, ModelServerEntry>
  readonly serverByProgram: ReadonlyMap<string, AgentId>
  readonly mcpHosts: ReadonlyMap<AgentId, McpHostEntry>
  readonly fetchers: ReadonlyMap<string, 'npm' | 'python' | 'image'>
  readonly isMcpPackage: (name: string) => boolean
  readonly credentials: CredentialKnowledge
}

export interface CredentialKnowledge {
  /** The kind of credential in a variable of that name; undefined for none. */
  readonly kindOfVariable: (name: string) => string | undefined
  readonly files: readonly { kind: string; name: string }[]
  readonly profiles: readonly { kind: string; file: string; line: RegExp }[]
  readonly isProduction: (name: string) => boolean
}

/**
 * Compiles catalogue files, the weakest first: an entry that a later file describes again is taken from there, lists grow.
 * Errors are `file:line:column: what is wrong`, all of them at once; a file with an error leaves the catalogue as it was.
 */
export function parseCatalogue(sources: readonly { file: string; text: string }[]): Result<Catalogue, string[]> {
  const files: CatalogueFile[] = []
  const errors: string[] = []
  for (const { file, text } of sources) {
    const parsed = readYaml(file, text, CatalogueFile)
    if (parsed.ok) files.push(parsed.value)
    else errors.push(...parsed.error)
  }
  if (errors.length > 0) return err(errors)
  try {
    return ok(compiled(files))
  } catch (error) {
    return err([`${sources.at(-1)?.file ?? 'catalogue'}:1:1: ${(error as Error).message}`])
  }
}

function compiled(files: readonly CatalogueFile[]): Catalogue {
  const merged = (key: keyof CatalogueFile): Map<string, unknown> => new Map(files.flatMap((file) => Object.entries(file[key] ?? {})))
  const all = <T>(pick: (file: CatalogueFile) => readonly T[] | undefined): T[] => files.flatMap((file) => pick(file) ?? [])
  const agents = merged('agents') as Map<AgentId, AgentEntry>
  const sdks = merged('sdks') as Map<AgentId, SdkEntry>
  const modelServers = merged('servers') as Map<AgentId, ModelServerEntry>
  const interpreters = merged('interpreters') as Map<string, InterpreterEntry>
  const words = (key: Exclude<keyof CodeWords, 'shapes'>): string[] => all((file) => file.code?.[key])
  return {
    agents,
    byProgram: programIndex(agents),
    byNpm: index(agents, (entry) => entry.npm),
    byPython: index(agents, (entry) => entry.python),
    byExtension: index(agents, (entry) => entry.editorExtensions.map((name) => name.toLowerCase())),
    sdks,
    sdkByNpm: index(sdks, (entry) => entry.npm),
    sdkByPython: index(sdks, (entry) => entry.python),
    code: { models: words('models'), shapes: all((file) => file.code?.shapes), sends: words('sends'), tools: words('tools'), acting: words('acting'), acts: words('acts'), runs: words('runs'), asksBy: words('asksBy'), serves: words('serves') },
    interpreters: new Map([...interpreters].flatMap(([, entry]) => entry.names.map((name) => [name, entry] as const))),
    runners: new Set(all((file) => file.runners)),
    prefixes: prefixMatcher(all((file) => file.prefixes)),
    baseUrls: new Set(all((file) => file.baseUrls)),
    endpoints: [...new Map(all((file) => file.endpoints).map((entry) => [entry.host, entry])).values()],
    modelServers,
    serverByProgram: index(modelServers, (entry) => entry.programs),
    mcpHosts: merged('mcpHosts') as Map<AgentId, McpHostEntry>,
    fetchers: merged('fetchers') as Map<string, 'npm' | 'python' | 'image'>,
    isMcpPackage: remembering(nameMatcher(all((file) => file.mcpPackages))),
    credentials: credentialKnowledge(files),
  }
}

/** Command lines repeat their words. */
function remembering(test: (name: string) => boolean): (name: string) => boolean {
  const known = new Map<string, boolean>()
  return (name) => {
    const before = known.get(name)
    if (before !== undefined) return before
    if (known.size > 5000) known.clear()
    const now = test(name)
    known.set(name, now)
    return now
  }
}

function programIndex(agents: ReadonlyMap<AgentId, AgentEntry>): Map<string, { agent: AgentId; common: boolean }[]> {
  const found = new Map<string, { agent: AgentId; common: boolean }[]>()
  for (const [agent, entry] of agents)
    for (const [names, common] of [[entry.programs, false], [entry.commonNames, true]] as const)
      for (const name of names) found.set(name, [...(found.get(name) ?? []), { agent, common }])
  return found
}

function index<T>(entries: ReadonlyMap<AgentId, T>, names: (entry: T) => readonly string[]): Map<string, AgentId> {
  return new Map([...entries].flatMap(([id, entry]) => names(entry).map((name) => [name, id] as const)))
}

function credentialKnowledge(files: readonly CatalogueFile[]): CredentialKnowledge {
  const kinds = files.flatMap((file) => file.variables ?? []).map(({ kind, names }) => ({ kind, matches: nameMatcher(names, { ignoreCase: true }) }))
  const harmless = nameMatcher(files.flatMap((file) => file.harmless ?? []), { ignoreCase: true })
  const production = nameMatcher(files.flatMap((file) => file.production ?? []), { ignoreCase: true })
  const not = nameMatcher(files.flatMap((file) => file.notProduction ?? []), { ignoreCase: true })
  return {
    kindOfVariable: (name) => (harmless(name) ? undefined : kinds.find(({ matches }) => matches(name))?.kind),
    files: files.flatMap((file) => file.files ?? []).flatMap(({ kind, names }) => names.map((name) => ({ kind, name }))),
    profiles: files.flatMap((file) => file.profiles ?? []).map(({ line, ...rest }) => ({ ...rest, line: new RegExp(line) })),
    isProduction: (name) => production(name) && !not(name),
  }
}
