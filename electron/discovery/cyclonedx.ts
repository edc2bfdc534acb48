import { createHash } from 'node:crypto'
import type { AgentProcess } from '../contract/agent-process.ts'
import type { ScanReport, ServerEntry } from '../contract/finding.ts'

/** A CycloneDX 1.6 document (ECMA-424) of what runs: agents as applications, servers as services. */
export function cycloneDx({ agents, servers, findings }: ScanReport, version: string, now = new Date()): object {
  return {
    $schema: 'http://cyclonedx.org/schema/bom-1.6.schema.json',
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    serialNumber: `urn:uuid:${crypto.randomUUID()}`,
    version: 1,
    metadata: {
      timestamp: now.toISOString(),
      tools: { components: [{ type: 'application', name: 'Paddock', version }] },
      lifecycles: [{ phase: 'discovery' }],
    },
    components: agents.map(agentComponent),
    services: servers.map(serverService),
    dependencies: agents.flatMap((agent) => {
      const { startedByAgent } = agent
      const above = startedByAgent && agents.find(({ pid }) => pid === startedByAgent.pid)
      return above ? [{ ref: agentRef(above), dependsOn: [agentRef(agent)] }] : []
    }),
    annotations: findings.flatMap(({ message, pid }, at) => {
      const subject = agents.find((agent) => agent.pid === pid)
      return subject ? [{ 'bom-ref': `finding-${at}`, subjects: [agentRef(subject)], annotator: { component: { type: 'application', name: 'Paddock', version } }, timestamp: now.toISOString(), text: message }] : []
    }),
  }
}

const agentRef = ({ pid, startedAt }: AgentProcess): string => `agent-${pid}-${startedAt}`

function agentComponent(agent: AgentProcess): object {
  const { name, agent: id, confidence, evidence, authorized, level, program, script, folder, user, credentials, connections } = agent
  const properties = {
    'paddock:agent': id,
    'paddock:pid': agent.pid,
    'paddock:startedAt': new Date(agent.startedAt).toISOString(),
    'paddock:authorized': authorized,
    'paddock:level': level,
    'paddock:program': program,
    'paddock:script': script,
    'paddock:folder': folder,
    'paddock:user': user,
  }
  return {
    type: 'application',
    'bom-ref': agentRef(agent),
    name,
    evidence: {
      identity: [{ field: 'name', confidence, methods: evidence.map(({ what, weight }) => ({ technique: 'other', confidence: weight, value: what })) }],
      occurrences: [{ location: script ?? program }],
    },
    properties: [
      ...Object.entries(properties).flatMap(([key, value]) => (value === undefined ? [] : [{ name: key, value: String(value) }])),
      ...credentials.map(({ kind, name: held }) => ({ name: 'paddock:credential', value: `${kind}: ${held}` })),
      ...connections.flatMap(({ remote }) => (remote === undefined ? [] : [{ name: 'paddock:connection', value: remote }])),
    ],
  }
}

function serverService({ kind, name, host, url, command, package: fetched, pinned, file, running }: ServerEntry): object {
  const properties = { 'paddock:kind': kind, 'paddock:host': host, 'paddock:command': command?.join(' '), 'paddock:package': fetched, 'paddock:pinned': pinned, 'paddock:file': file, 'paddock:running': running.length > 0 }
  const identity = createHash('sha256').update(JSON.stringify([kind, name, host, file, url, command])).digest('hex').slice(0, 16)
  return {
    'bom-ref': `server-${identity}`,
    name,
    ...(url !== undefined && { endpoints: [url] }),
    properties: Object.entries(properties).flatMap(([key, value]) => (value === undefined ? [] : [{ name: key, value: String(value) }])),
  }
}
