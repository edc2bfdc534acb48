import type { Rule, Section } from './rule.ts'
import type { SuggestedRule, Suggestion } from './suggest.ts'

/** What a suggested policy is besides its rules. */
export interface SuggestedFor {
  name: string
  agent: string
  extends: readonly string[]
  /** Rules that ask or deny, of policies that will no longer apply to the agent: they stay. */
  keeps: readonly Rule[]
}

/** The suggestion as a policy file. `heading` are the lines of the comment that it begins with. */
export function suggestedPolicy({ rules }: Suggestion, { name, agent, extends: parents, keeps }: SuggestedFor, heading: readonly string[]): string {
  const lists = (section: Section): string[] => [...allowed(section, rules), ...kept('ask', section, keeps), ...kept('deny', section, keeps)]
  const files = (['read', 'write', 'delete'] as const).flatMap((kind) => headed(`${kind}:`, lists(`files.${kind}`)))
  return [
    ...heading.map((line) => `# ${line}`.trimEnd()),
    'paddock: 1',
    `name: ${name}`,
    `description: What ${agent} was allowed to do, learned from the journal.`,
    `extends: [${parents.join(', ')}]`,
    `match: { agents: [${agent}] }`,
    'default: ask',
    ...headed('files:', files),
    ...(['commands', 'network', 'listen', 'tools'] as const).flatMap((section) => headed(`${section}:`, lists(section))),
    '',
  ].join('\n')
}

/** JSON strings are YAML strings; a `#` in one begins no comment. */
function allowed(section: Section, rules: readonly SuggestedRule[]): string[] {
  const own = rules.filter((rule) => rule.section === section)
  return headed(
    'allow:',
    own.map(({ pattern, calls }) => `- ${JSON.stringify(pattern)} # ${calls} ${calls === 1 ? 'call' : 'calls'}`),
  )
}

/** JSON objects are YAML as well. */
function kept(verdict: 'ask' | 'deny', section: Section, rules: readonly Rule[]): string[] {
  const own = rules.filter((rule) => rule.section === section && rule.verdict === verdict)
  const entries = own.map(({ pattern, why, advice, tags, conditions }) => `- ${JSON.stringify({ pattern, why, advice, tags, ...conditions })}`)
  return headed(`${verdict}:`, entries)
}

/** The lines below their heading; nothing without lines. */
function headed(heading: string, lines: readonly string[]): string[] {
  return lines.length > 0 ? [heading, ...lines.map((line) => `  ${line}`)] : []
}
