import { realpathSync } from 'node:fs'
import { basename } from 'node:path'
import { isMainThread, parentPort, receiveMessageOnPort, type MessagePort } from 'node:worker_threads'
import type { FenceTerms } from '../../contract/containment.ts'
import type { Effect } from '../../contract/effect.ts'
import { asStarted, Fence } from '../fence.ts'
import { Actors, type TreeActor } from './actors.ts'
import { Caller } from './caller.ts'
import { interpreterOf } from './interpreter.ts'
import { Listener, refused, type Answer, type Notification } from './listener.ts'
import type { Image, Operation } from './operation.ts'
import { namedFolders } from './named-folders.ts'
import { OwnFiles } from './own-files.ts'
import { prepare, type Surroundings } from './prepare.ts'

/** The first message to the thread: what it will decide by. */
export interface ThreadTerms {
  /** The program that the operator started, as its path was given. */
  agentProgram: string
  terms: FenceTerms
  programFolders: readonly string[]
  /** The folder for the tree's temporary files, in the one that everybody uses. */
  temporary: string
  resolverPort?: number
}

/** The second: from then on it answers calls. */
export interface ThreadTree {
  listener: number
  agentPid: number
  /** The device number of the `/proc` that the tree sees, where it has one of its own. */
  procDevice?: number
}

/** To the thread, after these. */
export type ToThread =
  | { type: 'terms'; terms: FenceTerms }
  /** A process goes on as another program. */
  | { type: 'starts'; pid: number; image: Image }
  /** The tree has made a file where that matters. */
  | { type: 'made'; key: string }
  /** A process was refused this; the same again needs no question until the terms change. */
  | { type: 'refused'; pid: number; key: string }

/** From the thread: a call that it can't settle, or the end of the tree. */
export type FromThread =
  | { type: 'ready' }
  | { type: 'unsettled'; notification: Notification; actor: TreeActor }
  | { type: 'made'; key: string }
  | { type: 'seen'; operations: readonly { pid: number; effect: Effect }[] }
  | { type: 'ended' }

/** What a refusal is remembered by. */
export const refusalKey = (effects: readonly Effect[]): string => JSON.stringify(effects)

/** How long the thread sleeps when nothing happens, in milliseconds. New terms are read before any call is judged. */
const IDLE = 100
/** So many operations that ran are told at once, or those of so many milliseconds, when it never gets idle. */
const MOST_UNTOLD = 200
const LONGEST_UNTOLD = 200

/**
 * The thread that receives every call that waits and settles most of them by itself: it blocks in the kernel, so that a call waits as
 * short as can be. What it can't settle without asking or waiting it leaves to the main thread, which reads the call anew.
 */
class Thread {
  readonly #port: MessagePort
  readonly #listener: Listener
  readonly #actors: Actors
  readonly #around: Surroundings
  readonly #agentPid: number
  readonly #procDevice: number | undefined
  readonly #agentProgram: string
  readonly #realProgram: string
  readonly #interpreter: string | undefined
  readonly #refused = new Set<string>()
  #seen: { pid: number; effect: Effect }[] = []
  #toldAt = 0
  #fence: Fence

  constructor(data: ThreadTerms, { listener, agentPid, procDevice }: ThreadTree, fence: Fence, port: MessagePort) {
    this.#port = port
    this.#listener = new Listener(listener)
    this.#agentPid = agentPid
    this.#procDevice = procDevice
    this.#agentProgram = data.agentProgram
    this.#realProgram = realpathSync(data.agentProgram)
    this.#interpreter = interpreterOf(this.#realProgram)
    this.#actors = new Actors(agentPid, this.#realProgram, data.terms.knowledge.transparent, (program) => this.#fence.isTending(program))
    this.#around = {
      programFolders: namedFolders(data.programFolders, fence),
      temporary: data.temporary,
      innerRules: () => this.#fence.innerRules,
      carriers: () => data.terms.knowledge.carriers,
      ownFiles: new OwnFiles((key) => this.#tell({ type: 'made', key })),
      ...(data.resolverPort !== undefined && { resolverPort: data.resolverPort }),
    }
    this.#fence = fence
  }

  run(): void {
    for (;;) {
      const received = this.#listener.receive(IDLE)
      if (received === undefined || received === 'ended' || this.#isTimeToTell()) this.#tellSeen()
      this.#readMessages()
      if (received === 'ended') return this.#tell({ type: 'ended' })
      if (received) this.#serve(received)
    }
  }

  #readMessages(): void {
    for (let got = receiveMessageOnPort(this.#port); got; got = receiveMessageOnPort(this.#port)) {
      const message = got.message as ToThread
      switch (message.type) {
        case 'starts':
          this.#actors.starts(message.pid, message.image)
          break
        case 'made':
          this.#around.ownFiles.learn(message.key)
          break
        case 'refused':
          this.#refused.add(`${message.pid} ${message.key}`)
          break
        case 'terms':
          this.#fence = new Fence(message.terms)
          this.#refused.clear()
          break
      }
    }
  }

  /** Whatever goes wrong with a call, it is refused. */
  #serve(notification: Notification): void {
    try {
      const answer = this.#settle(notification)
      if (answer) this.#listener.answer(notification, answer)
    } catch {
      this.#listener.answer(notification, refused('EACCES'))
    }
  }

  #settle(notification: Notification): Answer | undefined {
    const caller = new Caller(notification, this.#listener, this.#procDevice)
    const operation = prepare(caller, this.#around)
    if ('kind' in operation) return operation
    const pid = operation.effects.length === 0 && !operation.image ? caller.tid : caller.group
    const actor = this.#actors.of(pid)
    const chosen = this.#choose(operation, actor, pid)
    if (chosen === 'refuse') {
      operation.abandon()
      return refused('EACCES')
    }
    const answer = chosen?.perform(false)
    if (chosen && answer !== 'would wait') {
      if (operation.image) this.#actors.starts(pid, operation.image)
      if (chosen.effects.length > 0) this.#note(pid, chosen.effects, actor)
      return answer as Answer
    }
    operation.abandon()
    this.#tell({ type: 'unsettled', notification, actor })
    return undefined
  }

  /** The operation, or less of it, where that is settled. */
  #choose(operation: Operation, actor: TreeActor, pid: number): Operation | 'refuse' | undefined {
    const verdict = this.#fence.atOnce(operation.effects, actor)
    if (verdict === 'allow' || this.#isTheAgentItself(operation, pid)) return operation
    const { narrower } = operation
    if (narrower && this.#fence.atOnce(narrower.effects, actor) === 'allow') return narrower
    return verdict === 'refuse' || this.#refused.has(`${pid} ${refusalKey(operation.effects)}`) ? 'refuse' : undefined
  }

  /** The operator started it, so it needs no rule, also when it starts itself again; nor does its interpreter, where it is a script. */
  #isTheAgentItself({ image }: Operation, pid: number): boolean {
    if (image === undefined) return false
    if (image.path === this.#realProgram) return true
    return pid === this.#agentPid && image.argv[1] === this.#agentProgram && basename(image.given) === this.#interpreter
  }

  #note(pid: number, effects: readonly Effect[], actor: TreeActor): void {
    for (const effect of effects)
      if (effect.kind === 'exec' || effect.kind === 'connect' || effect.kind === 'listen') this.#seen.push({ pid, effect: asStarted(effect, actor) })
  }

  #isTimeToTell(): boolean {
    return this.#seen.length >= MOST_UNTOLD || (this.#seen.length > 0 && performance.now() - this.#toldAt > LONGEST_UNTOLD)
  }

  /** Not one by one: waking the main thread takes longer than most answers. */
  #tellSeen(): void {
    if (this.#seen.length === 0) return
    this.#tell({ type: 'seen', operations: this.#seen })
    this.#seen = []
    this.#toldAt = performance.now()
  }

  #tell(message: FromThread): void {
    this.#port.postMessage(message)
  }
}

if (!isMainThread && parentPort) {
  const port = parentPort
  port.once('message', (terms: ThreadTerms) => {
    const fence = new Fence(terms.terms)
    port.once('message', (tree: ThreadTree) => {
      const thread = new Thread(terms, tree, fence, port)
      port.postMessage({ type: 'ready' } satisfies FromThread)
      thread.run()
      process.exit()
    })
  })
}
