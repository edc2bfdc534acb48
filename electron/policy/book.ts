import { compile, type CompiledPolicy } from './compile.ts'
import type { Subject } from './decide.ts'
import { compileGlob } from './glob.ts'
import type { Policy } from './resolve.ts'
import { expandVariables, type Variables } from './variables.ts'

/** All policies that are known, by where they come from. */
export interface Library {
  /** Built in: protects Paddock itself. */
  floor: readonly Policy[]
  /** What Paddock ships. */
  shipped: readonly Policy[]
  user: readonly Policy[]
}

/** How many (agent, workspace) pairs stay compiled; the oldest gives way. */
const MOST_COMPILED = 64

/**
 * Chooses the policies that apply to a call and keeps them compiled. The user's policies that fit add up. Shipped ones
 * apply as well, unless a policy of the user has the same name, or names the agent: then it has taken that agent over
 * (and says `extends` where it wants to keep the shipped rules).
 */
export class PolicyBook {
  readonly #library: Library
  readonly #variables: Omit<Variables, 'workspace'>
  readonly #foldCase: boolean
  readonly #compiled = new Map<string, { policy: CompiledPolicy; project: Policy | undefined }>()

  constructor(library: Library, variables: Omit<Variables, 'workspace'>, foldCase: boolean) {
    this.#library = library
    this.#variables = variables
    this.#foldCase = foldCase
  }

  /** The compiled policies for an agent in a workspace; `project` is the trusted policy of that workspace, if any. */
  compiledFor(subject: Subject, project?: Policy): CompiledPolicy {
    const key = `${subject.agent}\n${subject.workspace}\n${subject.policy ?? ''}`
    const known = this.#compiled.get(key)
    if (known && known.project === project) return known.policy
    const policies = [...this.#applying(subject), ...(project && fits(project, subject, this.#variables) ? [project] : [])]
    const compiled = compile(policies, { ...this.#variables, workspace: subject.workspace }, this.#foldCase)
    this.#compiled.delete(key)
    this.#compiled.set(key, { policy: compiled, project })
    if (this.#compiled.size > MOST_COMPILED) this.#compiled.delete(this.#compiled.keys().next().value!)
    return compiled
  }

  /** The shipped policies that apply to an agent now; a policy file made for it must extend them. */
  shippedFor(subject: Subject): Policy[] {
    const { shipped, user } = this.#library
    const own = user.filter((policy) => fits(policy, subject, this.#variables))
    if (own.some((policy) => policy.agents)) return []
    return shipped.filter((policy) => fits(policy, subject, this.#variables) && !user.some(({ name }) => name === policy.name))
  }

  /** The policy of a name; one of the user's comes before a shipped one. */
  named(name: string): Policy | undefined {
    return [...this.#library.user, ...this.#library.shipped].find((policy) => policy.name === name)
  }

  #applying(subject: Subject): Policy[] {
    if (subject.policy !== undefined) {
      const chosen = this.named(subject.policy)
      return chosen ? [...this.#library.floor, chosen] : [...this.#library.floor]
    }
    const own = this.#library.user.filter((policy) => fits(policy, subject, this.#variables))
    return [...this.#library.floor, ...this.shippedFor(subject), ...own]
  }
}

function fits(policy: Policy, { agent, workspace }: Subject, variables: Omit<Variables, 'workspace'>): boolean {
  if (policy.agents && !policy.agents.includes(agent)) return false
  if (!policy.workspaces) return true
  return policy.workspaces.some((pattern) =>
    expandVariables(pattern.replace(/^~\//, '${home}/'), { ...variables, workspace }).some((glob) => compileGlob(glob)?.(workspace)),
  )
}
