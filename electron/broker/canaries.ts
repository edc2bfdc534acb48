import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import type { AgentAnswer, Connector, DecodedCall, HookOutput, Trial } from '../connectors/connector.ts'
import type { AgentId } from '../contract/ids.ts'
import type { Connection } from '../contract/operator.ts'
import type { Recorder } from './recorder.ts'

export interface CanariesOptions {
  connectors: readonly Connector[]
  /** The user's home: where the hook is run. */
  home: string
  record: Recorder
  onChange: () => void
}

/** What the last canary of a connector has shown. */
export interface CanaryOutcome {
  agent: AgentId
  held: boolean
  /** Milliseconds since the epoch. */
  at: number
  /** One sentence. */
  message: string
}

/** How often each hook is tried again, and settings are looked at for changes, in milliseconds. */
const AGAIN = 60 * 60_000
const LOOK = 5000
/** How long a hook may take for a call that nobody has to think about, in milliseconds. */
const PATIENCE = 15_000
const MOST_OUTPUT = 64 * 1024

/** The tool that a canary asks for. No agent has one of this name, and without an open token it is a call like any other. */
export const CANARY_TOOL = 'PaddockCanary'

/**
 * Proves that hooks still block: runs the very command that stands in an agent's settings with a call that has to be denied, and
 * looks whether the broker heard it and the denial came back. Only a command that is exactly Paddock's own is ever run.
 */
export class Canaries {
  readonly #options: CanariesOptions
  readonly #outcomes = new Map<AgentId, CanaryOutcome>()
  /** Tokens of canaries that fly now, and whether the broker has heard them. */
  readonly #open = new Map<string, { agent: AgentId; heard: boolean }>()
  /** The connections as they were tried. */
  readonly #tried = new Map<AgentId, { state: string; at: number }>()
  #timer: NodeJS.Timeout | undefined

  constructor(options: CanariesOptions) {
    this.#options = options
  }

  start(): void {
    this.look()
    this.#timer = setInterval(() => this.look(), LOOK).unref()
  }

  close(): void {
    clearInterval(this.#timer)
  }

  get outcomes(): CanaryOutcome[] {
    return [...this.#outcomes.values()]
  }

  /** Whether the last canary showed that the hook of this agent does not block. */
  isBroken(agent: AgentId): boolean {
    return this.#outcomes.get(agent)?.held === false
  }

  /** Tries each hook whose settings have changed, or that was not tried for an hour. */
  look(): void {
    for (const connector of this.#options.connectors) {
      const { agent } = connector
      const state = JSON.stringify(connector.inspect())
      const tried = this.#tried.get(agent)
      if (tried?.state === state && Date.now() - tried.at < AGAIN) continue
      this.#tried.set(agent, { state, at: Date.now() })
      void this.#try(connector)
    }
  }

  /** The answer to a canary; undefined for every other call. A token counts once. */
  answer(agent: AgentId, { toolName, canonicalInput }: DecodedCall): AgentAnswer | undefined {
    if (toolName !== CANARY_TOOL) return undefined
    const [token, open] = [...this.#open].find(([one, flight]) => flight.agent === agent && !flight.heard && canonicalInput === inputOf(one)) ?? []
    if (token === undefined || !open) return undefined
    open.heard = true
    return { verdict: 'deny', message: denialOf(token) }
  }

  /** A connection as the canary proved it. */
  proven(connection: Connection): Connection {
    const outcome = this.#outcomes.get(connection.agent)
    if (connection.state !== 'connected') return connection
    if (!outcome) return { ...connection, level: 'observed', note: 'Its hook is being tried.' }
    return outcome.held ? connection : { ...connection, state: 'altered', level: 'observed', note: `This agent is no longer held. ${outcome.message}` }
  }

  async #try(connector: Connector): Promise<void> {
    const { agent, name } = connector
    const token = randomBytes(16).toString('hex')
    const trial = connector.trial(CANARY_TOOL, { token })
    if (!trial) {
      if (this.#outcomes.delete(agent)) this.#options.onChange()
      return
    }
    const flight = { agent, heard: false }
    this.#open.set(token, flight)
    const output = await run(trial, this.#options.home)
    this.#open.delete(token)
    const problem = whyNotHeld(output, flight.heard, connector.encode({ verdict: 'deny', message: denialOf(token) }))
    const message = problem === undefined ? `${name}'s hook was tried with a call that must not run, and blocked it.` : `${name}'s hook was tried with a call that must not run: ${problem}`
    this.#outcomes.set(agent, { agent, held: problem === undefined, at: Date.now(), message })
    this.#options.record.add({ kind: 'canary', agent, held: problem === undefined, message })
    this.#options.onChange()
  }
}

const inputOf = (token: string): string => JSON.stringify({ token })
const denialOf = (token: string): string => `Paddock's canary ${token} is denied, as it has to be.`

function whyNotHeld(output: HookOutput | string, heard: boolean, expected: HookOutput): string | undefined {
  if (typeof output === 'string') return output
  if (!heard) return `it ended with exit code ${output.exitCode}, and this broker never heard of it.`
  return output.exitCode === expected.exitCode && output.stdout.trim() === expected.stdout.trim() ? undefined : `this broker denied it, but the hook ended with exit code ${output.exitCode} and did not say so.`
}

/** What the hook prints and how it exits; a sentence where it does not come to that. */
function run({ command, args, payload }: Trial, cwd: string): Promise<HookOutput | string> {
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd, stdio: ['pipe', 'pipe', 'pipe'], timeout: PATIENCE, killSignal: 'SIGKILL' })
    const said = { stdout: '', stderr: '' }
    for (const stream of ['stdout', 'stderr'] as const)
      child[stream].setEncoding('utf8').on('data', (text: string) => {
        if (said[stream].length < MOST_OUTPUT) said[stream] += text
      })
    child.once('error', (error) => resolve(`it could not be started (${error.message}).`))
    child.once('close', (exitCode, signal) => resolve(exitCode === null ? `it was ended by ${signal ?? 'a signal'} before it answered.` : { ...said, exitCode }))
    child.stdin.on('error', () => {})
    child.stdin.end(payload)
  })
}
