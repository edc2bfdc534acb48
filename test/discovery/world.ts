import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, copyFileSync, existsSync, linkSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'

/** One program that is started to be found, or not to be. */
export interface Shape {
  what: string
  /** Files by path below the folder of the shape; a name that ends in `!` is made executable. */
  files?: Record<string, string>
  /** Programs that are copied into the folder under another name: `{ worker: 'node' }`. */
  copies?: Record<string, string>
  /** `NODE`, `PYTHON` and `HERE` are replaced; `MODEL` is the address of a model that takes connections and never answers. */
  command: readonly string[]
  env?: Record<string, string>
  /** What standard input is: a file below the folder, or an open pipe. */
  stdin?: string
  /** Programs of the machine that it needs, besides Node. */
  needs?: readonly string[]
  /** The agent it is; absent for look-alikes. */
  agent?: string
}

/** A folder, a model on loopback and processes that end with it. */
export class World {
  readonly root = realpathSync(mkdtempSync(join(tmpdir(), 'paddock-agents-')))
  readonly home = join(this.root, 'home')
  readonly #children = new Set<ChildProcess>()
  readonly #sockets = new Set<Socket>()
  readonly #server: Server
  #number = 0
  model = ''

  static async open(): Promise<World> {
    const world = new World()
    world.#server.listen(0, '127.0.0.1')
    await once(world.#server, 'listening')
    const address = world.#server.address()
    world.model = typeof address === 'object' && address ? `http://127.0.0.1:${address.port}` : ''
    return world
  }

  private constructor() {
    mkdirSync(this.home)
    this.#server = createServer((socket) => {
      this.#sockets.add(socket)
      socket.on('error', () => {})
      socket.once('close', () => this.#sockets.delete(socket))
    })
  }

  /** Resolves when somebody has connected to the model. */
  async connected(): Promise<void> {
    if (this.#sockets.size === 0) await once(this.#server, 'connection')
  }

  /** Starts a shape in a folder of its own; gives back its process. */
  start(shape: Shape): ChildProcess {
    const folder = join(this.root, `shape-${(this.#number += 1)}`)
    const said = (text: string): string => text.replaceAll('NODE', process.execPath).replaceAll('PYTHON', which('python3') ?? 'python3').replaceAll('HERE', folder).replaceAll('MODEL', this.model)
    mkdirSync(folder)
    for (const [name, text] of Object.entries(shape.files ?? {})) {
      const path = join(folder, name.replace(/!$/, ''))
      mkdirSync(dirname(path), { recursive: true })
      writeFileSync(path, said(text))
      if (name.endsWith('!')) chmodSync(path, 0o755)
    }
    for (const [name, program] of Object.entries(shape.copies ?? {})) copyProgram(said(program), join(folder, name))
    const [program = '', ...args] = shape.command.map(said)
    const env = Object.fromEntries(Object.entries(shape.env ?? {}).map(([name, value]) => [name, said(value)]))
    const child = this.spawn(program, args, { PATH: process.env['PATH'] ?? '', HOME: this.home, ...env }, folder)
    if (shape.stdin !== undefined) child.stdin?.end(said(shape.stdin))
    return child
  }

  spawn(program: string, args: readonly string[], env: Record<string, string>, cwd = this.home): ChildProcess {
    // In a group of its own, so that what it starts can be ended with it.
    const child = spawn(program, args, { cwd, env, stdio: ['pipe', 'pipe', 'pipe'], detached: true })
    child.on('error', () => {})
    child.stdin?.on('error', () => {})
    child.stdout?.resume()
    child.stderr?.resume()
    this.#children.add(child)
    return child
  }

  async close(): Promise<void> {
    const ends = [...this.#children].map((child) => this.end(child))
    await Promise.all(ends)
    for (const socket of this.#sockets) socket.destroy()
    await new Promise((resolve) => this.#server.close(resolve))
    rmSync(this.root, { recursive: true, force: true, maxRetries: 5 })
  }

  /** Ends a process with its group. */
  async end(child: ChildProcess): Promise<void> {
    this.#children.delete(child)
    if (child.pid === undefined) return
    const ended = child.exitCode !== null || child.signalCode !== null ? undefined : once(child, 'exit')
    try {
      process.kill(-child.pid, 'SIGKILL')
    } catch {
      // It has ended with everything that it started.
    }
    await ended
  }
}

/** The path of a program; undefined where there is none. */
export function which(name: string): string | undefined {
  const found = (process.env['PATH'] ?? '').split(delimiter).map((folder) => join(folder, name)).find((path) => existsSync(path))
  if (found === undefined) return undefined
  const real = realpathSync(found)
  // A shim of a version manager is a script that would start the real one in its place.
  return real.includes('/shims/') ? ['/usr/bin', '/usr/local/bin', ...shimTargets(name)].map((folder) => join(folder, name)).find((path) => existsSync(path)) : real
}

function shimTargets(name: string): string[] {
  const folder = process.env['PYENV_ROOT'] ?? join(process.env['HOME'] ?? '', '.pyenv')
  const version = process.env['PYENV_VERSION']
  return name.startsWith('python') && version !== undefined ? [join(folder, 'versions', version, 'bin')] : []
}

/** The same bytes under another name: a link where that is possible, for it costs nothing. */
export function copyProgram(program: string, path: string): void {
  const from = program.startsWith('/') ? program : which(program)
  if (from === undefined) throw new Error(`there is no ${program}`)
  mkdirSync(dirname(path), { recursive: true })
  try {
    linkSync(realpathSync(from), path)
  } catch {
    copyFileSync(from, path)
  }
  chmodSync(path, 0o755)
}
