import { foldersOf, type Folders } from '../broker/folders.ts'
import type { AgentProcess } from '../contract/agent-process.ts'
import type { ScanReport, ServerEntry } from '../contract/finding.ts'
import { Discovery } from '../discovery/discovery.ts'
import { problemFinding } from '../discovery/findings.ts'
import { gapsOf } from '../discovery/gaps.ts'
import { managedFolder, openKnowledge, type DiscoveryKnowledge } from '../discovery/open.ts'
import { reportOf, type ReportContext } from '../discovery/report.ts'
import { askStatus } from './status.ts'

export interface ScanOptions {
  json?: boolean
  watch?: boolean
  format?: 'cyclonedx'
}

/** `paddock scan`: what runs here, once or as it changes. Needs no broker, executes nothing. Resolves to the exit code. */
export async function scanCommand(options: ScanOptions, version: string): Promise<number> {
  const folders = foldersOf(process.env)
  const { home, config, shipped } = folders
  const knowledge = openKnowledge({ home, config, shipped, managed: managedFolder() })
  if (!knowledge.ok) {
    console.error(`Paddock's own catalogue can not be read: ${knowledge.error.join('; ')}`)
    return 2
  }
  for (const problem of knowledge.value.problems) console.error(problem)
  if (options.watch) {
    const { watchCommand } = await import('./scan-watch.ts')
    return watchCommand(options, knowledge.value, folders)
  }
  const report = await scanOnce(knowledge.value, folders)
  if (options.format === 'cyclonedx') {
    const { cycloneDx } = await import('../discovery/cyclonedx.ts')
    console.log(JSON.stringify(cycloneDx(report, version), null, 2))
  } else console.log(options.json ? JSON.stringify(report) : reportText(report))
  return 0
}

/** How firmly processes are held, by the word of the broker; nothing is held without one. */
export async function levels(endpoint: string): Promise<ReportContext['levelOf']> {
  const held = (await askStatus(endpoint))?.held ?? []
  return ({ pid, ticks }) => held.find((one) => one.pid === pid && one.ticks === ticks)?.level ?? 'observed'
}

async function scanOnce({ catalogue, registry, problems }: DiscoveryKnowledge, { home, endpoint }: Folders): Promise<ScanReport> {
  const start = performance.now()
  const [picture, levelOf] = await Promise.all([new Discovery(catalogue, home).picture({ probe: registry.probes }), levels(endpoint)])
  const { agents, findings, servers } = reportOf(picture, { catalogue, registry, home, levelOf })
  const tookMs = Math.round((performance.now() - start) * 10) / 10
  return { agents, findings: [...problems.map(problemFinding), ...findings], servers, tookMs, gaps: gapsOf() }
}

function reportText({ agents, findings, servers, tookMs, gaps }: ScanReport): string {
  return [
    agents.length === 0 ? 'No agent runs here, as far as can be seen.' : `${count(agents.length, 'agent')} found in ${Math.round(tookMs)} ms.`,
    ...agents.map(agentText),
    ...(findings.length > 0 ? ['', 'Findings', ...findings.map(({ severity, message, advice }) => `  ${severity.padEnd(7)} ${message} ${advice}`)] : []),
    ...(servers.length > 0 ? ['', 'Servers', ...servers.map(serverText)] : []),
    ...(gaps.length > 0 ? ['', ...gaps] : []),
  ].join('\n')
}

export function agentText(agent: AgentProcess): string {
  const { pid, startedAt, name, confidence, evidence, authorized, level, folder, connections, credentials, startedBy } = agent
  const talks = connections.flatMap(({ remote, model }) => (remote === undefined || model === undefined ? [] : [remote]))
  const local = connections.flatMap(({ protocol, remote, peer }) => (protocol === 'unix' && remote !== undefined ? [peer ? `${remote} of ${peer.program} (${peer.pid})` : remote] : []))
  return [
    '',
    `${name} (process ${pid}, since ${new Date(startedAt).toLocaleString()})${folder === undefined ? '' : ` in ${folder}`}`,
    `  ${authorized ? 'authorised' : 'NOT AUTHORISED'}, ${level}; ${Math.round(confidence * 100)} % sure${startedBy ? `; started by ${startedBy.program} (${startedBy.pid})` : ''}`,
    ...evidence.slice(0, 4).map(({ what, weight }) => `  ${weight.toFixed(2)} ${what}`),
    ...(talks.length > 0 ? [`  talks to ${talks.join(', ')}`] : []),
    ...(local.length > 0 ? [`  uses ${[...new Set(local)].join(', ')}`] : []),
    ...(credentials.length > 0 ? [`  can reach ${credentials.map(({ name: one, production }) => (production ? `${one} (production)` : one)).join(', ')}`] : []),
  ].join('\n')
}

function serverText({ kind, name, host, command, url, pinned, running }: ServerEntry): string {
  const how = command?.join(' ') ?? url ?? ''
  const notes = [host && `of ${host}`, pinned === false && 'version not pinned', running.length > 0 && 'running'].filter((note) => typeof note === 'string')
  return `  ${kind}  ${name}: ${how}${notes.length > 0 ? ` (${notes.join(', ')})` : ''}`
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`
}
