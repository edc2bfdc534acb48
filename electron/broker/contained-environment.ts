import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import type { Secret } from '../containment/egress/rules.ts'
import { chooseVariables, parseEnvironmentKnowledge } from '../containment/environment.ts'
import { ofTheSame } from '../containment/of-the-same.ts'
import { err, ok, type Result } from '../contract/result.ts'
import type { EnvironmentPolicy } from '../policy/environment-rules.ts'
import { readSource } from './policy-files.ts'

/** The environment of one contained agent. */
export interface ContainedEnvironment {
  /** Names of the supervisor's variables that the agent gets as they are. */
  passed: string[]
  /** Names that sound like secrets, and are left out. */
  withheld: string[]
  /** What it gets besides: settings for everybody, and placeholders for secrets. */
  set: Record<string, string>
  /** Names of the variables whose values are wanted, for requests. */
  wanted: string[]
  secrets: Secret[]
  /** Keeps the values that were wanted, in memory alone. */
  take: (values: Readonly<Record<string, string>>) => void
}

const parseOnce = ofTheSame(parseEnvironmentKnowledge)

/**
 * Chooses among the variables that the supervisor has, by their names. `policy` is what is in force now: once it no longer names a secret
 * for its host, requests do not get it any more.
 */
export function containedEnvironment(names: readonly string[], agent: string, policy: () => EnvironmentPolicy, shipped: string): Result<ContainedEnvironment, string> {
  const file = join(shipped, 'knowledge/environment.yaml')
  const source = readSource(file, file)
  const knowledge = source.ok ? parseOnce(file, source.value.text) : err([source.error])
  if (!knowledge.ok) return err(`${knowledge.error.join('; ')}. Install Paddock again.`)
  const { pass, inject } = policy()
  const injected = inject.filter(({ variable }) => names.includes(variable) && !knowledge.value.isNever(variable))
  const placeholders = new Map(injected.map(({ variable }) => [variable, `paddock-secret-${randomBytes(24).toString('hex')}`]))
  const values = new Map<string, string>()
  const isStillMeant = (variable: string, host: string): boolean => policy().inject.some((one) => one.variable === variable && one.host === host)
  const chosen = chooseVariables(names.filter((name) => !placeholders.has(name)), { agent, pass }, knowledge.value)
  return ok({
    ...chosen,
    set: { ...knowledge.value.set, ...Object.fromEntries(placeholders) },
    wanted: [...placeholders.keys()],
    secrets: injected.map(({ variable, host, headers, upgrade = true }) => ({
      placeholder: placeholders.get(variable)!,
      value: () => (isStillMeant(variable, host) ? values.get(variable) : undefined),
      host,
      headers,
      upgrade,
    })),
    take: (given) => {
      for (const [name, value] of Object.entries(given)) if (placeholders.has(name)) values.set(name, value)
    },
  })
}
