import type { SuggestedRule, Suggestion } from './suggest.ts'
import type { Section } from './rule.ts'

/** Who a suggested policy is for. */
export interface SuggestedFor {
  name: string
  agent: string
  extends: readonly string[]
}

/** The suggestion as a policy file. `heading` are the lines of the comment that it begins with. */
export function suggestedPolicy({ rules }: Suggestion, { name, agent, extends: parents }: SuggestedFor, heading: readonly string[]): string {
  const files = (['read', 'write', 'delete'] as const).flatMap((kind) => indented([`${kind}:`, ...allowed(`files.${kind}`, rules)]))
  const others = (['commands', 'network', 'listen', 'tools'] as const).flatMap((section) => {
    const lines = allowed(section, rules)
    return lines.length > 0 ? [`${section}:`, ...lines] : []
  })
  return [
    ...heading.map((line) => `# ${line}`.trimEnd()),
    'paddock: 1',
    `name: ${name}`,
    `description: What ${agent} was allowed to do, learned from the journal.`,
    `extends: [${parents.join(', ')}]`,
    `match: { agents: [${agent}] }`,
    'default: ask',
    ...(files.length > 0 ? ['files:', ...files] : []),
    ...others,
    '',
  ].join('\n')
}

/** JSON strings are YAML strings; a `#` in one begins no comment. */
function allowed(section: Section, rules: readonly SuggestedRule[]): string[] {
  const own = rules.filter((rule) => rule.section === section)
  if (own.length === 0) return []
  return ['  allow:', ...own.map(({ pattern, calls }) => `    - ${JSON.stringify(pattern)} # ${calls} ${calls === 1 ? 'call' : 'calls'}`)]
}

function indented(lines: readonly string[]): string[] {
  return lines.length > 1 ? lines.map((line) => `  ${line}`) : []
}
