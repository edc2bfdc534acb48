import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { Socket } from 'node:net'
import { basename, join } from 'node:path'
import { hookProgram } from '../connectors/installed.ts'
import { knowledgeFor, agentOfProgram, parseContainmentKnowledge, type ContainmentKnowledge } from '../containment/knowledge.ts'
import type { Effect } from '../contract/effect.ts'
import type { ContainRequest } from '../contract/endpoint.ts'
import { AgentId, SessionId } from '../contract/ids.ts'
import { err, ok, type Result } from '../contract/result.ts'
import type { Subject } from '../policy/decide.ts'
import { ContainedRun } from './contained-run.ts'
import type { Folders } from './folders.ts'
import type { Grants } from './grants.ts'
import type { IncomingCall } from './incoming-call.ts'
import { credentialsOf } from './peer-credentials.ts'
import type { Peers } from './peers.ts'
import type { Pipeline } from './pipeline.ts'
import type { PolicyStore } from './policy-store.ts'
import { readProcess, type ProcessId } from './processes.ts'
import { canonicalPath } from './real-world.ts'
import type { Recorder } from './recorder.ts'

export interface ContainedRunsOptions {
  folders: Folders
  policies: PolicyStore
  grants: Grants
  peers: Peers
  record: Recorder
  pipeline: Pipeline
}

/** Who a contained run is, and whose policy holds it. */
export interface Identity {
  agent: AgentId
  session: SessionId
  subject: Subject
  knowledge: ReturnType<typeof knowledgeFor>
  supervisor: ProcessId
}

/** The agents that run contained now, each behind the link of its supervisor. */
export class ContainedRuns {
  readonly #options: ContainedRunsOptions
  readonly #runs = new Set<ContainedRun>()

  constructor(options: ContainedRunsOptions) {
    this.#options = options
  }

  /** Opens a contained run for a supervisor, or tells it why not; then nothing may be started. */
  async adopt(request: ContainRequest, socket: Socket): Promise<void> {
    const identity = this.#identify(request, socket)
    if (!identity.ok) {
      this.#options.record.add({ kind: 'unreadable', agent: basename(request.program), message: identity.error })
      return void socket.end(`${JSON.stringify({ type: 'error', message: identity.error })}\n`)
    }
    const run = new ContainedRun(this.#options, identity.value, request, socket)
    this.#runs.add(run)
    await run.open()
    socket.once('close', () => this.#runs.delete(run))
  }

  /** A call was allowed; if its agent is held here, what it announced is compared with what happens. */
  heard({ caller, decoded }: IncomingCall, effects: readonly Effect[]): void {
    const pid = caller.process?.pid
    if (pid === undefined || decoded.call.tool === 'operation') return
    for (const run of this.#runs) if (run.isAgent(pid)) run.announce(effects)
  }

  /** Policy or grants may have changed: each run gets what is in force now. */
  refresh(): void {
    for (const run of this.#runs) run.refresh()
  }

  endAll(): void {
    for (const run of this.#runs) run.end()
  }

  #identify({ agent: named, program, argv, cwd, policy, installed }: ContainRequest, socket: Socket): Result<Identity, string> {
    const supervisor = readProcess(credentialsOf(socket)?.pid ?? 0)
    if (!supervisor) return err('The kernel does not say who asks, so nothing can be held.')
    if (this.#options.peers.descendsFromAgent(supervisor.pid)) return err('An agent can not start another one contained: what it starts is held already.')
    const { inForce } = this.#options.policies
    if (policy !== undefined && !inForce.knows(policy)) return err(`There is no policy "${policy}". See: paddock policy check.`)
    const knowledge = this.#knowledge()
    if (!knowledge.ok) return knowledge
    const known = named ?? agentOfProgram(knowledge.value, basename(program)) ?? basename(program).toLowerCase().replace(/[^a-z0-9._-]/g, '-')
    const agent = AgentId.safeParse(known)
    if (!agent.success) return err(`"${known}" can not name an agent. Give its name with --agent.`)
    const subject = { agent: agent.data, workspace: canonicalPath(cwd), ...(policy !== undefined && { policy }) }
    const start = inForce.decide([{ kind: 'exec', program: basename(program), args: argv.slice(1), path: canonicalPath(program) }], subject)
    const [reason] = start.reasons
    if (start.verdict === 'deny' && reason) return err(`The policy forbids the agent's own program: ${reason.message} (${reason.rule}, ${reason.source})`)
    return ok({
      agent: agent.data,
      session: SessionId.parse(`run-${randomUUID()}`),
      subject,
      knowledge: knowledgeFor(knowledge.value, agent.data, installed, hookProgram(this.#options.folders.endpoint)),
      supervisor,
    })
  }

  #knowledge(): Result<ContainmentKnowledge, string> {
    const file = join(this.#options.folders.shipped, 'knowledge/containment.yaml')
    try {
      const knowledge = parseContainmentKnowledge(readFileSync(file, 'utf8'))
      return knowledge.ok ? knowledge : err(`${file}: ${knowledge.error}. Install Paddock again.`)
    } catch (error) {
      return err(`${file} can't be read: ${(error as Error).message}. Install Paddock again.`)
    }
  }
}
