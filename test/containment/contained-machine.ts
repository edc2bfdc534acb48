import { spawn, type ChildProcess } from 'node:child_process'
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { startBroker, type Broker } from '../../electron/broker/broker.ts'
import { foldersOf, userPolicies, type Folders } from '../../electron/broker/folders.ts'
import { connectorsFor } from '../../electron/connectors/installed.ts'
import { channelPair } from '../../electron/contract/channel.ts'
import type { EventBody } from '../../electron/contract/event.ts'
import { operatorClient, type OperatorClient } from '../../electron/contract/operator-client.ts'
import type { PendingRequest, Reach } from '../../electron/contract/request.ts'

const CLI = join(import.meta.dirname, '../../electron/cli/paddock.ts')

/** What a person answers to a request. */
export type Reply = { verdict: 'allow' | 'deny'; remember?: Reach }

export interface Ended {
  code: number
  stdout: string
  stderr: string
}

/**
 * A user with a home, a workspace and a broker, in a folder of its own outside the temporary one (which contained programs may use), and
 * a person who answers every request at once.
 */
export class ContainedMachine {
  readonly root: string
  readonly home: string
  readonly workspace: string
  readonly folders: Folders
  /** Every request that was shown, in order. */
  readonly asked: PendingRequest[] = []
  /** What the person says; to begin with, no. */
  reply: (request: PendingRequest) => Reply | undefined = () => ({ verdict: 'deny' })
  /** Words before `paddock run`, such as those that hide a program from it. */
  through: readonly string[] = []
  readonly #running = new Set<ChildProcess>()
  #broker: Broker | undefined
  #window: (OperatorClient & { close(): void }) | undefined

  constructor(base = '/var/tmp') {
    this.root = realpathSync(mkdtempSync(join(base, 'paddock-contained-')))
    this.home = join(this.root, 'home')
    this.workspace = join(this.home, 'work')
    this.folders = foldersOf({ HOME: this.home, PADDOCK_HOME: join(this.root, 'paddock') })
    mkdirSync(this.workspace, { recursive: true })
    mkdirSync(userPolicies(this.folders), { recursive: true })
  }

  async start(): Promise<this> {
    const started = await startBroker({ folders: this.folders, version: '0.0.0', connectors: connectorsFor(this.folders, {}) })
    if (!started.ok) throw new Error(started.error)
    this.#broker = started.value
    const [window, served] = channelPair()
    started.value.attach(served, ['prompt', 'console'])
    const client = operatorClient(window)
    this.#window = { ...client, close: () => window.close() }
    client.on('state', ({ requests }) => requests.forEach((request) => void this.#answer(client, request)))
    return this
  }

  async #answer(client: OperatorClient, request: PendingRequest): Promise<void> {
    if (this.asked.some(({ id }) => id === request.id)) return
    this.asked.push(request)
    const reply = this.reply(request)
    if (!reply) return
    const { id, digest, revision, nonce } = request
    await client.call('answer', { id, digest, revision, nonce, verdict: reply.verdict, remember: reply.remember ?? 'once' })
  }

  get broker(): Broker {
    return this.#broker!
  }

  /** The operator's own window. */
  get operator(): OperatorClient {
    return this.#window!
  }

  /** The newest rows of the journal, newest first. */
  async timeline(): Promise<EventBody[]> {
    const rows = await this.#window!.call('timeline', { limit: 200 })
    return rows.map(({ body }) => body)
  }

  /** Of the policy in force; grows with every change that was taken. */
  async revision(): Promise<number> {
    return (await this.#window!.call('state', {})).policy.revision
  }

  /** Writes a file by its path from the home directory. */
  write(path: string, text: string, mode = 0o644): string {
    const file = join(this.home, path)
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, text, { mode })
    return file
  }

  /** The user's policy. */
  policy(text: string, name = 'mine'): void {
    writeFileSync(join(userPolicies(this.folders), `${name}.yaml`), text)
  }

  /** Starts `paddock run` and gives its process, and what became of it. */
  begin(command: readonly string[], { options = ['--policy', 'coding'], env = {}, cwd = this.workspace, input = '' }: RunOptions = {}): { child: ChildProcess; ended: Promise<Ended> } {
    const [program = '', ...words] = [...this.through, process.execPath, CLI, 'run', ...options, '--', ...command]
    const child = spawn(program, words, {
      cwd,
      env: { HOME: this.home, PADDOCK_HOME: join(this.root, 'paddock'), PATH: process.env['PATH'] ?? '', TERM: 'xterm', ...env },
      stdio: ['pipe', 'pipe', 'pipe'],
    })
    this.#running.add(child)
    child.stdin?.on('error', () => {})
    child.stdin?.end(input)
    let [stdout, stderr] = ['', '']
    child.stdout?.on('data', (chunk: Buffer) => (stdout += chunk.toString()))
    child.stderr?.on('data', (chunk: Buffer) => (stderr += chunk.toString()))
    const ended = new Promise<Ended>((resolve) => {
      child.once('close', (code) => {
        this.#running.delete(child)
        resolve({ code: code ?? -1, stdout, stderr })
      })
    })
    return { child, ended }
  }

  run(command: readonly string[], options?: RunOptions): Promise<Ended> {
    return this.begin(command, options).ended
  }

  /** A shell script, contained. */
  sh(script: string, options?: RunOptions): Promise<Ended> {
    return this.run(['sh', '-c', script], options)
  }

  async stopBroker(): Promise<void> {
    this.#window?.close()
    await this.#broker?.close()
    this.#broker = undefined
  }

  async close(): Promise<void> {
    const ends = [...this.#running].map((child) => new Promise((resolve) => child.once('close', resolve)))
    for (const child of this.#running) child.kill('SIGKILL')
    await Promise.all(ends)
    await this.stopBroker()
    rmSync(this.root, { recursive: true, force: true, maxRetries: 5 })
  }
}

export interface RunOptions {
  options?: string[]
  env?: Record<string, string>
  cwd?: string
  input?: string
}
