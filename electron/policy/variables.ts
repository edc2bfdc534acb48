/**
 * What `${name}` in a pattern stands for: one text, or a list of patterns. `paddock` are Paddock's own files,
 * `agent-settings` the hook configuration of agents, `registries` the hosts of the user's package registries.
 */
export type Variables = Record<VariableName, string | readonly string[]>

export const VARIABLE_NAMES = ['workspace', 'home', 'tmp', 'secrets', 'paddock', 'paddock-state', 'agent-settings', 'registries'] as const
export type VariableName = (typeof VARIABLE_NAMES)[number]

const REFERENCE = /\$\{([^}]*)\}/g

/** The names used in a pattern that are no variables. */
export function unknownVariables(pattern: string): string[] {
  return [...pattern.matchAll(REFERENCE)].map((match) => match[1]!).filter((name) => !isVariable(name))
}

function isVariable(name: string): name is VariableName {
  return (VARIABLE_NAMES as readonly string[]).includes(name)
}

/** Whether the pattern depends on the workspace that a call is made in. */
export function usesWorkspace(pattern: string): boolean {
  return pattern.includes('${workspace}') || pattern.includes('${secrets}') || pattern.includes('${agent-settings}')
}

/**
 * Replaces variables. Single values are escaped, so that a folder named `[x]` stays that folder; a list gives one
 * pattern for each of its own, with variables in them replaced too.
 */
export function expandVariables(pattern: string, variables: Variables): string[] {
  const match = /\$\{([^}]*)\}/.exec(pattern)
  if (!match || !isVariable(match[1]!)) return [pattern]
  const value = variables[match[1]]
  const values = typeof value === 'string' ? [escapeGlob(value)] : value
  const [before, after] = [pattern.slice(0, match.index), pattern.slice(match.index + match[0].length)]
  return values.flatMap((each) => expandVariables(before + each + after, variables))
}

/** The text as a glob that matches exactly it. */
export function escapeGlob(text: string): string {
  return text.replace(/[\\*?[\]{}]/g, '\\$&')
}
