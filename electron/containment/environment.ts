import * as z from 'zod'
import type { Result } from '../contract/result.ts'
import { nameMatcher } from '../effects/names.ts'
import { readYaml } from '../effects/yaml.ts'

/** Patterns for names, separated by blanks. */
const Names = z.string().transform((text) => text.split(/\s+/).filter((name) => name !== ''))
const Lines = z.array(Names).transform((lines) => lines.flat())
const Agent = z.strictObject({ settings: Names, keys: Names }).transform(({ settings, keys }) => ({ isSetting: nameMatcher(settings), keys: new Set(keys) }))

const EnvironmentKnowledge = z
  .strictObject({ keep: Lines, secret: Names, never: Lines, set: z.record(z.string(), z.string()), agents: z.record(z.string(), Agent) })
  .transform(({ keep, secret, never, set, agents }) => ({
    isKept: nameMatcher(keep),
    isSecret: nameMatcher(secret, { ignoreCase: true }),
    // Windows does not tell cases apart, and no program minds losing a look-alike.
    isNever: nameMatcher(never, { ignoreCase: true }),
    set,
    agents: new Map(Object.entries(agents)),
  }))

/** Which variables reach a contained agent: `policies/knowledge/environment.yaml`, whose comments say what each part means. */
export type EnvironmentKnowledge = z.infer<typeof EnvironmentKnowledge>

/** Reads the knowledge; errors are `file:line:column: what is wrong`. */
export function parseEnvironmentKnowledge(file: string, text: string): Result<EnvironmentKnowledge, string[]> {
  return readYaml(file, text, EnvironmentKnowledge as z.ZodType<EnvironmentKnowledge>)
}

/** A choice among variables by their names alone: nobody has to see the values for it. */
export interface ChosenVariables {
  passed: string[]
  /** Left out although a policy could pass them: names that sound like secrets, sorted. */
  withheld: string[]
}

/**
 * The variables for a contained agent: what everybody needs, the agent's settings and keys, and what `pass` names, the policy's
 * own list. A name that sounds like a secret has to be named in full there; `*` in it stands for others. Variables that load code
 * into programs are left out even then.
 */
export function chooseVariables(names: readonly string[], { agent, pass }: { agent: string; pass: readonly string[] }, knowledge: EnvironmentKnowledge): ChosenVariables {
  const exactly = new Set(pass)
  const isPassed = nameMatcher(pass)
  const ofAgent = knowledge.agents.get(agent)
  const isWanted = (name: string): boolean =>
    exactly.has(name) || ofAgent?.keys.has(name) === true || (!knowledge.isSecret(name) && (knowledge.isKept(name) || isPassed(name) || ofAgent?.isSetting(name) === true))
  const possible = names.filter((name) => !knowledge.isNever(name))
  return {
    passed: possible.filter(isWanted),
    withheld: possible.filter((name) => !isWanted(name) && knowledge.isSecret(name)).toSorted(),
  }
}
