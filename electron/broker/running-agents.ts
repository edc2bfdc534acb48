import { existsSync, mkdirSync, readFileSync, renameSync, watch, writeFileSync, type FSWatcher } from 'node:fs'
import { basename, join } from 'node:path'
import type { Registration, ResponseAction, Running, RunningAgent } from '../contract/finding.ts'
import type { ParsedInput } from '../contract/operator.ts'
import type { Caller } from '../contract/request.ts'
import { err, ok, type Result } from '../contract/result.ts'
import { Discovery } from '../discovery/discovery.ts'
import { problemFinding } from '../discovery/findings.ts'
import { gapsOf } from '../discovery/gaps.ts'
import { managedFolder, openKnowledge, registryFile, type DiscoveryKnowledge, type DiscoveryPlaces } from '../discovery/open.ts'
import { registered, type Registered } from '../discovery/registration.ts'
import { serversOf, type ReportContext } from '../discovery/report.ts'
import { respond, type Refusal } from '../discovery/response.ts'
import { Watch } from '../discovery/watch.ts'
import type { ContainedStart } from './contained-start.ts'
import type { Folders } from './folders.ts'
import type { Peers } from './peers.ts'
import { programOf, readProcess } from './processes.ts'
import type { Recorder } from './recorder.ts'

export interface RunningAgentsOptions {
  folders: Folders
  peers: Peers
  record: Recorder
  onChange: () => void
}

/** How often configurations of MCP servers are read again, in milliseconds. */
const INVENTORY = 60_000
/** Editors write a file in several steps; one reading after the last of them is enough. */
const SETTLE = 50

/** The agents that run on this machine, all the time: what is found is recorded and shown, and the operator can act on it. */
export class RunningAgents {
  readonly #options: RunningAgentsOptions
  readonly #places: DiscoveryPlaces
  readonly #watchers: FSWatcher[] = []
  readonly #paused = new Set<string>()
  /** Findings that are on record. */
  readonly #recorded = new Set<string>()
  #knowledge: DiscoveryKnowledge | undefined
  #watch: Watch | undefined
  #inventory: Pick<Running, 'servers' | 'findings'> = { servers: [], findings: [] }
  #gaps: string[] = []
  #closed = false
  #timer: NodeJS.Timeout | undefined
  #settling: NodeJS.Timeout | undefined

  constructor(options: RunningAgentsOptions) {
    const { home, config, shipped } = options.folders
    this.#options = options
    this.#places = { home, config, shipped, managed: managedFolder() }
  }

  /** Begins to look. */
  async start(): Promise<void> {
    this.#gaps = gapsOf()
    this.#follow(this.#places.config)
    this.#follow(join(this.#places.config, 'discovery'))
    this.#timer = setInterval(() => this.#takeInventory(), INVENTORY).unref()
    await this.#begin()
  }

  close(): void {
    this.#closed = true
    this.#watch?.stop()
    clearInterval(this.#timer)
    clearTimeout(this.#settling)
    for (const watcher of this.#watchers) watcher.close()
  }

  /** What is shown. */
  get running(): Running {
    return { agents: this.#agents(), ...this.#inventory, gaps: this.#gaps }
  }

  /** The policy that the registry names for an agent, by who it is and not by when it was found. */
  policyFor({ agent, workspace, process: own }: Caller): string | undefined {
    const parent = own && readProcess(own.pid)?.parent
    const startedBy = parent === undefined ? undefined : basename(programOf(parent))
    return this.#knowledge?.registry.entryFor({ agent, program: own?.program ?? '', script: undefined, folder: workspace, startedBy })?.policy
  }

  /** Pauses, resumes or ends an agent with its tree. */
  respond(target: { pid: number; startedAt: number; action: ResponseAction; confirmed: boolean }): Result<void, Refusal> {
    const agent = this.#find(target)
    if (!agent) return err({ message: 'This agent has ended.', asks: [] })
    const others = new Set(this.#agents().flatMap(({ pid }) => (pid === agent.pid ? [] : [pid])))
    const done = respond(target.action, target, { others, confirmed: target.confirmed })
    if (!done.ok) return done
    const key = keyOf(agent)
    if (target.action === 'pause') this.#paused.add(key)
    else this.#paused.delete(key)
    this.#note(target.action, agent, `${agent.name} and what it started: ${done.value.length === 1 ? '1 process' : `${done.value.length} processes`}.`)
    this.#options.onChange()
    return ok(undefined)
  }

  /** Ends an agent and starts its command anew, contained. Nothing is ended before it is clear that it can be started. */
  async restart({ pid, startedAt, policy, confirmed }: ParsedInput<'restartContained'>, starts: ContainedStart): Promise<Result<{ started: string } | { asks: string }, string>> {
    const agent = this.#find({ pid, startedAt })
    const process = this.#watch?.picture.processes.get(pid)
    if (!agent || !process || process.startedAt !== startedAt) return err('This agent has ended.')
    const { folder, level, container } = agent
    if (level === 'contained') return err('It runs contained already.')
    if (container) return err('It runs in a container; start it anew from where that was started.')
    if (folder === undefined) return err('Its folder is not known, so it can not be started anew from here.')
    if (process.argvCut || process.exe === undefined) return err('Its command line is not wholly known, so it can not be started anew from here.')
    const possible = starts.canStart()
    if (!possible.ok) return possible
    if (!confirmed) {
      const others = this.#agents().filter((one) => one.pid !== pid && agent.processes.includes(one.pid)).map((one) => `${one.name} (${one.pid})`)
      const also = others.length > 0 ? ` ${others.join(', ')}, which it started, would end too.` : ''
      return ok({ asks: `End ${agent.name} (process ${pid}) and start it anew in ${folder}, contained? What it was doing is lost.${also}` })
    }
    const ended = this.respond({ pid, startedAt, action: 'end', confirmed: true })
    if (!ended.ok) return err(ended.error.message)
    const started = await starts.again(agent.agent, [process.exe, ...process.argv.slice(1)], folder, policy)
    this.#note('restart', agent, started.ok ? `${agent.name} was started anew, contained: ${started.value}.` : `${agent.name} was ended, and could not be started anew: ${started.error}`)
    return started.ok ? ok({ started: started.value }) : err(`It was ended, and could not be started anew: ${started.error}`)
  }

  /** What registering an agent would add to the user's registry. */
  plan(registration: Registration): Result<Registered & { file: string }, string> {
    const agent = this.#find(registration)
    if (!agent) return err('This agent has ended.')
    const file = registryFile(this.#places.config)
    const text = existsSync(file) ? readFileSync(file, 'utf8') : ''
    const planned = registered(text, file, agent, registration, this.#places.home)
    return planned.ok ? ok({ ...planned.value, file }) : planned
  }

  /** Writes what `plan` said. */
  register(registration: Registration): Result<void, string> {
    const agent = this.#find(registration)
    const planned = this.plan(registration)
    if (!planned.ok) return planned
    if (!agent) return err('This agent has ended.')
    const { file, text, adds } = planned.value
    try {
      mkdirSync(this.#places.config, { recursive: true, mode: 0o700 })
      writeFileSync(`${file}.new`, text, { mode: 0o600 })
      renameSync(`${file}.new`, file)
    } catch (error) {
      return err(`${file} can not be written: ${(error as Error).message}`)
    }
    this.#note(registration.as === 'authorized' ? 'authorize' : 'ignore', agent, `${agent.name}: added to ${file}: ${adds.trim()}`)
    this.#readAgain(false)
    return ok(undefined)
  }

  async #begin(): Promise<void> {
    const opened = openKnowledge(this.#places)
    if (!opened.ok) {
      this.#gaps = [`Agents are not looked for, because Paddock's own catalogue can not be read: ${opened.error.join('; ')}`]
      return this.#options.onChange()
    }
    this.#knowledge = opened.value
    if (!opened.value.registry.watches) {
      this.#gaps = [`${registryFile(this.#places.config)} or IT's says that running agents are not looked for.`]
      return this.#options.onChange()
    }
    const discovery = new Discovery(opened.value.catalogue, this.#places.home, { patient: true })
    const watching = new Watch(discovery, () => this.#context(opened.value), () => this.#changed())
    this.#watch = watching
    await watching.start()
    if (this.#closed) return
    const { eventsProblem } = watching
    this.#gaps = [...gapsOf(), ...(eventsProblem === undefined || process.platform !== 'linux' ? [] : [`${eventsProblem} New processes are looked for every second instead.`])]
    this.#takeInventory()
  }

  #context({ catalogue }: DiscoveryKnowledge): ReportContext {
    const { peers } = this.#options
    const registry = this.#knowledge?.registry
    if (!registry) throw new Error('There is no registry before there is knowledge.')
    return { catalogue, registry, home: this.#places.home, levelOf: ({ pid, ticks }) => peers.levelOf({ pid, startedAt: ticks }) }
  }

  /** A changed catalogue begins anew; a changed registry only judges anew, unless it says whether to look at all. */
  #readAgain(catalogueToo: boolean): void {
    const opened = openKnowledge(this.#places)
    if (catalogueToo || (opened.ok && opened.value.registry.watches !== (this.#watch !== undefined))) {
      this.#watch?.stop()
      this.#watch = undefined
      return void this.#begin()
    }
    if (opened.ok && this.#knowledge) this.#knowledge = { ...opened.value, catalogue: this.#knowledge.catalogue }
    this.#watch?.refresh()
    this.#takeInventory()
  }

  #takeInventory(): void {
    const watching = this.#watch
    const knowledge = this.#knowledge
    if (!watching || !knowledge) return
    const folders = watching.told.flatMap(({ agent }) => agent.folder ?? [])
    const { servers, findings } = serversOf(watching.picture, folders, this.#context(knowledge))
    this.#inventory = { servers, findings: [...knowledge.problems.map(problemFinding), ...findings] }
    this.#changed()
  }

  #changed(): void {
    for (const finding of [...this.#agents().flatMap(({ findings }) => findings), ...this.#inventory.findings]) {
      if (this.#recorded.has(finding.id)) continue
      this.#recorded.add(finding.id)
      this.#options.record.add({ kind: 'finding', finding })
    }
    this.#options.onChange()
  }

  #agents(): RunningAgent[] {
    return (this.#watch?.told ?? []).map(({ agent, findings }) => ({ ...agent, findings, paused: this.#paused.has(keyOf(agent)) }))
  }

  #find({ pid, startedAt }: { pid: number; startedAt: number }): RunningAgent | undefined {
    return this.#agents().find((agent) => agent.pid === pid && agent.startedAt === startedAt)
  }

  #note(action: 'pause' | 'resume' | 'end' | 'authorize' | 'ignore' | 'restart', { agent, pid, startedAt }: RunningAgent, message: string): void {
    this.#options.record.add({ kind: 'response', action, agent, pid, startedAt, message })
  }

  #follow(folder: string): void {
    try {
      mkdirSync(folder, { recursive: true, mode: 0o700 })
      const isCatalogue = folder !== this.#places.config
      const watcher = watch(folder, (_, name) => {
        if (!isCatalogue && name !== 'agents.yaml') return
        clearTimeout(this.#settling)
        this.#settling = setTimeout(() => this.#readAgain(isCatalogue), SETTLE)
      })
      this.#watchers.push(watcher.on('error', () => watcher.close()))
    } catch (error) {
      this.#gaps.push(`Changes in ${folder} are not noticed: ${(error as Error).message}`)
    }
  }
}

const keyOf = ({ pid, startedAt }: { pid: number; startedAt: number }): string => `${pid}:${startedAt}`
