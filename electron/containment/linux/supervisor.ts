import { readFileSync, readlinkSync } from 'node:fs'
import { dirname } from 'node:path'
import type { Worker } from 'node:worker_threads'
import type { ContainedProcess, FenceTerms } from '../../contract/containment.ts'
import type { Effect } from '../../contract/effect.ts'
import type { Answered, Ask } from '../ask.ts'
import { asStarted, Fence, variablesIn } from '../fence.ts'
import type { TreeActor } from './actors.ts'
import { Caller } from './caller.ts'
import { Listener, refused, type Answer, type Notification } from './listener.ts'
import type { Operation } from './operation.ts'
import { namedFolders } from './named-folders.ts'
import { OwnFiles } from './own-files.ts'
import { prepare, type Surroundings } from './prepare.ts'
import { refusalKey, type FromThread, type ThreadTree, type ToThread } from './thread.ts'

export interface SupervisorOptions {
  agentProgram: string
  terms: FenceTerms
  /** Of these terms. */
  fence: Fence
  programFolders: readonly string[]
  /** The folder for the tree's temporary files, in the one that everybody uses. */
  temporary: string
  resolverPort?: number
  ask: Ask
  /** Operations that ran without a question, a few times a second at most. */
  seen(operations: { pid: number; effect: Effect }[]): void
}

/** How often it is looked whether a program that waits for an answer is still there, and how often `seen` is called, in milliseconds. */
const LOOK = 250
/** So many operations are told in one message. */
const MOST_AT_ONCE = 1000

interface Waiting {
  notification: Notification
  gone: AbortController
}

/** What one cause was allowed once for a whole folder. */
interface Leave {
  cause: string
  kind: Effect['kind']
  folder: string
}

/**
 * Answers the system calls of one contained tree. A thread of its own settles what the terms settle; here is asked, and waited for
 * what takes long. A call that fails in any way is refused.
 */
export class Supervisor {
  readonly #options: SupervisorOptions
  readonly #listener: Listener
  readonly #thread: Worker
  readonly #procDevice: number | undefined
  readonly #around: Surroundings
  readonly #waiting = new Map<bigint, Waiting>()
  /** The last question of each cause and folder: the next of the same waits for its answer, and is about the folder if that was yes. */
  readonly #asked = new Map<string, Promise<Answered>>()
  readonly #leaves: Leave[] = []
  readonly #timer: NodeJS.Timeout
  #terms: FenceTerms
  /** Made anew when first needed: the thread has its own, and settles most calls. */
  #fence: Fence | undefined
  #seen: { pid: number; effect: Effect }[] = []
  /** Resolves when no process has the filter any more, and all that was seen is told. */
  readonly ended: Promise<void>

  constructor(thread: Worker, options: SupervisorOptions, { listener, procDevice }: ThreadTree) {
    this.#procDevice = procDevice
    this.#options = options
    const { terms, fence, programFolders, temporary, resolverPort } = options
    this.#listener = new Listener(listener)
    this.#terms = terms
    this.#fence = fence
    const resolver = resolverPort === undefined ? {} : { resolverPort }
    const ownFiles = new OwnFiles((key) => this.#tell({ type: 'made', key }))
    let named: Surroundings['programFolders'] | undefined
    const namedNow = (): Surroundings['programFolders'] => (named ??= namedFolders(programFolders, this.#fenceNow()))
    this.#around = {
      ownFiles,
      temporary,
      innerRules: () => this.#fenceNow().innerRules,
      carriers: () => terms.knowledge.carriers,
      ...resolver,
      // When first needed, like the terms.
      get programFolders() {
        return namedNow()
      },
    }
    this.#thread = thread
    this.#timer = setInterval(() => this.#look(), LOOK)
    this.ended = new Promise((resolve) =>
      this.#thread.once('exit', () => {
        clearInterval(this.#timer)
        this.#look()
        resolve()
      }),
    )
  }

  /** Resolves when it answers calls; only then may the agent begin. */
  static async start(thread: Worker, options: SupervisorOptions, tree: ThreadTree): Promise<Supervisor> {
    const supervisor = new Supervisor(thread, options, tree)
    const ready = new Promise<void>((resolve, reject) => {
      thread.once('error', reject)
      thread.on('message', (message: FromThread) => (message.type === 'ready' ? resolve() : supervisor.#hear(message)))
    })
    thread.postMessage(tree)
    await ready
    return supervisor
  }

  /** The policy or the grants have changed: the next operation is judged by these. */
  change(terms: FenceTerms): void {
    this.#terms = terms
    this.#fence = undefined
    this.#tell({ type: 'terms', terms })
  }

  #hear(message: FromThread): void {
    switch (message.type) {
      case 'unsettled':
        return void this.#settle(message.notification, message.actor)
      case 'seen':
        return void this.#seen.push(...message.operations)
      case 'made':
        return this.#around.ownFiles.learn(message.key)
      case 'ready':
      case 'ended':
        return
    }
  }

  /** The call is read anew: what is asked about is what will be done. */
  async #settle(notification: Notification, actor: TreeActor): Promise<void> {
    const waiting: Waiting = { notification, gone: new AbortController() }
    this.#waiting.set(notification.id, waiting)
    try {
      this.#listener.answer(notification, await this.#answerTo(notification, actor, waiting.gone.signal))
    } catch {
      this.#listener.answer(notification, refused('EACCES'))
    } finally {
      this.#waiting.delete(notification.id)
    }
  }

  async #answerTo(notification: Notification, actor: TreeActor, gone: AbortSignal): Promise<Answer> {
    const caller = new Caller(notification, this.#listener, this.#procDevice)
    const operation = prepare(caller, this.#around)
    if ('kind' in operation) return operation
    const pid = caller.group
    const allowed = this.#fenceNow().atOnce(operation.effects, actor) === 'allow' || (await this.#ask(operation, actor, pid, gone))
    if (!allowed || !caller.isValid()) {
      operation.abandon()
      return refused('EACCES')
    }
    // Before the answer, so that the thread knows the program before it hears of it again.
    if (operation.image) this.#tell({ type: 'starts', pid, image: operation.image })
    return (await operation.perform(true)) as Answer
  }

  async #ask(operation: Operation, actor: TreeActor, pid: number, gone: AbortSignal): Promise<boolean> {
    const effects = operation.effects.map((effect) => asStarted(effect, actor))
    const cause = `${actor.cause.pid} ${actor.cause.startedAt}`
    const folder = actor.isAgent ? undefined : commonFolder(effects, this.#terms)
    const group = folder === undefined ? undefined : `${cause} ${effects.map(({ kind }) => kind).join()} ${folder}`
    const widened = group !== undefined && ((await this.#asked.get(group)) ?? 'deny') !== 'deny'
    const fence = this.#fenceNow()
    if (fence.atOnce(operation.effects, actor) === 'allow' || (this.#hasLeave(cause, effects) && !fence.denies(operation.effects, actor))) return true
    const reach = folder === undefined ? {} : widened ? { folder } : { within: folder }
    const asked = this.#options.ask({ process: describe(pid, operation, actor), effects, ...reach }, gone)
    if (group !== undefined) this.#asked.set(group, asked)
    const answer = await asked
    if (answer === 'deny') {
      this.#tell({ type: 'refused', pid, key: refusalKey(operation.effects) })
      return false
    }
    if (folder !== undefined && (widened || answer === 'allow in folder')) for (const { kind } of effects) this.#leaves.push({ cause, kind, folder })
    return true
  }

  #fenceNow(): Fence {
    return (this.#fence ??= new Fence(this.#terms))
  }

  #hasLeave(cause: string, effects: readonly Effect[]): boolean {
    return effects.every(
      (effect) => 'path' in effect && this.#leaves.some((leave) => leave.cause === cause && leave.kind === effect.kind && dirname(effect.path ?? '') === leave.folder),
    )
  }

  #look(): void {
    for (const { notification, gone } of this.#waiting.values()) if (!this.#listener.isValid(notification)) gone.abort('the program is gone')
    for (; this.#seen.length > 0; this.#seen = this.#seen.slice(MOST_AT_ONCE)) this.#options.seen(this.#seen.slice(0, MOST_AT_ONCE))
  }

  #tell(message: ToThread): void {
    this.#thread.postMessage(message)
  }
}

/** The folder that all effects are about, where a person could sensibly allow all of it: nothing near the root, nor what holds the home. */
function commonFolder(effects: readonly Effect[], terms: FenceTerms): string | undefined {
  const folders = new Set(effects.map((effect) => (effect.kind === 'read' || effect.kind === 'write' || effect.kind === 'delete' ? dirname(effect.path) : '')))
  const [folder] = folders
  const { home } = variablesIn(terms)
  return folders.size === 1 && folder && folder.split('/').length > 3 && !`${String(home)}/`.startsWith(`${folder}/`) ? folder : undefined
}

/** The process as it is shown: for one that starts a program, that program. Its words are those it was started with, because it can change its own. */
function describe(pid: number, { image }: Operation, { program, argv }: TreeActor): ContainedProcess {
  const words = image?.argv ?? argv
  return {
    pid,
    program: image?.path ?? (program || linkOf(pid, 'exe')),
    argv: words.length > 0 ? [...words] : commandLine(pid),
    cwd: linkOf(pid, 'cwd'),
  }
}

function linkOf(pid: number, name: 'exe' | 'cwd'): string {
  try {
    return readlinkSync(`/proc/${pid}/${name}`)
  } catch {
    return `process ${pid}`
  }
}

function commandLine(pid: number): string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').slice(0, -1)
  } catch {
    return []
  }
}
