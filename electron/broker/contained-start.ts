import { spawn } from 'node:child_process'
import { readFileSync, statSync } from 'node:fs'
import { basename, join } from 'node:path'
import { paddockProgram } from '../connectors/installed.ts'
import { loadContainmentKnowledge } from '../containment/knowledge.ts'
import { findTerminal, parseTerminals, wordsFor, type FoundTerminal } from '../containment/terminals.ts'
import type { AbsolutePath, AgentId } from '../contract/ids.ts'
import type { ContainedPlan } from '../contract/operator.ts'
import { err, ok, type Result } from '../contract/result.ts'
import type { Folders } from './folders.ts'
import type { Recorder } from './recorder.ts'

export interface ContainedStartOptions {
  folders: Folders
  record: Recorder
  env: Readonly<Record<string, string | undefined>>
}

/** How far back in the journal is looked for where an agent worked last, in rows. */
const LOOK_BACK = 500
/** A terminal that can't open ends within this time, in milliseconds; one that hands over to a server ends well. */
const SETTLED = 700

/** Starts agents contained for the operator: in a terminal, because that is where they talk with a person. */
export class ContainedStart {
  readonly #options: ContainedStartOptions

  constructor(options: ContainedStartOptions) {
    this.#options = options
  }

  /** What would be started, and where. Starts nothing. */
  plan(agent: AgentId): Result<ContainedPlan, string> {
    const command = this.#commandOf(agent)
    if (!command.ok) return command
    const { paddock, program } = command.value
    const terminal = this.#terminal()
    return ok({
      folder: this.#lastWorkspace(agent) ?? this.#options.folders.home,
      command: [program],
      argv: [...paddock, 'run', '--', program],
      ...(terminal.ok && { terminal: terminal.value.name }),
    })
  }

  /** Opens a terminal in which the agent runs contained. Says which one. */
  async start(agent: AgentId, folder: AbsolutePath): Promise<Result<string, string>> {
    const command = this.#commandOf(agent)
    if (!command.ok) return command
    if (!isFolder(folder)) return err(`${folder} is not a folder that can be entered.`)
    const terminal = this.#terminal()
    if (!terminal.ok) return terminal
    const { paddock, program } = command.value
    // The window stays after an error: what it says would be gone with it.
    const words = wordsFor(terminal.value, folder, [...paddock, 'run', '--hold', '--', program])
    const opened = await open(terminal.value.program, words, folder, this.#environment())
    return opened.ok ? ok(`${terminal.value.name} in ${folder}`) : err(`${terminal.value.name} could not be opened: ${opened.error}`)
  }

  /** Whether `again` could open a terminal here; the error says why not. */
  canStart(): Result<void, string> {
    const paddock = process.platform === 'win32' ? err('Containment is not available on this system.') : paddockProgram()
    if (!paddock.ok) return paddock
    const terminal = this.#terminal()
    return terminal.ok ? ok(undefined) : terminal
  }

  /** Opens a terminal in which exactly this command runs contained, as this agent. Says which one. */
  async again(agent: AgentId, command: readonly string[], folder: string, policy: string | undefined): Promise<Result<string, string>> {
    if (!isFolder(folder)) return err(`${folder} is not a folder that can be entered.`)
    const paddock = paddockProgram()
    if (!paddock.ok) return paddock
    const terminal = this.#terminal()
    if (!terminal.ok) return terminal
    const held = policy === undefined ? [] : ['--policy', policy]
    const words = wordsFor(terminal.value, folder, [...paddock.value, 'run', '--hold', '--agent', agent, ...held, '--', ...command])
    const opened = await open(terminal.value.program, words, folder, this.#environment())
    return opened.ok ? ok(`${terminal.value.name} in ${folder}`) : err(`${terminal.value.name} could not be opened: ${opened.error}`)
  }

  #commandOf(agent: AgentId): Result<{ paddock: string[]; program: string }, string> {
    if (process.platform === 'win32') return err('Containment is not available on this system. Connect the agent instead.')
    const knowledge = loadContainmentKnowledge(this.#options.folders.shipped)
    if (!knowledge.ok) return knowledge
    const [program] = knowledge.value.agents[agent]?.programs ?? []
    if (program === undefined) return err(`Paddock does not know the program of "${agent}". Start it with: paddock run --agent ${agent} -- PROGRAM.`)
    const paddock = paddockProgram()
    return paddock.ok ? ok({ paddock: paddock.value, program }) : paddock
  }

  #terminal(): Result<FoundTerminal, string> {
    const file = join(this.#options.folders.shipped, 'knowledge/terminals.yaml')
    try {
      const terminals = parseTerminals(readFileSync(file, 'utf8'))
      if (!terminals.ok) return err(`${file}: ${terminals.error}. Install Paddock again.`)
      const found = findTerminal(terminals.value, this.#options.env)
      return found ? ok(found) : err('No terminal program was found where Paddock runs. Copy the command into a terminal of yours.')
    } catch (error) {
      return err(`${file} can't be read: ${(error as Error).message}. Install Paddock again.`)
    }
  }

  #lastWorkspace(agent: AgentId): string | undefined {
    for (const { body } of this.#options.record.page({ limit: LOOK_BACK })) {
      const workspace = body.kind === 'contained' && body.agent === agent ? body.workspace : 'caller' in body && body.caller.agent === agent ? body.caller.workspace : undefined
      if (workspace !== undefined && isFolder(workspace)) return workspace
    }
    return undefined
  }

  /** The broker's own, less what makes Electron pose as Node. */
  #environment(): NodeJS.ProcessEnv {
    const { ELECTRON_RUN_AS_NODE: _, ...env } = this.#options.env
    return env
  }
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true
}

/** Starts a program that outlives the broker. The error says why it did not come up. */
function open(program: string, words: readonly string[], folder: string, env: NodeJS.ProcessEnv): Promise<Result<void, string>> {
  return new Promise((resolve) => {
    const child = spawn(program, words, { cwd: folder, env, detached: true, stdio: 'ignore' })
    const up = setTimeout(() => resolve(ok(undefined)), SETTLED)
    const settle = (outcome: Result<void, string>): void => {
      clearTimeout(up)
      resolve(outcome)
    }
    child.once('error', (error) => settle(err(error.message)))
    child.once('exit', (code, signal) => settle(code === 0 ? ok(undefined) : err(`${basename(program)} ended at once (${signal ?? `exit code ${code}`}).`)))
    child.unref()
  })
}
