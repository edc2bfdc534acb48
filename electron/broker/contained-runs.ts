import { randomUUID } from 'node:crypto'
import type { Socket } from 'node:net'
import { basename } from 'node:path'
import { hookProgram } from '../connectors/installed.ts'
import { agentOfProgram, knowledgeFor, loadContainmentKnowledge } from '../containment/knowledge.ts'
import type { Effect } from '../contract/effect.ts'
import type { ContainRequest } from '../contract/endpoint.ts'
import { AgentId, SessionId } from '../contract/ids.ts'
import { err, ok, type Result } from '../contract/result.ts'
import type { Subject } from '../policy/decide.ts'
import type { ContainedAgent } from '../contract/operator.ts'
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
  /** Called when a run began or ended. */
  onChange: () => void
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
    options.record.onEvent(({ body }) => {
      if (body.kind === 'asked') this.#of(body.caller.session)?.countQuestion()
    })
  }

  /** Those that run now, oldest first. */
  list(): ContainedAgent[] {
    return [...this.#runs].flatMap((run) => run.describe() ?? [])
  }

  /** Ends a run for the operator, with everything it started. The error says what stands in the way. */
  async end(session: SessionId): Promise<Result<void, string>> {
    const run = this.#of(session)
    return run ? await run.endForOperator() : err('This agent does not run contained any more.')
  }

  #of(session: SessionId): ContainedRun | undefined {
    return [...this.#runs].find((run) => run.session === session)
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
    socket.once('close', () => {
      this.#runs.delete(run)
      this.#options.onChange()
    })
    await run.open()
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
    const knowledge = loadContainmentKnowledge(this.#options.folders.shipped)
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
}
