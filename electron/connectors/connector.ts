import type { Call } from '../contract/call.ts'
import type { AgentId, SessionId } from '../contract/ids.ts'
import type { Connection, ConnectionPlan } from '../contract/operator.ts'
import type { Result } from '../contract/result.ts'

/** A hook message of an agent, read. */
export interface DecodedCall {
  session: SessionId
  /** The folder the session works in. */
  workspace: string
  cwd: string
  /** The tool in the agent's own words. */
  toolName: string
  call: Call
  /** The whole input of the tool as canonical JSON (sorted keys), for the request's digest. */
  canonicalInput: string
  /** What the agent says the call is for. Not verified. */
  claim?: string
  /**
   * The file in which the agent writes down the session, and the name that this call has in it; where the agent has one. Of a call of a sub-agent that is
   * the file of the sub-agent, and `parent` that of the session.
   */
  transcript?: { file: string; callId?: string; parent?: string }
  /** Names the sub-agent that makes the call; absent for the agent itself. */
  subAgent?: string
}

/** What a session's transcript tells the monitor. */
export type News = { kind: 'said'; text: string } | { kind: 'gave-back'; tool: string; text: string }

/** What a hook prints and how it exits, in the agent's own protocol. */
export interface HookOutput {
  stdout: string
  stderr: string
  exitCode: number
}

/** A hook as the agent would run it, and what it would write to it. */
export interface Trial {
  command: string
  args: readonly string[]
  payload: string
}

/** What the agent is told. */
export type AgentAnswer = { verdict: 'allow'; reach?: 'folder' } | { verdict: 'deny'; message: string }

/** How Paddock sits in front of one kind of agent. Expected failures are values with a message for a person. */
export interface Connector {
  readonly agent: AgentId
  readonly name: string
  /** Reads a hook message. The error says what is wrong with it. */
  decode(payload: string): Result<DecodedCall, string>
  encode(answer: AgentAnswer): HookOutput
  /** What lines of a session's transcript tell; absent where the agent has none that can be read. */
  news?(lines: readonly string[]): News[]
  /** How the agent on this machine stands to Paddock now, read from its own files. */
  inspect(): Connection
  /**
   * The hook in the agent's settings with a call of this tool to try it with; undefined unless what stands there is to the
   * letter what Paddock writes, so that nothing foreign is ever run.
   */
  trial(tool: string, input: Readonly<Record<string, string>>): Trial | undefined
  /** What a change would do to the agent's settings. Changes nothing. */
  plan(change: ConnectionChange): Result<ConnectionPlan, string>
  /** Does what `plan` said; refused when the settings file is no longer the one that `digest` was made for. */
  apply(change: ConnectionChange, digest: string): Result<void, string>
  /** Settings files of this agent that agents may not write: globs, with `${home}` and `${workspace}`. */
  readonly guardedFiles: readonly string[]
}

export type ConnectionChange = 'connect' | 'disconnect'
