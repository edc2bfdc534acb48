import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { chromium, type Browser, type Page } from 'playwright-core'
import type { Role } from '../../../electron/contract/operator.ts'
import { pages } from '../../../electron/desktop/pages.ts'
import { toChromium } from './address.ts'
import type { AnswerTo, Command, ControlMessage, ControlRequest } from './control.ts'
import type { RecordedWindow, Recording } from './recording.ts'

const root = join(import.meta.dirname, '../../..')

export interface DesktopOptions {
  /** A folder of the test: the person's home is `home` in it, Paddock's own folder (`PADDOCK_HOME`) is `paddock`. */
  readonly root: string
  env?: Record<string, string>
  /** The folder of the program: a package, or the repository when absent. */
  program?: string
  args?: string[]
}

/** The built desktop application in a process of its own, as a test sees it. */
export interface Desktop {
  /** The page in a role's window, once it is there. */
  page(role: Role): Promise<Page>
  /** What is recorded of a role's window, if it is open. */
  window(role: Role): Promise<RecordedWindow | undefined>
  look(): Promise<Recording>
  do<C extends Command>(command: C): Promise<AnswerTo<C>>
  /** What it has printed. */
  output(): string
  /** Quits as a person would, and waits for the end. The exit code. */
  quit(): Promise<number>
}

/** Starts it and waits until it is ready. */
export async function startDesktop(options: DesktopOptions): Promise<Desktop> {
  const program = startProgram(options)
  const { child, ended } = program
  const ask = asker(program)
  const address = await Promise.race([
    browserAddress(child),
    ended.then((code) => Promise.reject(new Error(`The desktop ended (exit code ${code}): ${program.output()}`))),
  ])
  const browser = await chromium.connectOverCDP(address)
  const look = () => ask({ do: 'look' })
  return {
    page: (role) => pageOf(browser, role),
    window: async (role) => (await look()).windows.find(({ url }) => url === pages[role].url),
    look,
    do: ask,
    output: program.output,
    quit: async () => {
      await ask({ do: 'quit' }).catch(() => undefined)
      return ended
    },
  }
}

/** Starts it where it is expected to end by itself. */
export async function runDesktop(options: DesktopOptions): Promise<{ code: number; output: string }> {
  const { ended, output } = startProgram(options)
  return { code: await ended, output: output() }
}

function startProgram({ root: folder, program = root, env, args = [] }: DesktopOptions) {
  const child = fork(join(import.meta.dirname, 'run.ts'), [join(program, 'out/main/index.js'), ...args], {
    // Not what the test process itself was started with: the desktop refuses some of it.
    env: { ...inherited(), HOME: join(folder, 'home'), PADDOCK_HOME: join(folder, 'paddock'), ELECTRON_HARNESS_DATA: folder, ...env },
    execArgv: [],
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (part: Buffer) => (output += part.toString()))
  const ended = once(child, 'exit').then(([code]) => (code as number | null) ?? -1)
  return { child, ended, output: () => output }
}

function inherited(): Record<string, string> {
  const names = ['PATH', 'CHROMIUM', 'PADDOCK_TEST_CACHE', 'TMPDIR']
  return Object.fromEntries(names.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])))
}

function browserAddress(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => child.on('message', (message: ControlMessage) => 'browser' in message && resolve(message.browser)))
}

function asker({ child, output }: { child: ChildProcess; output: () => string }): <C extends Command>(command: C) => Promise<AnswerTo<C>> {
  const waiting = new Map<number, PromiseWithResolvers<unknown>>()
  let last = 0
  child.on('message', (message: ControlMessage) => {
    if ('browser' in message) return
    const call = waiting.get(message.id)
    waiting.delete(message.id)
    if ('error' in message) call?.reject(new Error(message.error))
    else call?.resolve(message.output)
  })
  child.once('exit', () => waiting.forEach(({ reject }) => reject(new Error(`The desktop has ended: ${output()}`))))
  return async (command) => {
    last += 1
    const call = Promise.withResolvers<unknown>()
    waiting.set(last, call)
    child.send({ id: last, command } satisfies ControlRequest, (error) => {
      if (error) call.reject(new Error(`The desktop has ended: ${output()}`))
    })
    return (await call.promise) as never
  }
}

/** All windows' pages are in what this second connection takes for the browser's only context. */
async function pageOf(browser: Browser, role: Role): Promise<Page> {
  const start = toChromium(pages[role].origin)
  const [context] = browser.contexts()
  if (!context) throw new Error('Chromium has no context to attach to.')
  const find = () => context.pages().find((page) => page.url().startsWith(start))
  for (;;) {
    const page = find()
    if (page) {
      await page.waitForLoadState()
      return page
    }
    // A page has no address yet when it is announced, so looking again is all there is.
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}
