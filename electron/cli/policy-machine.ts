import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { userPolicies, type Folders } from '../broker/folders.ts'
import { loadLibrary, loadShipped, readFolder, readSource, type Shipped } from '../broker/policy-files.ts'
import { shownFolder } from '../broker/policy-store.ts'
import { ProjectPolicies } from '../broker/project-policies.ts'
import { canonicalPath, realWorld } from '../broker/real-world.ts'
import { variablesOf } from '../broker/variables.ts'
import { connectorsFor } from '../connectors/installed.ts'
import type { Call } from '../contract/call.ts'
import type { Effect } from '../contract/effect.ts'
import { AgentId, type AbsolutePath } from '../contract/ids.ts'
import { err, ok, type Result } from '../contract/result.ts'
import { effectsOf } from '../effects/effects-of.ts'
import type { Guarded } from '../effects/guarded.ts'
import type { World } from '../effects/world.ts'
import { PolicyBook, type Library } from '../policy/book.ts'
import type { CompiledPolicy } from '../policy/compile.ts'
import type { Subject } from '../policy/decide.ts'
import type { LintContext } from '../policy/lint-broad.ts'
import { formatError, parsePolicy } from '../policy/parse.ts'
import { resolvePolicy, type Policy } from '../policy/resolve.ts'
import { parseSharedDomains } from '../policy/shared-domains.ts'
import type { Variables } from '../policy/variables.ts'

/** The policies that decide, for any agent in any workspace. */
export type Policies = (subject: Subject) => CompiledPolicy

/** This machine as policies see it, for commands that judge calls without a broker. Nothing is run or connected to. */
export class Machine {
  readonly shipped: Shipped
  readonly #folders: Folders
  readonly #variables: Omit<Variables, 'workspace'>
  readonly #world: World

  /** Reads what Paddock ships. Errors mean a damaged installation. */
  static open(folders: Folders): Result<Machine, string[]> {
    const shipped = loadShipped(folders.shipped)
    return shipped.ok ? ok(new Machine(folders, shipped.value)) : shipped
  }

  private constructor(folders: Folders, shipped: Shipped) {
    const guarded = connectorsFor(folders).flatMap((connector) => connector.guardedFiles)
    this.#folders = folders
    this.shipped = shipped
    this.#variables = variablesOf(folders, shipped.knowledge, guarded)
    this.#world = realWorld(canonicalPath(folders.home))
  }

  /** The user's own policies beside the shipped ones. */
  library(): Result<Library, string[]> {
    const sources = readFolder(userPolicies(this.#folders), shownFolder(this.#folders))
    return sources.ok ? loadLibrary(this.shipped, sources.value) : err([sources.error])
  }

  /** Exactly the policies that are named, beside the floor, for whatever agent; without names what is in force. */
  policies(names: readonly string[]): Result<Policies, string[]> {
    if (names.length === 0) return this.#inForce()
    const policies: Policy[] = []
    for (const name of names) {
      const policy = this.policy(name)
      if (!policy.ok) return policy
      policies.push(policy.value)
    }
    return ok(this.alone(policies))
  }

  /** These policies alone, beside the floor, for whatever agent and workspace. */
  alone(policies: readonly Policy[]): Policies {
    const everywhere = policies.map(({ agents: _agents, workspaces: _workspaces, ...policy }) => policy)
    const book = this.#book({ floor: [this.shipped.floor], shipped: [], user: everywhere })
    return (subject) => book.compiledFor(subject)
  }

  /** A policy by its name, or from a file. */
  policy(nameOrFile: string): Result<Policy, string[]> {
    const library = this.library()
    const known = library.ok ? [...library.value.user, ...library.value.shipped] : this.shipped.policies
    const policy = known.find(({ name }) => name === nameOrFile)
    if (policy) return ok(policy)
    if (existsSync(nameOrFile)) return this.#policyIn(nameOrFile)
    if (!library.ok) return library
    return err([`${nameOrFile}: no such file, and no policy of that name; known are ${known.map(({ name }) => name).join(', ')}`])
  }

  /** What a call would do, made from where it says or else from `cwd`; `guarded` is that of the policies that will decide. */
  effects(call: Call, guarded: Guarded, workspace: AbsolutePath, cwd: AbsolutePath = workspace): Effect[] {
    return effectsOf(call, { cwd, workspace, world: this.#world, knowledge: this.shipped.knowledge, guarded })
  }

  /** What the checks of policies know. */
  lintContext(): Result<LintContext, string[]> {
    const file = 'knowledge/shared-domains.yaml'
    const source = readSource(join(this.#folders.shipped, file), `policies/${file}`)
    const sharedDomains = source.ok ? parseSharedDomains(source.value.text, source.value.file) : err([source.error])
    if (!sharedDomains.ok) return sharedDomains
    const { knowledge } = this.shipped
    return ok({ knowledge, sharedDomains: sharedDomains.value, variables: this.variables(NO_WORKSPACE), canonical: canonicalPath })
  }

  variables(workspace: string): Variables {
    return { ...this.#variables, workspace }
  }

  #inForce(): Result<Policies, string[]> {
    const library = this.library()
    if (!library.ok) return library
    const book = this.#book(library.value)
    const projects = new ProjectPolicies(this.#folders, this.shipped.files)
    return ok((subject) => book.compiledFor(subject, projects.of(subject.workspace)))
  }

  #policyIn(file: string): Result<Policy, string[]> {
    const source = readSource(file, file)
    if (!source.ok) return err([source.error])
    const parsed = parsePolicy(source.value.text, file)
    const resolved = parsed.ok ? resolvePolicy(parsed.value, 'user', this.shipped.files) : parsed
    return resolved.ok ? resolved : err(resolved.error.map(formatError))
  }

  #book(library: Library): PolicyBook {
    return new PolicyBook(library, this.#variables, process.platform !== 'linux')
  }
}

/** A workspace that no pattern names. */
const NO_WORKSPACE = '/‹workspace›'

/** Whose calls are judged, from the options of a command. */
export function subjectOf(options: { agent: string; workspace: string }): Result<Subject, string[]> {
  const agent = AgentId.safeParse(options.agent)
  if (!agent.success) return err([`--agent ${options.agent}: ${agent.error.issues[0]?.message ?? ''}`])
  return ok({ agent: agent.data, workspace: canonicalPath(resolve(options.workspace)) })
}

/** Says what can't be read, and gives the exit code for that. */
export function badInput(errors: readonly string[]): number {
  console.error(errors.join('\n'))
  return 2
}
