import { basename } from 'node:path'
import type { AgentProcess, Credential, Level, ProcessConnection } from '../contract/agent-process.ts'
import type { Finding, ServerEntry } from '../contract/finding.ts'
import { endpointText } from './addresses.ts'
import type { Catalogue } from './catalogue/catalogue.ts'
import { credentialsInEnvironment, credentialsInHome } from './credentials.ts'
import type { Picture, Sighting } from './discovery.ts'
import { agentFindings, modelServerEntry, serverFindings } from './findings.ts'
import { configuredServers, runningServers, withoutSecret } from './mcp-inventory.ts'
import { printable, type ProcessKey, type ProcessRecord } from './process-record.ts'
import { isAtLeast, type Candidate, type Registry } from './registry.ts'

/** Of a command line so many words are shown, and so many characters of each. */
const SHOWN_WORDS = 24
const SHOWN_LENGTH = 200

export interface ReportContext {
  catalogue: Catalogue
  registry: Registry
  /** The level in force for an agent: what the canary proved, never what a configuration says. */
  levelOf: (process: ProcessKey) => Level
  home: string
}

/** What is told of one agent. */
export interface Told {
  agent: AgentProcess
  findings: Finding[]
}

/** What is told of a picture: agents with what they can reach, what is not in order, and the servers of tools and models. */
export function reportOf(picture: Picture, context: ReportContext): { agents: AgentProcess[]; findings: Finding[]; servers: ServerEntry[] } {
  const told = tell(picture, context)
  const inventory = serversOf(picture, told.flatMap(({ agent }) => agent.folder ?? []), context)
  return { agents: told.map(({ agent }) => agent), findings: [...told.flatMap(({ findings }) => findings), ...inventory.findings], servers: inventory.servers }
}

/** The agents of a picture, each with what is not in order about it. */
export function tell(picture: Picture, context: ReportContext): Told[] {
  const children = Map.groupBy(picture.processes.values(), ({ parent }) => parent)
  return picture.agents.map((sighting) => {
    const candidate = candidateOf(sighting, picture)
    const agent = agentProcess(sighting, candidate, picture, children, context)
    return { agent, findings: agentFindings(agent, candidate, context.registry) }
  })
}

/** The servers that are configured, for the user and in these folders, or that run. */
export function serversOf({ processes, modelServers }: Picture, folders: readonly string[], { home, catalogue }: ReportContext): { servers: ServerEntry[]; findings: Finding[] } {
  const configured = configuredServers(home, [...new Set(folders)], catalogue)
  return { servers: [...runningServers(processes, configured, catalogue), ...modelServers.map(modelServerEntry)], findings: serverFindings(configured) }
}

function candidateOf({ process, identity, facts }: Sighting, { processes }: Picture): Candidate {
  const parent = processes.get(process.parent)
  return {
    agent: identity.agent,
    program: process.exe ?? process.argv[0] ?? process.comm,
    script: facts.running.scripts.at(-1),
    folder: facts.folder,
    startedBy: parent && basename(parent.exe ?? parent.comm),
  }
}

function agentProcess(sighting: Sighting, candidate: Candidate, picture: Picture, children: ReadonlyMap<number, ProcessRecord[]>, context: ReportContext): AgentProcess {
  const { process, identity, facts } = sighting
  const { pid, startedAt, argv } = process
  const parent = picture.processes.get(process.parent)
  const level = context.levelOf(process)
  const entry = context.registry.entryFor(candidate)
  const above = agentAbove(process, picture)
  return {
    pid,
    startedAt,
    agent: identity.agent,
    name: identity.name,
    confidence: identity.confidence,
    evidence: identity.evidence,
    authorized: entry !== undefined && isAtLeast(level, entry.level),
    ...(entry && { authorizedBy: entry.source }),
    level,
    connections: connectionsOf(sighting),
    credentials: credentialsOf(sighting, context),
    program: printable(candidate.program),
    ...(candidate.script !== undefined && { script: printable(candidate.script) }),
    command: argv.slice(0, SHOWN_WORDS).map((word) => printable(withoutSecret(word.slice(0, SHOWN_LENGTH)))),
    ...(facts.folder !== undefined && { folder: printable(facts.folder) }),
    user: sighting.user,
    ...(parent && { startedBy: { pid: parent.pid, program: printable(parent.exe ?? parent.comm) } }),
    ...(above && { startedByAgent: { pid: above.process.pid, agent: above.identity.agent } }),
    processes: treeOf(pid, children),
    bypass: bypassFlags(argv, context.catalogue.agents.get(identity.agent)?.bypass ?? []),
    ...(facts.root !== '' && { container: true }),
  }
}

/** The nearest agent among the processes above. */
function agentAbove(process: ProcessRecord, { agents, processes }: Picture): Sighting | undefined {
  const seen = new Set<number>()
  for (let at = processes.get(process.parent); at && !seen.has(at.pid); at = processes.get(at.parent)) {
    seen.add(at.pid)
    const { pid } = at
    const found = agents.find((one) => one.process.pid === pid || one.parts.includes(pid))
    if (found) return found
  }
  return undefined
}

/** A process and everything below it, itself first. */
export function treeOf(pid: number, children: ReadonlyMap<number, readonly ProcessRecord[]>): number[] {
  const tree = [pid]
  for (const one of tree) for (const child of children.get(one) ?? []) if (!tree.includes(child.pid)) tree.push(child.pid)
  return tree
}

function connectionsOf({ sockets, peers, models }: Sighting): ProcessConnection[] {
  return sockets.map((socket): ProcessConnection => {
    const peer = peers.get(socket.inode)
    const link = models.find((one) => one.socket.inode === socket.inode)
    return {
      protocol: socket.protocol,
      state: socket.state,
      local: socket.protocol === 'unix' ? printable(socket.local) : endpointText(socket.local, socket.localPort),
      ...(socket.remotePort > 0 && { remote: endpointText(socket.remote, socket.remotePort) }),
      ...(socket.protocol === 'unix' && socket.remote !== '' && { remote: printable(socket.remote) }),
      ...(peer && { peer: { pid: peer.pid, program: printable(peer.exe ?? peer.argv[0] ?? peer.comm) } }),
      ...(link && link.hosts.length > 0 && { hosts: [...link.hosts] }),
      ...(link && { model: link.what }),
    }
  })
}

function credentialsOf({ facts }: Sighting, { catalogue, home }: ReportContext): Credential[] {
  const own = facts.root === '' ? (facts.environment?.get('HOME') ?? home) : undefined
  const inFiles = own === undefined ? [] : credentialsInHome(own, catalogue.credentials)
  return [...credentialsInEnvironment(facts.environment, catalogue.credentials), ...inFiles]
}

/** Those options of an agent that switch its questions off, as parsed words: `--mode x` also as `--mode=x`. */
export function bypassFlags(argv: readonly string[], flags: readonly string[]): string[] {
  return flags.filter((flag) => {
    const [option = '', value] = flag.split(/[ =]/, 2)
    return argv.some((word, at) => at > 0 && (value === undefined ? word === option : word === `${option}=${value}` || (word === option && argv[at + 1] === value)))
  })
}

