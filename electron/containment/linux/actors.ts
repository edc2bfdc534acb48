import { basename } from 'node:path'
import type { Actor } from '../fence.ts'
import type { Image } from './operation.ts'
import { identify, type ProcessIdentity } from './tree.ts'

/** A process of the tree, with what it is by the program it last started. */
export interface TreeActor extends Actor {
  /** The top of what the agent started as one command; the agent itself where it acts itself. */
  cause: ProcessIdentity
}

interface Known extends TreeActor {
  startedAt: number
  /** The program as the call named it: what the kernel hands to the interpreter of a script. */
  given: string
}

/** Beyond this many, processes that have ended are forgotten. */
const MANY = 5000

/**
 * Who is who in the tree. A process that was forked and has started nothing yet is what its parent is. A shell that an allowed program
 * starts for its own work is part of that work.
 */
export class Actors {
  readonly #agentPid: number
  readonly #agentProgram: string
  readonly #transparent: ReadonlySet<string>
  readonly #known = new Map<number, Known>()

  /** `agentProgram` is the real path of the agent's program. */
  constructor(agentPid: number, agentProgram: string, transparent: readonly string[]) {
    this.#agentPid = agentPid
    this.#agentProgram = agentProgram
    this.#transparent = new Set(transparent)
  }

  of(pid: number): TreeActor {
    return this.#known.get(pid) ?? this.#learn(pid)
  }

  /** The process goes on as another program. An interpreter that is started on a script which it already is, is still that script. */
  starts(pid: number, { path: program, given, argv }: Image): void {
    const before = this.#learn(pid)
    if (!before.isTransparent && argv.includes(before.given)) return
    const isAgent = pid === this.#agentPid
    this.#known.set(pid, { ...before, argv, given, isAgent, isTransparent: isAgent || (before.isTransparent && this.#onlyRuns(program)), program })
  }

  /** The agent started once more is the agent: nothing vouches for what it starts. */
  #onlyRuns(program: string): boolean {
    return program === this.#agentProgram || this.#transparent.has(basename(program))
  }

  #learn(pid: number): Known {
    const self = identify(pid)
    const known = this.#known.get(pid)
    if (known && known.startedAt === self?.startedAt) return known
    const actor = this.#inherited(pid, self)
    this.#known.set(pid, actor)
    if (this.#known.size > MANY) this.#forgetEnded()
    return actor
  }

  #inherited(pid: number, self: ReturnType<typeof identify>): Known {
    const startedAt = self?.startedAt ?? 0
    const identity = { pid, startedAt }
    if (pid === this.#agentPid) return { isAgent: true, isTransparent: true, program: '', given: '', argv: [], cause: identity, startedAt }
    // One that left its parent behind: nothing vouches for it.
    if (!self || self.parent <= 1 || self.parent === process.pid) return { isAgent: false, isTransparent: true, program: '', given: '', argv: [], cause: identity, startedAt }
    const parent = this.#known.get(self.parent) ?? this.#learn(self.parent)
    return { ...parent, cause: parent.isAgent ? identity : parent.cause, startedAt }
  }

  #forgetEnded(): void {
    for (const [pid, { startedAt }] of this.#known) if (identify(pid)?.startedAt !== startedAt) this.#known.delete(pid)
  }
}
