import * as z from 'zod'
import { AgentId } from '../../contract/ids.ts'

const Id = AgentId
const Name = z.string().min(1)
/** Base names that say nothing about what runs: an entry with one of them would match half the machine. */
const RUNS_ANYTHING = /^(node|nodejs|python[\d.]*|ruby|php|perl|bun|deno|java|sh|bash|dash|zsh|fish|busybox|env|electron|code|systemd|init)$/

const ProgramName = Name.refine((name) => !name.includes('/') && !/[*?[\]{}]/.test(name), 'a base name without "/" and wildcards').refine(
  (name) => !RUNS_ANYTHING.test(name),
  'this program runs whatever it is given, so the entry would match everything it runs',
)

/** A path with `*` in it that still says something: at least six characters that are not wildcards, and no bare root or home. */
const PathPattern = Name.refine((path) => path.replace(/[*?~/]/g, '').length >= 3, 'this pattern matches everything')
const StatePath = PathPattern.refine((path) => !/^(~|\/|~\/\.config|~\/\.local|~\/\.cache|\/etc|\/tmp|\/usr)\/?$/.test(path), 'this folder belongs to many programs')

/** How one agent is recognised. Every field adds evidence, none is enough by its name alone. */
export const AgentEntry = z.strictObject({
  name: Name,
  vendor: Name.optional(),
  /** `extension` runs inside an editor; `tool` asks a model for one answer. */
  kind: z.enum(['cli', 'autonomous', 'editor', 'extension', 'assistant', 'desktop', 'browser', 'tool']),
  /** Base names of the executable that hardly anything else has. */
  programs: z.array(ProgramName).default([]),
  /** Base names that other programs have as well. */
  commonNames: z.array(ProgramName).default([]),
  /** Package names on npm. A platform suffix such as `-linux-x64` counts as the same. */
  npm: z.array(Name).default([]),
  /** Top-level Python modules of the agent itself. */
  python: z.array(Name).default([]),
  /** `publisher.name` of an editor's extension. */
  editorExtensions: z.array(Name).default([]),
  /** Where it is installed; `*` stands for anything. */
  paths: z.array(PathPattern).default([]),
  /** Files and folders (with `/` at the end) that only this agent keeps open. */
  state: z.array(StatePath).default([]),
  /** Variables that it gives to what it starts; each list must be there as a whole. */
  marks: z.array(z.array(Name).min(1)).default([]),
  /** Loopback ports that it listens on. */
  listens: z.array(z.number().int().min(1).max(65535)).default([]),
  hosts: z.array(Name).default([]),
  /** Arguments that switch its own questions off. */
  bypass: z.array(Name).default([]),
})
export type AgentEntry = z.infer<typeof AgentEntry>

export const SdkEntry = z.strictObject({
  npm: z.array(Name).default([]),
  /** `module`, or `module.Name` for something that is imported from it. */
  python: z.array(Name).default([]),
  client: z.literal(true),
  /** How much its use alone says that a model acts: 0 for a mere client. */
  acts: z.number().min(0).max(0.9).default(0),
})
export type SdkEntry = z.infer<typeof SdkEntry>

const CodeWords = z.strictObject({
  models: z.array(Name),
  shapes: z.array(z.array(Name).min(2)),
  sends: z.array(Name),
  tools: z.array(Name),
  acting: z.array(Name),
  acts: z.array(Name),
  /** Functions that run what they are given. */
  runs: z.array(Name),
  /** Programs that send a request. */
  asksBy: z.array(Name),
  serves: z.array(Name),
})
export type CodeWords = z.infer<typeof CodeWords>

export const InterpreterEntry = z.strictObject({
  names: z.array(Name).min(1),
  /** Text in its executable, so that it is known under another name. */
  contains: z.array(z.string().min(6)).default([]),
  /** Options whose value is code. */
  inline: z.array(Name).default([]),
  /** Options whose value is a module. */
  module: z.array(Name).default([]),
  /** Options that have a value which is no script. */
  valued: z.array(Name).default([]),
  /** Sub-commands before the script. */
  commands: z.array(Name).default([]),
})
export type InterpreterEntry = z.infer<typeof InterpreterEntry>

export const HostEntry = z.strictObject({
  host: z.string().min(4).refine((host) => !/^[*.]+[a-z]*$/.test(host), 'this pattern matches every host'),
  kind: z.enum(['api', 'gateway', 'ide-backend', 'mcp', 'agent-platform', 'chat-web']),
  provider: z.string().default(''),
  shared: z.literal(true).optional(),
  dedicated: z.literal(true).optional(),
})
export type HostEntry = z.infer<typeof HostEntry>

export const ModelServerEntry = z.strictObject({
  name: Name,
  programs: z.array(ProgramName).default([]),
  python: z.array(Name).default([]),
  ports: z.array(z.number().int()).default([]),
  /** A documented request that changes nothing. */
  probe: z.string().startsWith('/').optional(),
  /** What its answer holds; without it nobody is asked. */
  answers: z.array(Name).default([]),
})
export type ModelServerEntry = z.infer<typeof ModelServerEntry>

/** A configuration file of an MCP host is JSON with comments, TOML or YAML by its ending. */
export const McpHostEntry = z.strictObject({
  files: z.array(Name).default([]),
  workspace: z.array(Name).default([]),
  /** Keys that hold the servers; a dot goes one level deeper unless the key is there as it is written. */
  keys: z.array(Name).min(1),
  /** Key with one object a project, each with the same keys. */
  projects: Name.optional(),
})
export type McpHostEntry = z.infer<typeof McpHostEntry>

const Kinds = z.array(z.strictObject({ kind: Name, names: z.array(Name).min(1) }))

/** One file of `policies/knowledge/discovery/`, or of a user or IT: any of these parts. */
export const CatalogueFile = z.strictObject({
  agents: z.record(Id, AgentEntry).optional(),
  sdks: z.record(Id, SdkEntry).optional(),
  code: CodeWords.partial().optional(),
  interpreters: z.record(Name, InterpreterEntry).optional(),
  runners: z.array(Name).optional(),
  prefixes: z.array(z.strictObject({ cidr: Name, owner: Name, host: Name })).optional(),
  baseUrls: z.array(Name).optional(),
  endpoints: z.array(HostEntry).optional(),
  mcpHosts: z.record(Id, McpHostEntry).optional(),
  servers: z.record(Id, ModelServerEntry).optional(),
  fetchers: z.record(Name, z.enum(['npm', 'python', 'image'])).optional(),
  mcpPackages: z.array(Name).optional(),
  variables: Kinds.optional(),
  harmless: z.array(Name).optional(),
  files: Kinds.optional(),
  profiles: z.array(z.strictObject({ kind: Name, file: Name, line: Name })).optional(),
  production: z.array(Name).optional(),
  notProduction: z.array(Name).optional(),
})
export type CatalogueFile = z.infer<typeof CatalogueFile>
