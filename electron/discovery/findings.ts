import type { AgentProcess } from '../contract/agent-process.ts'
import type { Finding, ServerEntry } from '../contract/finding.ts'
import type { Configured } from './mcp-inventory.ts'
import { forbiddenCredentials, isAtLeast, type Candidate, type Registry } from './registry.ts'

/** What is not as the registry has it, about one running agent. */
export function agentFindings(agent: AgentProcess, candidate: Candidate, registry: Registry): Finding[] {
  if (registry.ignores(candidate)) return []
  const about = { agent: agent.agent, pid: agent.pid, startedAt: agent.startedAt, ...(agent.folder !== undefined && { folder: agent.folder }) }
  const finding = (kind: Finding['kind'], severity: Finding['severity'], message: string, advice: string, part = ''): Finding => ({
    id: [kind, agent.agent, agent.pid, agent.startedAt, part].join(':'),
    kind,
    severity,
    message,
    advice,
    ...about,
  })
  const found: Finding[] = []
  const entry = registry.entryFor(candidate)
  const name = `${agent.name} (process ${agent.pid})`
  if (!entry) {
    const forbidden = registry.forbids(agent.agent)
    const why = forbidden === undefined ? 'nobody authorised it' : `it is forbidden by ${forbidden}`
    found.push(finding('unauthorized-agent', 'high', `${name} runs${agent.folder === undefined ? '' : ` in ${agent.folder}`}, and ${why}.`, 'Authorise it in agents.yaml, restart it contained, pause it or end it.'))
  } else {
    if (!isAtLeast(agent.level, entry.level))
      found.push(finding('level-too-low', 'high', `${name} is ${agent.level}, and ${entry.source} asks for ${entry.level}.`, entry.level === 'contained' ? 'Start it with "paddock run".' : `Connect it with "paddock connect ${agent.agent}" and start it anew.`))
    for (const { kind, name: credential } of forbiddenCredentials(entry, agent.credentials))
      found.push(finding('forbidden-credential', 'high', `${name} can reach ${credential} (${kind}), which ${entry.source} does not allow.`, 'Start it without that credential, or contained.', credential))
  }
  if (agent.bypass.length > 0) found.push(finding('bypass', 'medium', `${name} was told not to ask: ${agent.bypass.join(', ')}.`, 'Start it without these options, or contained.'))
  const production = agent.credentials.filter((one) => one.production)
  if (production.length > 0)
    found.push(finding('exposed-credential', 'medium', `${name} can reach credentials for production: ${production.map((one) => one.name).join(', ')}.`, 'Take them out of its environment and its home folder, or start it contained.'))
  return found
}

/** What is doubtful about the configuration of MCP servers. */
export function serverFindings(configured: readonly Configured[]): Finding[] {
  return configured.flatMap(({ entry, credentials }) => {
    if (!entry.enabled) return []
    const about = { ...(entry.host && { agent: entry.host }), ...(entry.file !== undefined && { folder: entry.file }) }
    const id = (kind: string): string => `${kind}:${entry.file}:${entry.name}`
    const found: Finding[] = []
    if (entry.pinned === false)
      found.push({ id: id('mcp-unpinned'), kind: 'mcp-unpinned', severity: 'low', message: `The MCP server ${entry.name} runs whatever version of ${entry.package} is newest.`, advice: 'Name an exact version in its configuration.', ...about })
    if (credentials.length > 0)
      found.push({ id: id('mcp-secret'), kind: 'mcp-secret', severity: 'medium', message: `The configuration of the MCP server ${entry.name} holds ${credentials.map((one) => one.name).join(', ')}.`, advice: 'Keep it in the environment or a secret store, and point to it.', ...about })
    return found
  })
}

/** Model servers as entries of the inventory. */
export function modelServerEntry(server: { name: string; process: { pid: number; startedAt: number }; ports: readonly number[] }): ServerEntry {
  const { pid, startedAt } = server.process
  return { kind: 'model', name: server.name, transport: 'http', url: `http://127.0.0.1:${server.ports[0]}/`, enabled: true, running: [{ pid, startedAt }] }
}

/** A file that was refused is a finding like any other: something is not as its author thinks. */
export function problemFinding(problem: string): Finding {
  return { id: `registry:${problem}`, kind: 'registry', severity: 'medium', message: problem, advice: 'Correct the file; until then it counts as absent.' }
}
