import { createConnection, type Socket } from 'node:net'
import { createInterface } from 'node:readline'
import { foldersOf } from '../broker/folders.ts'
import { canonicalPath } from '../broker/real-world.ts'
import type { FenceLink } from '../containment/containment.ts'
import { containmentFor } from '../containment/platform.ts'
import { findProgram, installationFolders, programFolders, whyNotStarted } from '../containment/program.ts'
import { admits, levelOf } from '../containment/walls.ts'
import { BrokerMessage } from '../contract/containment.ts'
import type { ContainRequest } from '../contract/endpoint.ts'
import { AbsolutePath } from '../contract/ids.ts'
import { err, ok, type Result } from '../contract/result.ts'

export interface RunOptions {
  policy?: string
  agent?: string
  /** Walls that may be missing. */
  without: string[]
  /** The latest version of Landlock that is used. */
  landlock?: number
}

type Opened = Extract<BrokerMessage, { type: 'contained' }>

/** `paddock run -- COMMAND…`: runs an agent that the kernel holds to its policy. Gives the agent's exit code, or 1 where it could not start. */
export async function runCommand(command: readonly string[], { policy, agent, without, landlock }: RunOptions): Promise<number> {
  const cwd = workingFolder()
  if (cwd === undefined) return refuse('the folder that this was started in is not there any more.')
  const [name = ''] = command
  const program = findProgram(name, process.env['PATH'], cwd)
  if (program === undefined) return refuse(`${name || 'an empty name'}: there is no such program.`)
  const unfit = whyNotStarted(program)
  if (unfit !== undefined) return refuse(unfit)
  const containment = landlock === undefined ? await containmentFor() : (await import('../containment/linux/linux.ts')).upToLandlock(landlock)
  const walls = await containment.walls()
  const unknown = without.find((wall) => !walls.some((one) => one.name === wall))
  if (unknown !== undefined) return misused(`there is no wall "${unknown}"; there are ${walls.map((one) => one.name).join(', ')}`)
  const admitted = admits(walls, without)
  if (!admitted.ok) return refuse(admitted.error)

  const prepared = containment.prepare()
  const folders = programFolders(process.env['PATH'], canonicalPath(cwd))
  const link = await openLink(foldersOf(process.env).endpoint, {
    type: 'contain',
    program: AbsolutePath.parse(program),
    argv: [...command],
    cwd: AbsolutePath.parse(cwd),
    ...(agent !== undefined && { agent }),
    ...(policy !== undefined && { policy }),
    installed: [...installationFolders(folders, program), ...containment.folders()].map((folder) => AbsolutePath.parse(folder)),
    variables: Object.keys(process.env),
    walls: walls.map(({ name: wall, how, stands }) => ({ name: wall, how, stands })),
  })
  if (!link.ok) {
    prepared.abandon()
    return refuse(link.error)
  }
  const { passed, withheld, wanted } = link.value.opened
  if (wanted.length > 0) link.value.link.send({ type: 'secrets', values: variables(wanted) })
  tell(levelOf(walls))
  if (withheld.length > 0) tell(`Kept from the agent's environment: ${withheld.join(', ')}. A policy passes one on with "environment: { pass: [NAME] }".`)
  ignoreTerminalSignals()
  const ended = await prepared.run({ program, argv: command, cwd, environment: variables(passed), programFolders: folders, ...link.value })
  link.value.close()
  return ended.ok ? ended.value : refuse(ended.error)
}

function workingFolder(): string | undefined {
  try {
    return process.cwd()
  } catch {
    return undefined
  }
}

/** The variables of these names that this process has. */
function variables(names: readonly string[]): Record<string, string> {
  return Object.fromEntries(names.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])))
}

/** Says something to whoever sits at the terminal; what reads the agent's output gets only that. */
function tell(text: string): void {
  if (process.stderr.isTTY) console.error(`Paddock: ${text}`)
}

/** They are for the agent, which is in the same foreground group; its end ends this. */
function ignoreTerminalSignals(): void {
  for (const signal of ['SIGINT', 'SIGQUIT'] as const) process.on(signal, () => {})
}

async function openLink(endpoint: string, request: ContainRequest): Promise<Result<{ link: FenceLink; opened: Opened; close(): void }, string>> {
  const socket = createConnection(endpoint)
  const messages = new Messages(socket)
  socket.write(`${JSON.stringify(request)}\n`)
  const first = await messages.first
  if (first === undefined) return err('its broker is not running. Start it with "npm start" or "paddock serve".')
  if (first.type === 'error') return err(first.message)
  if (first.type !== 'contained') return err("the broker's answer can't be understood. Restart Paddock.")
  const link: FenceLink = {
    send: (message) => void (socket.writable && socket.write(`${JSON.stringify(message)}\n`)),
    onMessage: (listener) => messages.listeners.push(listener),
    // The broker may be gone before anybody listens.
    onClose: (listener) => void (socket.closed ? listener() : socket.on('close', listener)),
  }
  return ok({ link, opened: first, close: () => void socket.end() })
}

/** zod compiles what it reads by, which takes longer than to read these few messages. */
const NOT_COMPILED = { jitless: true }

/** The broker's side of the link, read line by line. A line that is none of its messages closes the link. */
class Messages {
  readonly listeners: ((message: BrokerMessage) => void)[] = []
  readonly first: Promise<BrokerMessage | undefined>

  constructor(socket: Socket) {
    this.first = new Promise((resolve) => {
      socket.on('error', () => resolve(undefined))
      socket.on('close', () => resolve(undefined))
      createInterface({ input: socket, crlfDelay: Infinity })
        .on('error', () => resolve(undefined))
        .on('line', (line) => {
          const message = BrokerMessage.safeParse(JSON.parse(line), NOT_COMPILED)
          if (!message.success) return void socket.destroy()
          resolve(message.data)
          this.listeners.forEach((listener) => listener(message.data))
        })
    })
  }
}

function misused(why: string): number {
  console.error(`error: ${why}`)
  return 2
}

function refuse(why: string): number {
  console.error(`Paddock does not start the agent: ${why}`)
  return 1
}
