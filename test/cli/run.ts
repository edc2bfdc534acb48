import { spawn, type ChildProcess } from 'node:child_process'
import { mkdtempSync, mkdirSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { foldersOf, type Folders } from '../../electron/broker/folders.ts'

export const CLI = join(import.meta.dirname, '../../out/cli/paddock.js')

export interface Ended {
  stdout: string
  stderr: string
  code: number | null
}

/** A user with a home of their own, at a command line. */
export class User {
  readonly root = realpathSync(mkdtempSync(join(tmpdir(), 'paddock-cli-')))
  readonly home = join(this.root, 'home')
  readonly env = { HOME: this.home, PADDOCK_HOME: join(this.root, 'paddock'), PATH: '/usr/local/bin:/usr/bin:/bin' }
  readonly folders: Folders = foldersOf(this.env)
  readonly #running = new Set<ChildProcess>()

  constructor() {
    mkdirSync(this.home)
  }

  /** `paddock ARGS`, without a terminal. */
  paddock(args: readonly string[], input = ''): Promise<Ended> {
    return this.run(process.execPath, [CLI, ...args], input)
  }

  /** The same on a terminal, where `typed` is typed. */
  onTerminal(args: readonly string[], typed: string): Promise<Ended> {
    const command = [process.execPath, CLI, ...args].map((word) => `'${word}'`).join(' ')
    return this.run('script', ['-qec', command, '/dev/null'], typed)
  }

  run(program: string, args: readonly string[], input: string): Promise<Ended> {
    const child = this.start(program, args)
    const output = { stdout: '', stderr: '' }
    child.stdout?.on('data', (chunk: Buffer) => (output.stdout += chunk.toString()))
    child.stderr?.on('data', (chunk: Buffer) => (output.stderr += chunk.toString()))
    child.stdin?.on('error', () => {})
    child.stdin?.end(input)
    return new Promise((resolve, reject) => {
      child.once('error', reject)
      child.once('close', (code) => resolve({ ...output, code }))
    })
  }

  start(program: string, args: readonly string[]): ChildProcess {
    const child = spawn(program, args, { env: this.env, cwd: this.home })
    this.#running.add(child)
    child.once('close', () => this.#running.delete(child))
    return child
  }

  /** Resolves with what a running program has printed once it matches. */
  async printed(child: ChildProcess, pattern: RegExp): Promise<RegExpExecArray> {
    let output = ''
    return new Promise((resolve, reject) => {
      const read = (chunk: Buffer): void => {
        output += chunk.toString()
        const found = pattern.exec(output)
        if (found) resolve(found)
      }
      child.stdout?.on('data', read)
      child.stderr?.on('data', read)
      child.once('close', () => reject(new Error(`It has ended: ${output}`)))
    })
  }

  async remove(): Promise<void> {
    const ends = [...this.#running].map((child) => new Promise((resolve) => child.once('close', resolve)))
    for (const child of this.#running) child.kill('SIGKILL')
    await Promise.all(ends)
    rmSync(this.root, { recursive: true, force: true, maxRetries: 5 })
  }
}
