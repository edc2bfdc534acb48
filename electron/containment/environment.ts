import * as z from 'zod'
import type { Result } from '../contract/result.ts'
import { nameMatcher } from '../effects/names.ts'
import { readYaml } from '../effects/yaml.ts'

/** Patterns for names, separated by blanks. */
const Names = z.string().transform((text) => text.split(/\s+/).filter((name) => name !== ''))
const Lines = z.array(Names).transform((lines) => lines.flat())

const EnvironmentKnowledge = z
  .strictObject({ keep: Lines, secret: Names, never: Lines, agents: z.record(z.string(), Names) })
  .transform(({ keep, secret, never, agents }) => ({
    isKept: nameMatcher(keep),
    isSecret: nameMatcher(secret, { ignoreCase: true }),
    // Windows does not tell cases apart, and no program minds losing a look-alike.
    isNever: nameMatcher(never, { ignoreCase: true }),
    agents: new Map(Object.entries(agents).map(([agent, names]) => [agent, nameMatcher(names)])),
  }))

/** Which variables reach a contained agent: `policies/knowledge/environment.yaml`, whose comments say what each part means. */
export type EnvironmentKnowledge = z.infer<typeof EnvironmentKnowledge>

/** Reads the knowledge; errors are `file:line:column: what is wrong`. */
export function parseEnvironmentKnowledge(file: string, text: string): Result<EnvironmentKnowledge, string[]> {
  return readYaml(file, text, EnvironmentKnowledge as z.ZodType<EnvironmentKnowledge>)
}

export interface ContainedEnvironment {
  environment: Record<string, string>
  /** Names of what was left out, sorted; never values. */
  dropped: string[]
}

/**
 * The variables for a contained agent: what everybody needs, the agent's settings, and what `pass` names, the policy's
 * own list. A name that sounds like a secret has to be named in full there; `*` in it stands for others. Variables that load code
 * into programs are left out even then.
 */
export function containedEnvironment(
  variables: Readonly<Record<string, string | undefined>>,
  { agent, pass }: { agent: string; pass: readonly string[] },
  knowledge: EnvironmentKnowledge,
): ContainedEnvironment {
  const exactly = new Set(pass)
  const isPassed = nameMatcher(pass)
  const ofAgent = knowledge.agents.get(agent)
  const environment: Record<string, string> = {}
  const dropped: string[] = []
  for (const [name, value] of Object.entries(variables)) {
    if (value === undefined) continue
    const isWanted = exactly.has(name) || (!knowledge.isSecret(name) && (knowledge.isKept(name) || isPassed(name) || ofAgent?.(name) === true))
    if (isWanted && !knowledge.isNever(name)) environment[name] = value
    else dropped.push(name)
  }
  return { environment, dropped: dropped.toSorted() }
}
