import { basename } from 'node:path'
import type { Actor } from '../fence.ts'
import * as libc from './libc.ts'
import type { Image } from './operation.ts'
import { environmentOf, isImage, isSame, running } from './running.ts'
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
  /** What runs it is an interpreter. */
  isScript?: boolean
  /** When it was last made sure that the number still means this process, in milliseconds. */
  checkedAt: number
  /** Set from when it was let start a program until it is seen to run that. */
  claim?: { image: Image; former: Known }
}

/** For so long a number can't come to mean another process, in milliseconds. */
const SURE = 200

const SIGKILL = 9
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
  readonly #isTending: (program: string) => boolean
  readonly #known = new Map<number, Known>()
  /** What the agent was started with. */
  #environment: Set<string> | undefined

  /** `agentProgram` is the real path of the agent's program; `isTending` says of which others it matters with which variables they were started. */
  constructor(agentPid: number, agentProgram: string, transparent: readonly string[], isTending: (program: string) => boolean) {
    this.#isTending = isTending
    this.#agentPid = agentPid
    this.#agentProgram = agentProgram
    this.#transparent = new Set(transparent)
  }

  of(pid: number): TreeActor {
    const known = this.#known.get(pid)
    const actor = known && performance.now() - known.checkedAt < SURE ? known : this.#learn(pid)
    return actor.claim ? this.#judged(pid, actor, actor.claim) : actor
  }

  /**
   * A call that starts a program can fail, and what it names can change after it was looked at. Only what the kernel says it runs
   * counts; what was never allowed is ended, before it can do anything that needs leave.
   */
  #judged(pid: number, known: Known, { image, former }: NonNullable<Known['claim']>): Known {
    const now = running(pid)
    // First: a program can have itself started with words by which it looks like one that it never became.
    if (isSame(now, image.before)) return { ...former, cause: known.cause }
    if (isImage(now, image)) {
      const proved = this.#started(pid, known)
      this.#known.set(pid, proved)
      return proved
    }
    libc.kill(pid, SIGKILL)
    return { ...former, cause: known.cause, isTransparent: true, program: '', argv: [], given: '' }
  }

  /** The program runs and has done nothing yet: what it was started with can still be believed. */
  #started(pid: number, claimed: Known): Known {
    const { claim: _, variables: __, ...known } = claimed
    if (pid === this.#agentPid) this.#environment ??= environmentOf(pid)
    if (!this.#isTending(known.program)) return known
    const own = environmentOf(pid)
    const agents = this.#environment
    if (own === undefined || agents === undefined) return known
    return { ...known, variables: [...own].filter((variable) => !agents.has(variable)).map((variable) => variable.replace(/=.*/s, '')) }
  }

  /** The process goes on as another program. An interpreter that is started on a script which it already is, is still that script. */
  starts(pid: number, image: Image): void {
    const { claim, ...known } = this.#learn(pid)
    const before = claim && isSame(image.before, claim.image.before) ? claim.former : known
    this.#known.set(pid, { ...this.#becoming(pid, before, image), claim: { image, former: before } })
  }

  #becoming(pid: number, before: Known, { path: program, given, argv, interpreter }: Image): Known {
    if (!before.isTransparent && before.isScript && argv.includes(before.given)) return before
    const isAgent = pid === this.#agentPid
    return { ...before, argv, given, isScript: interpreter !== undefined, isAgent, isTransparent: isAgent || (before.isTransparent && this.#onlyRuns(program)), program }
  }

  /** The agent started once more is the agent: nothing vouches for what it starts. */
  #onlyRuns(program: string): boolean {
    return program === this.#agentProgram || this.#transparent.has(basename(program))
  }

  #learn(pid: number): Known {
    const self = identify(pid)
    const known = this.#known.get(pid)
    if (known && known.startedAt === self?.startedAt) {
      known.checkedAt = performance.now()
      return known
    }
    const actor = this.#inherited(pid, self)
    this.#known.set(pid, actor)
    if (this.#known.size > MANY) this.#forgetEnded()
    return actor
  }

  #inherited(pid: number, self: ReturnType<typeof identify>): Known {
    const startedAt = self?.startedAt ?? 0
    const identity = { pid, startedAt }
    const checkedAt = performance.now()
    if (pid === this.#agentPid) return { isAgent: true, isTransparent: true, program: '', given: '', argv: [], cause: identity, startedAt, checkedAt }
    // One that left its parent behind: nothing vouches for it.
    if (!self || self.parent <= 1 || self.parent === process.pid) return { isAgent: false, isTransparent: true, program: '', given: '', argv: [], cause: identity, startedAt, checkedAt }
    const above = this.#known.get(self.parent) ?? this.#learn(self.parent)
    const { claim } = above
    const now = claim && running(pid)
    const isNew = now !== undefined && !isSame(now, claim!.image.before) && isImage(now, claim!.image)
    const { claim: _, ...parent } = isNew ? this.#started(pid, above) : (claim?.former ?? above)
    return { ...parent, cause: parent.isAgent ? identity : parent.cause, startedAt, checkedAt }
  }

  #forgetEnded(): void {
    for (const [pid, { startedAt }] of this.#known) if (identify(pid)?.startedAt !== startedAt) this.#known.delete(pid)
  }
}
