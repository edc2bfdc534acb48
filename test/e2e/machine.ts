import { spawn, type ChildProcess } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { foldersOf, userPolicies, type Folders } from '../../electron/broker/folders.ts'
import { connectorsFor } from '../../electron/connectors/installed.ts'
import type { Connector } from '../../electron/connectors/connector.ts'
import { askingOnly, claudeCode } from '../support/claude-code.ts'
import { stubModel, type ScriptedCall } from '../support/stub-model.ts'

const CLI = join(import.meta.dirname, '../../out/cli/paddock.js')

/** A broker that runs as `paddock serve`. */
export interface Serving {
  /** Where the operator's page is, with a code that works once. */
  address: string
  /** Ends it and waits until it is gone. */
  stop(signal: 'SIGTERM' | 'SIGKILL'): Promise<void>
}

/** One run of Claude Code that plays a script. */
export interface Session {
  /** Resolves when it has ended, with what the model was told about each call. */
  results: Promise<string[]>
}

/** A user with a home, a workspace, Paddock and Claude Code, in a temporary folder. */
export class Machine {
  readonly root = realpathSync(mkdtempSync(join(tmpdir(), 'paddock-e2e-')))
  readonly home = join(this.root, 'home')
  readonly workspace = join(this.home, 'work')
  readonly folders: Folders
  readonly connector: Connector
  readonly #env: Record<string, string>
  readonly #claude: string
  readonly #running = new Set<ChildProcess>()

  private constructor(claude: string) {
    mkdirSync(this.workspace, { recursive: true })
    this.#claude = claude
    this.#env = { HOME: this.home, PADDOCK_HOME: join(this.root, 'paddock'), PATH: '/usr/local/bin:/usr/bin:/bin', TERM: 'xterm' }
    this.folders = foldersOf(this.#env)
    this.connector = connectorsFor(this.folders, this.#env)[0]!
  }

  /** The error says why there is no Claude Code to test with. */
  static async prepare(): Promise<Machine | string> {
    const claude = await claudeCode()
    return claude.ok ? new Machine(claude.value) : claude.error
  }

  /** Puts Paddock's entry into the user's settings. */
  connect(): void {
    const plan = this.connector.plan('connect')
    const applied = plan.ok ? this.connector.apply('connect', plan.value.digest) : plan
    if (!applied.ok) throw new Error(applied.error)
  }

  /** Writes a file of the user's, by its path from the home directory, or of Paddock's own. */
  write(path: string, text: string): string {
    const file = join(this.home, path)
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, text)
    return file
  }

  /** The user's only policy. */
  policy(text: string): void {
    mkdirSync(userPolicies(this.folders), { recursive: true })
    writeFileSync(join(userPolicies(this.folders), 'mine.yaml'), text)
  }

  has(path: string): boolean {
    return existsSync(join(this.workspace, path))
  }

  async serve(): Promise<Serving> {
    const child = this.#start(process.execPath, [CLI, 'serve'], this.home)
    const ended = new Promise<void>((resolve) => child.once('close', () => resolve()))
    const address = await new Promise<string>((resolve, reject) => {
      let output = ''
      const read = (chunk: Buffer): void => {
        output += chunk.toString()
        const found = /http:\/\/127\.0\.0\.1:\d+\/#code=[\w-]+/.exec(output)
        if (found) resolve(found[0])
      }
      child.stdout?.on('data', read)
      child.stderr?.on('data', read)
      void ended.then(() => reject(new Error(`paddock serve has ended: ${output}`)))
    })
    return {
      address,
      stop: (signal) => {
        child.kill(signal)
        return ended
      },
    }
  }

  /** Claude Code with a model that plays `script`; by default it would ask nobody else but its hooks. */
  async claude(script: ScriptedCall[], { mode = 'bypassPermissions', args = [] as string[], prompt = 'run it' } = {}): Promise<Session> {
    const model = await stubModel(...script)
    const env = {
      ...askingOnly(model.url),
      // Nothing but the loopback interface: whatever else it wants to reach is a closed port.
      HTTPS_PROXY: 'http://127.0.0.1:9',
      HTTP_PROXY: 'http://127.0.0.1:9',
      NO_PROXY: '127.0.0.1',
    }
    const child = this.#start(this.#claude, ['-p', prompt, '--output-format', 'json', '--permission-mode', mode, ...args], this.workspace, env)
    let output = ''
    child.stdout?.on('data', (chunk: Buffer) => (output += chunk.toString()))
    const results = new Promise<string[]>((resolve, reject) => {
      child.once('close', () => {
        void model.close()
        if (model.results.length === script.length) resolve(model.results)
        else reject(new Error(`Claude Code made ${model.results.length} of ${script.length} calls: ${output.slice(0, 2000)}`))
      })
    })
    // A test that failed before it looked at them has reported that already.
    results.catch(() => {})
    return { results }
  }

  #start(program: string, args: string[], cwd: string, env: Record<string, string> = {}): ChildProcess {
    const child = spawn(program, args, { cwd, env: { ...this.#env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] })
    this.#running.add(child)
    child.once('close', () => this.#running.delete(child))
    return child
  }

  /** Ends what still runs and removes everything. */
  async remove(): Promise<void> {
    const ends = [...this.#running].map((child) => new Promise((resolve) => child.once('close', resolve)))
    for (const child of this.#running) child.kill('SIGKILL')
    await Promise.all(ends)
    rmSync(this.root, { recursive: true, force: true, maxRetries: 5 })
  }
}
