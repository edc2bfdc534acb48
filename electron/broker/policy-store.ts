import { mkdirSync, watch, type FSWatcher } from 'node:fs'
import type { Decision, Verdict } from '../contract/decision.ts'
import type { Effect } from '../contract/effect.ts'
import type { PolicyFileStatus } from '../contract/operator.ts'
import { millisecondsOf, type Lifetime, type Remember } from '../contract/request.ts'
import { err, ok, type Result } from '../contract/result.ts'
import type { Guarded } from '../effects/guarded.ts'
import type { Knowledge } from '../effects/knowledge.ts'
import { PolicyBook, type Library } from '../policy/book.ts'
import { decide, type Subject } from '../policy/decide.ts'
import { environmentPolicyOf, type EnvironmentPolicy } from '../policy/environment-rules.ts'
import type { GrantSet } from '../policy/grant-rules.ts'
import type { Limit, OpenHours } from '../policy/limits.ts'
import { monitorPolicyOf, type MonitorPolicy } from '../policy/monitor-rules.ts'
import type { Policy } from '../policy/resolve.ts'
import type { Rule } from '../policy/rule.ts'
import type { Variables } from '../policy/variables.ts'
import { userPolicies, type Folders } from './folders.ts'
import { loadLibrary, loadShipped, readFolder, type Shipped, type SourceFile } from './policy-files.ts'
import { ProjectPolicies } from './project-policies.ts'
import { variablesOf } from './variables.ts'

/** The policy as it stands between two changes. A decision is made under exactly one of these. */
export interface PolicyInForce {
  /** Grows by one with every change that was taken. */
  readonly revision: number
  readonly files: PolicyFileStatus[]
  readonly fileDigests: { file: string; sha256: string }[]
  /** Why the newest files were refused; empty when they are in force. */
  readonly errors: string[]
  readonly knowledge: Knowledge
  decide(effects: readonly Effect[], subject: Subject, grants?: GrantSet): Decision
  /** What calls of the subject are looked through for. */
  guarded(subject: Subject): Guarded
  approval(subject: Subject): { timeoutMs: number; remember: readonly Remember[] }
  limits(subject: Subject): { limits: readonly Limit[]; hours: readonly OpenHours[] }
  /** What is said of the monitor. */
  monitor(subject: Subject): MonitorPolicy
  /** What a contained agent gets of the environment. */
  environment(subject: Subject): EnvironmentPolicy
  /** What a supervisor of a contained agent decides by. */
  fence(subject: Subject): { rules: readonly Rule[]; default: Verdict; variables: Variables }
  /** Names of the policies that apply to the subject, the strongest layer first, without what is built in. */
  appliedTo(subject: Subject): string[]
  /** Whether there is a policy of this name. */
  knows(name: string): boolean
  /** Names of the shipped policies that apply to the subject. */
  shippedFor(subject: Subject): string[]
}

export interface PolicyStoreOptions {
  /** Hook configuration of agents, which no agent may write. */
  guardedFiles: readonly string[]
  /** The last revision of an earlier run; numbers go on from there. */
  lastRevision?: number
}

const DEFAULT_TIMEOUT_MS = 2 * 60_000
/** Editors write a file in several steps; one reading after the last of them is enough. */
const SETTLE_MS = 25

/**
 * The user's policies on disk, always in force as they were last saved without error. A folder with an error in any
 * file is refused whole: what was in force stays, and `errors` say why. At start there is nothing to stay with, so
 * every call is denied until the error is gone.
 */
export class PolicyStore {
  readonly #folders: Folders
  readonly #shipped: Shipped
  readonly #options: PolicyStoreOptions
  readonly #projects: ProjectPolicies
  readonly #listeners: (() => void)[] = []
  #inForce: PolicyInForce
  #digest = ''
  #watcher: FSWatcher | undefined
  #timer: NodeJS.Timeout | undefined

  /** Fails only when the installation is damaged or the user's folder can't be made. */
  static open(folders: Folders, options: PolicyStoreOptions): Result<PolicyStore, string> {
    const shipped = loadShipped(folders.shipped)
    if (!shipped.ok) return err(`Paddock's own policies can not be read: ${shipped.error.join('; ')}`)
    try {
      mkdirSync(userPolicies(folders), { recursive: true, mode: 0o700 })
      const store = new PolicyStore(folders, shipped.value, options)
      store.#watch()
      return ok(store)
    } catch (error) {
      return err(`${userPolicies(folders)} can not be used: ${(error as Error).message}`)
    }
  }

  private constructor(folders: Folders, shipped: Shipped, options: PolicyStoreOptions) {
    this.#folders = folders
    this.#shipped = shipped
    this.#options = options
    this.#projects = new ProjectPolicies(folders, shipped.files)
    this.#inForce = this.#denyAll(options.lastRevision ?? 0, ['The policies have not been read yet.'])
    this.reload()
  }

  get inForce(): PolicyInForce {
    return this.#inForce
  }

  /** Calls `listener` after every change: a new revision, or new errors. */
  onChange(listener: () => void): void {
    this.#listeners.push(listener)
  }

  close(): void {
    this.#watcher?.close()
    clearTimeout(this.#timer)
  }

  /** Reads the folder now. Watching does this by itself; call it after writing a file. */
  reload(): void {
    const sources = readFolder(userPolicies(this.#folders), shownFolder(this.#folders))
    const digest = JSON.stringify(sources.ok ? sources.value.map(({ file, sha256 }) => [file, sha256]) : sources.error)
    if (digest === this.#digest) return
    this.#digest = digest
    const library = sources.ok ? loadLibrary(this.#shipped, sources.value) : err([sources.error])
    if (library.ok && sources.ok) this.#inForce = this.#put(library.value, sources.value)
    else if (!library.ok) this.#inForce = this.#refuse(library.error)
    this.#listeners.forEach((listener) => listener())
  }

  #watch(): void {
    this.#watcher = watch(userPolicies(this.#folders), () => {
      clearTimeout(this.#timer)
      this.#timer = setTimeout(() => this.reload(), SETTLE_MS)
    })
    this.#watcher.on('error', () => this.#watcher?.close())
  }

  #put(library: Library, sources: readonly SourceFile[]): PolicyInForce {
    const { knowledge } = this.#shipped
    const variables = variablesOf(this.#folders, knowledge, this.#options.guardedFiles)
    const book = new PolicyBook(library, variables, process.platform !== 'linux')
    const compiled = (subject: Subject) => book.compiledFor(subject, this.#projects.of(subject.workspace))
    const all = [...library.floor, ...library.shipped, ...library.user]
    return {
      revision: this.#inForce.revision + 1,
      files: all.map(statusOf),
      fileDigests: sources.map(({ file, sha256 }) => ({ file, sha256 })),
      errors: [],
      knowledge,
      decide: (effects, subject, grants) => decide(effects, compiled(subject), grants),
      guarded: (subject) => compiled(subject).guarded,
      approval: (subject) => approvalOf(compiled(subject).policies),
      limits: (subject) => compiled(subject),
      monitor: (subject) => monitorPolicyOf(compiled(subject).policies),
      environment: (subject) => environmentPolicyOf(compiled(subject).policies),
      fence: (subject) => ({
        rules: compiled(subject).policies.flatMap(({ rules }) => rules),
        default: compiled(subject).default.verdict,
        variables: { ...variables, workspace: subject.workspace },
      }),
      appliedTo: (subject) => compiled(subject).policies.flatMap(({ name, layer }) => (layer === 'floor' ? [] : [name])),
      knows: (name) => book.named(name) !== undefined,
      shippedFor: (subject) => book.shippedFor(subject).map(({ name }) => name),
    }
  }

  #refuse(errors: string[]): PolicyInForce {
    const nothingYet = this.#inForce.files.length === 0
    return nothingYet ? this.#denyAll(this.#inForce.revision, errors) : { ...this.#inForce, errors }
  }

  #denyAll(revision: number, errors: string[]): PolicyInForce {
    return {
      revision,
      files: [],
      fileDigests: [],
      errors,
      knowledge: this.#shipped.knowledge,
      decide: (effects) => denied(effects, errors),
      guarded: () => ({}),
      approval: () => ({ timeoutMs: DEFAULT_TIMEOUT_MS, remember: ['once'] }),
      limits: () => ({ limits: [], hours: [] }),
      monitor: () => monitorPolicyOf([]),
      environment: () => environmentPolicyOf([]),
      fence: (subject) => ({ rules: [], default: 'deny', variables: { ...variablesOf(this.#folders, this.#shipped.knowledge, []), workspace: subject.workspace } }),
      appliedTo: () => [],
      knows: () => true,
      shippedFor: () => [],
    }
  }
}

/** The user's policy folder as reasons and errors name it. */
export function shownFolder(folders: Folders): string {
  const folder = userPolicies(folders)
  return `${folder.startsWith(`${folders.home}/`) ? `~${folder.slice(folders.home.length)}` : folder}/`
}

function statusOf(policy: Policy): PolicyFileStatus {
  const { file, name, description, layer, agents = [], rules } = policy
  return { file, name, description, layer, agents: [...agents], rules: rules.length }
}

/** What all policies leave to the operator, narrowest first. Who leaves the rest of a session leaves any time in it. */
function approvalOf(policies: readonly Policy[]): { timeoutMs: number; remember: readonly Remember[] } {
  const times = policies.flatMap(({ timeoutMs }) => timeoutMs ?? [])
  const allowed = policies.flatMap(({ remember }) => (remember ? [remember] : []))
  const lifetimes = new Map(allowed.flat().flatMap((one) => (isLifetime(one) ? [[millisecondsOf(one), one] as const] : [])))
  return {
    timeoutMs: times.length > 0 ? Math.min(...times) : DEFAULT_TIMEOUT_MS,
    remember: [
      ...(allowed.every((list) => list.includes('once')) ? (['once'] as const) : []),
      ...[...lifetimes].toSorted(([a], [b]) => a - b).flatMap(([ms, one]) => (allowed.every((list) => leaves(list, ms)) ? [one] : [])),
      ...(['session', 'rule'] as const).filter((one) => allowed.every((list) => list.includes(one))),
    ],
  }
}

const leaves = (list: readonly Remember[], ms: number): boolean => list.some((one) => one === 'session' || (isLifetime(one) && millisecondsOf(one) >= ms))
const isLifetime = (one: Remember): one is Lifetime => one !== 'once' && one !== 'session' && one !== 'rule'

function denied(effects: readonly Effect[], errors: readonly string[]): Decision {
  const message = `No policy is in force, so every call is denied: ${errors.join('; ')}`
  const reason = { verdict: 'deny', rule: 'default', source: 'built in', layer: 'floor', message } as const
  const known = effects.length > 0 ? [...effects] : [{ kind: 'unknown', reason: 'no policy is in force' } as const]
  return { verdict: 'deny', effects: known, reasons: known.map((_, effect) => ({ ...reason, effect })) }
}
