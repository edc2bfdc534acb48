import { basename } from 'node:path'
import type { Evidence } from '../contract/agent-process.ts'
import { AgentId } from '../contract/ids.ts'
import type { Catalogue } from './catalogue/catalogue.ts'
import type { BinaryFacts } from './code/read-binary.ts'
import { packageOf, withoutPlatform, type Package } from './code/package-of.ts'
import type { ScriptFacts } from './code/read-script.ts'
import type { Running } from './code/script-of.ts'
import { confidenceOf, DECISIVE, IS_AGENT, sorted, WEIGHT } from './evidence.ts'
import type { ModelLink } from './model-links.ts'
import { printable, type OpenFiles, type ProcessRecord } from './process-record.ts'
import { stateMatcher } from './state-paths.ts'

/** Everything that was looked at of one process. */
export interface Look {
  process: ProcessRecord
  running: Running
  script: ScriptFacts | undefined
  binary: BinaryFacts | undefined
  environment: ReadonlyMap<string, string> | undefined
  open: OpenFiles | undefined
  /** Its sockets that lead to models. */
  models: readonly ModelLink[]
  /** Loopback ports that it listens on. */
  listens: readonly number[]
  /** Agents that are extensions of the editor that this process runs them for. */
  extensions: ReadonlyMap<AgentId, string>
  /** It has asked a model again and again, at a regular pace. */
  periodic: boolean
  root: string
  home: string
}

/** What a process was taken for. */
export interface Identity {
  agent: AgentId
  name: string
  confidence: number
  evidence: Evidence[]
}

const CUSTOM = AgentId.parse('custom')

/**
 * What a process most likely is, with everything that speaks for it. Below the threshold it is no agent as far as
 * anybody can tell; undefined when nothing at all speaks for one.
 */
export function identify(look: Look, catalogue: Catalogue): Identity | undefined {
  const known = [...catalogued(look, catalogue)].map(([agent, evidence]) => {
    const own = [...evidence, ...shared(look, (hosts) => hosts.some((host) => catalogue.agents.get(agent)?.hosts.includes(host)))]
    return { agent, name: catalogue.agents.get(agent)?.name ?? agent, confidence: confidenceOf(own), evidence: sorted(own) }
  })
  const best = known.toSorted((a, b) => b.confidence - a.confidence)[0]
  const custom = customAgent(look, catalogue)
  if (best && (best.confidence >= IS_AGENT || !custom || custom.confidence < IS_AGENT)) return best
  return custom
}

/** Evidence for agents of the catalogue, by agent. */
function catalogued(look: Look, catalogue: Catalogue): Map<AgentId, Evidence[]> {
  const found = new Map<AgentId, Evidence[]>()
  const add = (agent: AgentId, ...evidence: Evidence[]): void => void found.set(agent, [...(found.get(agent) ?? []), ...evidence])
  const { process, running, open } = look
  for (const [agent, item] of packages(look, catalogue)) add(agent, item)
  for (const [agent, item] of names(process, running, catalogue)) add(agent, item)
  if (running.module !== undefined) {
    const agent = catalogue.byPython.get(running.module.split('.')[0]!)
    if (agent !== undefined) add(agent, { family: 'identity', what: `it runs the module ${running.module}`, weight: WEIGHT.module })
  }
  for (const [agent, module] of look.script?.agents ?? []) add(agent, { family: 'identity', what: `its script starts the module ${module}`, weight: WEIGHT.module })
  for (const [agent, extension] of look.models.length > 0 ? look.extensions : [])
    add(agent, { family: 'identity', what: `it runs the extensions of an editor, ${extension} among them`, weight: WEIGHT.hostOfExtension })
  const embedded = look.binary?.agent
  if (embedded) add(embedded.id, { family: 'identity', what: `its executable holds the name ${embedded.name} ${embedded.times} times`, weight: WEIGHT.embedded })
  for (const [agent, entry] of catalogue.agents) {
    const file = open && stateMatcher(entry.state, look.home)(open.files)
    if (file !== undefined) add(agent, { family: 'state', what: `it has ${printable(file)} open`, weight: WEIGHT.openState })
    if (!found.has(agent)) continue
    const port = entry.listens.find((one) => look.listens.includes(one))
    if (port !== undefined) add(agent, { family: 'state', what: `it listens on port ${port}`, weight: WEIGHT.ownPort })
  }
  return found
}

function* packages({ process, running, root }: Look, catalogue: Catalogue): Generator<[AgentId, Evidence]> {
  // Of several scripts only the last is what really runs.
  const script = running.scripts.at(-1)
  for (const [file, what] of [[script, 'script'], [running.interpreter === undefined ? process.exe && root + process.exe : undefined, 'executable']] as const) {
    const found = file === undefined ? undefined : packageOf(file)
    if (!found) continue
    const agent = (found.extension === undefined ? undefined : catalogue.byExtension.get(found.extension)) ?? catalogue.byNpm.get(withoutPlatform(found.name)) ?? catalogue.byNpm.get(found.name)
    if (agent !== undefined) yield [agent, packageEvidence(found, what)]
  }
  for (const [agent, entry] of catalogue.agents) {
    const path = entry.paths.find((pattern) => process.exe !== undefined && matchesPath(pattern, process.exe))
    if (path !== undefined) yield [agent, { family: 'identity', what: `it is installed where ${entry.name} is`, weight: WEIGHT.installPath }]
  }
}

function packageEvidence(found: Package, what: string): Evidence {
  const name = found.extension ?? found.name
  if (!found.entry) return { family: 'identity', what: `its ${what} lies in the package ${name}`, weight: WEIGHT.besidePackage }
  return { family: 'identity', what: `its ${what} is a program of ${found.extension === undefined ? 'the package' : 'the extension'} ${name}`, weight: found.extension === undefined ? WEIGHT.package : WEIGHT.extension }
}

/** What the base names say: of the executable, of the script and of the first word. */
function* names({ exe, argv }: ProcessRecord, { interpreter, scripts }: Running, catalogue: Catalogue): Generator<[AgentId, Evidence]> {
  const own = interpreter === undefined ? [exe, argv[0]] : [scripts.at(-1), argv[0]]
  for (const name of new Set(own.map((path) => basename(path ?? '').replace(/\.(exe|[cm]?js|py)$/, ''))))
    for (const { agent, common } of catalogue.byProgram.get(name) ?? [])
      yield [agent, { family: 'name', what: `it is called ${name}`, weight: common ? WEIGHT.commonName : WEIGHT.distinctiveName }]
}

/** `*` stands for anything; `~` for a home folder. */
function matchesPath(pattern: string, path: string): boolean {
  const parts = pattern.replace(/^~/, '*').split('*')
  if (!path.startsWith(parts[0]!) || (parts.length > 1 && !path.endsWith(parts.at(-1)!))) return false
  let at = 0
  for (const part of parts) {
    const next = path.indexOf(part, at)
    if (next < 0) return false
    at = next + part.length
  }
  return true
}

/** Evidence that holds whatever agent it may be. */
function shared({ models, environment, script, periodic }: Look, isOwnHost: (hosts: readonly string[]) => boolean): Evidence[] {
  const evidence: Evidence[] = models.map(({ what, weight, hosts }) => ({ family: 'network', what, weight: isOwnHost(hosts) ? Math.max(weight, WEIGHT.exact) : weight }))
  const named = script?.baseUrls.find((name) => environment?.has(name))
  if (named !== undefined) evidence.push({ family: 'network', what: `its environment says where the model is that its script asks (${named})`, weight: WEIGHT.baseUrl })
  if (periodic) evidence.push({ family: 'pattern', what: 'it asks a model again and again', weight: WEIGHT.periodic })
  return evidence
}

/** An agent that no catalogue has: a program that asks a model and does what the model says. */
function customAgent(look: Look, catalogue: Catalogue): Identity | undefined {
  const { script, running, binary, process } = look
  const evidence: Evidence[] = []
  let agent = CUSTOM
  if (script) {
    const client = clientEvidence(look)
    if (client) evidence.push(client)
    const agency = client && agencyEvidence(script)
    if (agency) evidence.push(agency)
    for (const [id, name] of script.sdks) {
      const acts = catalogue.sdks.get(id)?.acts ?? 0
      if (acts > 0) evidence.push({ family: 'agency', what: `it is built with ${name}`, weight: acts })
      if (acts >= WEIGHT.tools) agent = id
    }
    if (!client) return undefined
  } else if (binary?.model !== undefined && binary.tool !== undefined) {
    evidence.push({ family: 'client', what: `its executable holds ${binary.model}`, weight: WEIGHT.client })
    evidence.push({ family: 'agency', what: `its executable holds ${binary.tool}`, weight: WEIGHT.tools })
  } else if (look.models.length === 0) return undefined
  else if (isHidden(look)) evidence.push({ family: 'agency', what: 'what it runs can not be seen', weight: look.listens.length > 0 ? WEIGHT.hiddenServer : WEIGHT.hidden })
  evidence.push(...shared(look, () => false))
  // Who only asks is no agent, however surely and however often it asks a model.
  if (!evidence.some(({ family, weight }) => family === 'agency' && weight >= DECISIVE)) return undefined
  const path = running.scripts.at(-1) ?? process.exe
  return { agent, name: printable(basename(path ?? process.comm)), confidence: confidenceOf(evidence), evidence: sorted(evidence) }
}

/** An interpreter that has no script to look at, and no person at its terminal. */
function isHidden({ running, script, open }: Look): boolean {
  return running.interpreter !== undefined && script === undefined && running.module === undefined && open?.stdin !== 'tty'
}

function clientEvidence({ script, listens, models }: Look): Evidence | undefined {
  if (!script) return undefined
  const [sdk] = script.sdks.values()
  if (sdk !== undefined) return { family: 'client', what: `its script imports ${sdk}`, weight: WEIGHT.client }
  if (script.model === undefined || !script.sends) return undefined
  // Who answers such requests, or stands between, has the same words in it.
  const serves = script.serves && listens.length > 0 && models.length === 0
  const weight = serves ? WEIGHT.clientThatServes : script.byShape ? WEIGHT.clientByShape : WEIGHT.client
  return { family: 'client', what: `its script asks a model: ${script.model}`, weight }
}

const item = (what: string, weight: number): Evidence => ({ family: 'agency', what, weight })

function agencyEvidence({ tool, acting, acts, flow, bundle }: ScriptFacts): Evidence | undefined {
  if (tool !== undefined && acts !== undefined) return item(`its script does what a model asks for: ${tool}, ${acts}`, WEIGHT.toolsAndActs)
  if (tool !== undefined) return item(`its script offers a model tools: ${tool}`, bundle ? WEIGHT.toolsInBundle : WEIGHT.tools)
  if (flow !== undefined) return item(`its script does what a model answers: ${flow}`, WEIGHT.flow)
  return acting && acts !== undefined && !bundle ? item(`its script runs what a model writes: ${acts}`, WEIGHT.actingWords) : undefined
}
