import type { Policy } from './resolve.ts'
import type { PolicyDocument } from './schema.ts'

/** The section `environment` of one policy file. */
export type EnvironmentRules = NonNullable<PolicyDocument['environment']>
/** A variable whose value goes into requests for one host, and never to the agent. */
export type InjectedSecret = NonNullable<EnvironmentRules['inject']>[number]

/** What the policies of a subject say of the environment of contained agents together. */
export interface EnvironmentPolicy {
  /** Names of variables that are passed on; `*` stands for any signs. */
  pass: readonly string[]
  inject: readonly InjectedSecret[]
}

/** What several policies say together: each may widen it, except one that was found in a repository. */
export function environmentPolicyOf(policies: readonly Policy[]): EnvironmentPolicy {
  const said = policies.filter(({ layer }) => layer !== 'project').flatMap(({ environment = [] }) => environment)
  return { pass: said.flatMap(({ pass = [] }) => pass), inject: said.flatMap(({ inject = [] }) => inject) }
}
