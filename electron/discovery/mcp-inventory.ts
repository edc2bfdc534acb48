import { basename, join } from 'node:path'
import type { Credential } from '../contract/agent-process.ts'
import type { ServerEntry } from '../contract/finding.ts'
import type { AgentId } from '../contract/ids.ts'
import type { Catalogue } from './catalogue/catalogue.ts'
import { member, readConfig, serversIn, type ServerConfig } from './mcp-config.ts'
import { printable, type ProcessRecord } from './process-record.ts'

/** A configured server, and the credentials that its configuration holds. */
export interface Configured {
  entry: ServerEntry
  credentials: Credential[]
}

/** Every MCP server that a known host has in its configuration, for this home folder and these workspaces. Nothing is run. */
export function configuredServers(home: string, workspaces: readonly string[], catalogue: Catalogue): Configured[] {
  return [...catalogue.mcpHosts].flatMap(([host, { files, workspace, keys, projects }]) => {
    const user = files.map((file) => file.replace(/^~/, home))
    const own = workspaces.flatMap((folder) => workspace.map((file) => join(folder, file)))
    return [...new Set([...user, ...own])].flatMap((file) => {
      const config = readConfig(file)
      if (config === undefined) return []
      const nested = projects === undefined ? [] : Object.values((member(config, projects) as Record<string, unknown> | undefined) ?? {})
      return [config, ...nested].flatMap((one) => serversIn(one, keys)).map(([name, server]) => configured(host, file, name, server, catalogue))
    })
  })
}

function configured(host: AgentId, file: string, name: string, server: ServerConfig, catalogue: Catalogue): Configured {
  const words = commandOf(server)
  const url = server.url ?? server.serverUrl ?? server.httpUrl ?? server.uri
  const fetched = packageIn(words, catalogue)
  const environment = { ...server.env, ...server.environment, ...server.envs }
  const entry: ServerEntry = {
    kind: 'mcp',
    name: printable(name),
    host,
    file,
    transport: words.length > 0 ? 'stdio' : url === undefined ? 'unknown' : 'http',
    ...(words.length > 0 && { command: words.map((word) => printable(withoutSecret(word))) }),
    ...(url !== undefined && { url: plainUrl(url) }),
    ...(fetched && { package: fetched.name, pinned: fetched.pinned }),
    ...(Object.keys(environment).length > 0 && { variables: Object.keys(environment) }),
    enabled: server.disabled !== true && server.enabled !== false,
    running: [],
    ...(server.alwaysAllow && { tools: server.alwaysAllow }),
  }
  return { entry, credentials: credentialsOf(name, { ...environment, ...server.headers }, words, catalogue) }
}

/** A value that stands in the file itself; `${NAME}` only points to one. */
function credentialsOf(server: string, values: Record<string, unknown>, words: readonly string[], catalogue: Catalogue): Credential[] {
  const held = Object.entries(values).flatMap(([name, value]): Credential[] => {
    if (typeof value !== 'string' || value === '' || /^(Bearer\s+)?\$\{?[\w:]+\}?$/.test(value)) return []
    const kind = /^(authorization|x-api-key|api-key|cookie)$/i.test(name) ? 'secret' : catalogue.credentials.kindOfVariable(name)
    return kind === undefined || kind === 'agent-socket' ? [] : [{ kind, name: `${server}: ${name}`, where: 'mcp-config' }]
  })
  const inWords = words.some((word) => withoutSecret(word) !== word)
  return inWords ? [...held, { kind: 'secret', name: `${server}: command line`, where: 'mcp-config' }] : held
}

function commandOf({ command, cmd, args = [] }: ServerConfig): string[] {
  const first = command ?? cmd
  if (first === undefined) return []
  return typeof first === 'string' ? [first, ...args] : [...first, ...args]
}

/** The package that a command fetches, and whether it says which version. Local programs have none. */
export function packageIn(words: readonly string[], { fetchers }: Catalogue): { name: string; pinned: boolean } | undefined {
  const kind = fetchers.get(basename(words[0] ?? ''))
  if (kind === undefined) return undefined
  const rest = words.slice(1).filter((word) => !['exec', 'dlx', 'tool', 'run', 'x', '--'].includes(word))
  const valued = kind === 'image' ? /^(-e|-v|-p|-w|--env|--volume|--mount|--name|--network|--user|--entrypoint)$/ : /^(-p|--package|--from|--python|--with)$/
  for (let at = 0; at < rest.length; at++) {
    const word = rest[at]!
    if (kind !== 'image' && valued.test(word)) return named(rest[at + 1] ?? '', kind)
    if (valued.test(word)) at += 1
    else if (!word.startsWith('-')) return named(word, kind)
  }
  return undefined
}

function named(word: string, kind: 'npm' | 'python' | 'image'): { name: string; pinned: boolean } {
  if (kind === 'image') {
    const [name = word, digest] = word.split('@')
    return { name: word, pinned: digest !== undefined || /:[^/]*\d[^/]*$/.test(name) }
  }
  const at = word.lastIndexOf('@')
  const version = at > 0 ? word.slice(at + 1) : kind === 'python' ? /==(.+)$/.exec(word)?.[1] : undefined
  const name = at > 0 ? word.slice(0, at) : word.replace(/[=<>~!].*$/, '')
  return { name, pinned: version !== undefined && /^v?\d+(\.\d+)*[\w.+-]*$/.test(version) }
}

/** Servers that run: what an agent started with both pipes, and what is called like one. */
export function runningServers(processes: ReadonlyMap<number, ProcessRecord>, configuredOnes: readonly Configured[], catalogue: Catalogue): ServerEntry[] {
  const entries = configuredOnes.map(({ entry }) => ({ ...entry, running: [...entry.running] }))
  const others: ServerEntry[] = []
  for (const process of processes.values()) {
    const own = entries.filter(({ command }) => command && isCommand(process.argv, command))
    const at = { pid: process.pid, startedAt: process.startedAt }
    if (own.length > 0) own.forEach((entry) => entry.running.push(at))
    else {
      const name = serverName(process, catalogue)
      if (name !== undefined && !others.some((other) => other.running.some(({ pid }) => pid === process.parent)))
        others.push({ kind: 'mcp', name, transport: 'unknown', command: process.argv.slice(0, 12).map((word) => printable(withoutSecret(word))), enabled: true, running: [at] })
    }
  }
  return [...entries, ...others]
}

/** The command line of a server, whatever interpreter came in front of it: its last words are those that were configured. */
function isCommand(argv: readonly string[], command: readonly string[]): boolean {
  const [program = '', ...args] = command
  if (args.length === 0) return argv.some((word, at) => at < 2 && basename(word) === basename(program))
  const tail = argv.slice(-args.length)
  return tail.length === args.length && tail.every((word, at) => word === args[at]) && argv.length > args.length
}

/** The package of an MCP server among the first words, each taken by itself. */
function serverName({ argv }: ProcessRecord, { isMcpPackage }: Catalogue): string | undefined {
  for (const word of argv.slice(0, 5)) {
    if (word.startsWith('-')) continue
    const inModules = /node_modules\/((?:@[^/]+\/)?[^/]+)(?:\/|$)/.exec(word)?.[1]
    const plain = inModules && inModules !== '.bin' ? inModules : basename(word).replace(/\.([cm]?js|py|exe)$/, '')
    if (isMcpPackage(plain)) return plain
  }
  return undefined
}

/** The word without a value that looks like a secret: what follows `token=` and the like, and long random words. */
export function withoutSecret(word: string): string {
  return word
    .replace(/((?:token|key|secret|password|passwd|authorization)[\w-]*[=:]\s*)(?!\$)\S+/i, '$1…')
    .replace(/^(sk|ghp|gho|github_pat|glpat|xox[abp]|AKIA|npm|hf|pk)[-_][\w-]{12,}$|^(?=[A-Za-z0-9+_-]*\d)(?=[A-Za-z0-9+_-]*[a-z])[A-Za-z0-9+_-]{36,}$/, '…')
}

function plainUrl(url: string): string {
  try {
    const { protocol, host, pathname } = new URL(url)
    return `${protocol}//${host}${pathname}`
  } catch {
    return '…'
  }
}
