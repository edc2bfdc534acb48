import type { Socket } from 'node:net'
import { basename } from 'node:path'
import type { AgentId } from '../contract/ids.ts'
import type { Caller } from '../contract/request.ts'
import { credentialsOf } from './peer-credentials.ts'
import { ancestorsOf, holdersOfTcpPeer, programOf, readProcess, type ProcessId } from './processes.ts'

/** Programs that only start the hook for the agent. */
const WRAPPERS = new Set(['sh', 'bash', 'dash', 'ash', 'zsh', 'ksh', 'fish', 'busybox', 'env', 'timeout', 'nice', 'nohup', 'setsid', 'stdbuf'])
interface SeenAgent extends ProcessId {
  program: string
  /** Whose hook it was that asked; undefined for a supervisor. */
  agent?: AgentId
}

/** Beyond this many the ones that have ended are forgotten. */
const MANY = 1000

/**
 * Who talks to the broker, by what the kernel says and not by what they say. Remembers which processes were seen to be
 * agents, so that nothing an agent starts can pass for the operator. On Windows nothing is known.
 */
export class Peers {
  readonly #agents = new Map<number, SeenAgent>()
  readonly #isBroken: (agent: AgentId) => boolean
  readonly #supervisors = new Map<number, ProcessId & { agent: ProcessId }>()

  /** `isBroken` tells whether the hook of an agent was found not to block. */
  constructor(isBroken: (agent: AgentId) => boolean = () => false) {
    this.#isBroken = isBroken
  }

  /** A supervisor connects in the place of the agent it holds: what comes from it comes from that agent. */
  standsFor(supervisor: ProcessId, agent: ProcessId): void {
    this.#supervisors.set(supervisor.pid, { ...supervisor, agent })
    this.#remember({ ...agent, program: programOf(agent.pid) })
  }

  /** Why this client is turned away; undefined when it may ask. */
  refusal(socket: Socket): string | undefined {
    const uid = credentialsOf(socket)?.uid
    if (uid === undefined || uid === process.getuid?.()) return undefined
    return `Paddock answers its own user only, not user ${uid}.`
  }

  /** The agent behind a hook: the nearest process above the hook's that is no mere wrapper. It counts as an agent from now on. */
  agentBehind(socket: Socket, agent?: AgentId): Caller['process'] {
    const hook = credentialsOf(socket)?.pid
    if (hook === undefined) return undefined
    const supervisor = this.#supervisors.get(hook)
    if (supervisor && readProcess(hook)?.startedAt === supervisor.startedAt) return { pid: supervisor.agent.pid, program: programOf(supervisor.agent.pid) }
    for (const { pid, startedAt } of ancestorsOf(hook)) {
      const known = this.#agents.get(pid)
      if (known?.startedAt === startedAt) return { pid, program: known.program }
      const program = programOf(pid)
      if (WRAPPERS.has(basename(program))) continue
      this.#remember({ pid, startedAt, program, ...(agent && { agent }) })
      return { pid, program }
    }
    return undefined
  }

  /** How firmly a process is held, by what was seen of it: its hook has asked and did not fail a canary since, or a supervisor stands for it. */
  levelOf(process: ProcessId): 'contained' | 'hooked' | 'observed' {
    for (const { pid, startedAt, agent } of this.#supervisors.values())
      if (agent.pid === process.pid && agent.startedAt === process.startedAt && readProcess(pid)?.startedAt === startedAt) return 'contained'
    const agent = this.#agents.get(process.pid)?.agent
    return this.#isAgent(process) && (agent === undefined || !this.#isBroken(agent)) ? 'hooked' : 'observed'
  }

  /** Every process that is held now. */
  held(): { pid: number; ticks: number; level: 'hooked' | 'contained' }[] {
    return [...this.#agents.values()].flatMap((agent) => {
      const level = readProcess(agent.pid)?.startedAt === agent.startedAt ? this.levelOf(agent) : 'observed'
      return level === 'observed' ? [] : [{ pid: agent.pid, ticks: agent.startedAt, level }]
    })
  }

  /** Whether a process is an agent that was seen here, or was started by one. A process that detached itself is not found. */
  descendsFromAgent(pid: number): boolean {
    const own = readProcess(pid)
    // What a supervisor's process connects is what its agent connects; its own link was there before the agent.
    if (own && (this.#isAgent(own) || this.#supervisors.get(pid)?.startedAt === own.startedAt)) return true
    for (const ancestor of ancestorsOf(pid)) if (this.#isAgent(ancestor)) return true
    return false
  }

  /**
   * The process at the other end of a TCP connection from this machine to `localPort`. Of several that share it, one
   * that descends from an agent.
   */
  processOfTcpPeer(localPort: number, remotePort: number): number | undefined {
    const holders = holdersOfTcpPeer(localPort, remotePort)
    return holders.find((pid) => this.descendsFromAgent(pid)) ?? holders[0]
  }

  #isAgent({ pid, startedAt }: ProcessId): boolean {
    return this.#agents.get(pid)?.startedAt === startedAt
  }

  /** Not Paddock itself nor what started it: a hook that those run (a trial call) makes no agent of them. */
  #remember(agent: SeenAgent): void {
    if (agent.pid === process.pid || [...ancestorsOf(process.pid)].some(({ pid }) => pid === agent.pid)) return
    this.#agents.set(agent.pid, agent)
    if (this.#agents.size <= MANY) return
    for (const { pid, startedAt } of this.#agents.values())
      if (readProcess(pid)?.startedAt !== startedAt) this.#agents.delete(pid)
  }
}
