import type { Socket } from 'node:net'
import type { Canaries } from './canaries.ts'
import type { AgentAnswer, Connector, DecodedCall } from '../connectors/connector.ts'
import type { EndpointReply, EndpointRequest } from '../contract/endpoint.ts'
import type { Caller } from '../contract/request.ts'
import { err, ok, type Result } from '../contract/result.ts'
import { deniedByEnd, deniedByFailure, deniedByPolicy } from './denial.ts'
import type { Grants } from './grants.ts'
import { heed } from './heed.ts'
import { Sessions, type IncomingCall } from './incoming-call.ts'
import type { Judge, Judgement } from './judge.ts'
import type { Peers } from './peers.ts'
import { canonicalPath } from './real-world.ts'
import type { Recorder } from './recorder.ts'
import type { Requests } from './requests.ts'
import type { Watch } from './watch.ts'

type HookRequest = Extract<EndpointRequest, { type: 'hook' }>

export interface PipelineOptions {
  connectors: readonly Connector[]
  peers: Peers
  judge: Judge
  grants: Grants
  requests: Requests
  record: Recorder
  watch: Watch
  /** The policy that the registry wants an agent to be held to, where it names one. */
  canaries: Canaries
  policyFor: (caller: Caller) => string | undefined
}

/**
 * The life of a call: read it, judge it, ask if need be, record, answer. The record has the decision before the agent
 * hears it, and whatever fails on the way becomes a denial that says so.
 */
export class Pipeline {
  readonly #options: PipelineOptions
  readonly #sessions = new Sessions()

  constructor(options: PipelineOptions) {
    this.#options = options
  }

  async hook({ agent, payload, waits }: HookRequest, socket: Socket, gone: AbortSignal): Promise<EndpointReply> {
    const connector = this.#options.connectors.find((one) => one.agent === agent)
    if (!connector) {
      const message = `Paddock has no connector for an agent "${agent.slice(0, 100)}".`
      this.#options.record.add({ kind: 'unreadable', agent: agent.slice(0, 100), message })
      return { type: 'error', message }
    }
    const decoded = this.#decode(connector, payload)
    const canary = decoded.ok ? this.#options.canaries.answer(connector.agent, decoded.value) : undefined
    if (canary) return { type: 'hook', ...connector.encode(canary) }
    const call = decoded.ok ? this.#read(connector, decoded.value, socket) : decoded
    const answer = call.ok ? await this.answer(call.value, waits, gone) : this.#unreadable(agent, call.error)
    return { type: 'hook', ...connector.encode(answer) }
  }

  #decode(connector: Connector, payload: string): Result<DecodedCall, string> {
    try {
      return connector.decode(payload)
    } catch (error) {
      return err(`The message can't be read: ${messageOf(error)}`)
    }
  }

  #read(connector: Connector, decoded: DecodedCall, socket: Socket): Result<IncomingCall, string> {
    try {
      return ok(this.#incoming(connector, decoded, socket))
    } catch (error) {
      return err(`The message can't be read: ${messageOf(error)}`)
    }
  }

  /** Judges a call, asks about it for up to `waits` milliseconds if need be, and records what is answered. */
  async answer(call: IncomingCall, waits: number, gone: AbortSignal): Promise<AgentAnswer> {
    try {
      const { judge, watch, requests } = this.#options
      const before = judge.judge(call)
      const ended = watch.endOf(call.caller)
      if (ended !== undefined) return this.#ended(call, before, ended)
      // Time may pass until it is known what was said and read; then what policy says may be another.
      const waited = await watch.catchUp(call, before)
      const rules = waited ? judge.judge(call) : before
      const weighed = { ...call, weighing: watch.weigh(call, rules) }
      const judgement = heed(rules, weighed.weighing)
      if (judgement.decision.verdict === 'ask') return await requests.ask(weighed, judgement, waits, gone)
      return this.#tell(weighed, judgement)
    } catch (error) {
      const message = `Judging it failed: ${messageOf(error)}`
      this.#options.record.decision(call, { verdict: 'deny', by: 'failure', message })
      return { verdict: 'deny', message: deniedByFailure(message) }
    }
  }

  /** What policy decided, once it is recorded. */
  #tell(call: IncomingCall, judgement: Judgement): AgentAnswer {
    const { decision, by } = judgement
    const verdict = decision.verdict === 'allow' ? 'allow' : 'deny'
    const recorded = this.#options.record.decision(call, { verdict, by, judgement })
    if (!recorded.ok) return { verdict: 'deny', message: deniedByFailure(recorded.error) }
    if (by === 'grant') this.#options.grants.countUse(call.caller.agent, call.caller.session, decision)
    if (verdict === 'allow') this.#options.judge.ran(call, judgement)
    return verdict === 'allow' ? { verdict } : { verdict, message: deniedByPolicy(decision) }
  }

  /** The operator has ended the session: whatever policy says, nothing of it runs. */
  #ended(call: IncomingCall, judgement: Judgement, why: string): AgentAnswer {
    const message = deniedByEnd(why)
    const recorded = this.#options.record.decision(call, { verdict: 'deny', by: 'operator', judgement, message })
    return { verdict: 'deny', message: recorded.ok ? message : deniedByFailure(recorded.error) }
  }

  #unreadable(agent: string, message: string): AgentAnswer {
    this.#options.record.add({ kind: 'unreadable', agent, message })
    return { verdict: 'deny', message: deniedByFailure(message) }
  }

  #incoming({ agent }: Connector, decoded: DecodedCall, socket: Socket): IncomingCall {
    const workspace = this.#sessions.workspaceOf(agent, decoded.session, decoded.workspace)
    const process = this.#options.peers.agentBehind(socket, agent)
    const caller: Caller = { agent, session: decoded.session, workspace, ...(process && { process }) }
    const policy = this.#options.policyFor(caller)
    return {
      caller,
      decoded,
      subject: { agent, workspace, ...(policy !== undefined && { policy }) },
      cwd: canonicalPath(decoded.cwd),
    }
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
