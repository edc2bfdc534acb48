import { parseCommandPattern } from './command-index.ts'
import { expandBraces } from './glob.ts'
import { parseHostPattern } from './host-index.ts'
import type { RuleConditions, Section } from './rule.ts'
import { parseToolPattern } from './tool-index.ts'
import { unknownVariables, VARIABLE_NAMES } from './variables.ts'

/** What is wrong with a pattern of a section, or undefined. */
export function checkPattern(section: Section, pattern: string): string | undefined {
  const [unknown] = unknownVariables(pattern)
  if (unknown !== undefined)
    return `there is no variable \${${unknown}}; known are ${VARIABLE_NAMES.map((name) => `\${${name}}`).join(', ')}`
  switch (section) {
    case 'files.read':
    case 'files.write':
    case 'files.delete':
      return checkPath(pattern)
    case 'commands': {
      const alternatives = expandBraces(pattern)
      if (!alternatives) return tooMany(pattern)
      return alternatives.every(parseCommandPattern) ? undefined : `"${pattern}" is not a command: words separated by blanks, quotes closed`
    }
    case 'network':
    case 'listen': {
      if (pattern === '${registries}') return undefined
      const parsed = parseHostPattern(pattern)
      return 'error' in parsed ? parsed.error : undefined
    }
    case 'tools':
      return parseToolPattern(pattern) ? undefined : `"${pattern}" is not a tool: write server/tool, or tool for the agent's own`
  }
}

/** What is wrong with the conditions of a rule, or undefined. */
export function checkConditions({ paths = [], when = {} }: RuleConditions): string | undefined {
  const globs = [...paths]
  for (const condition of Object.values(when)) {
    if ('host' in condition) {
      const parsed = parseHostPattern(condition.host)
      if ('error' in parsed && !condition.host.includes('${')) return parsed.error
    }
    if ('path' in condition) {
      const wrong = checkPath(condition.path)
      if (wrong !== undefined) return wrong
    }
    if ('like' in condition) globs.push(condition.like)
    if ('min' in condition && 'max' in condition && (condition.min ?? 0) > (condition.max ?? 0)) return 'min is more than max'
  }
  const tooWide = globs.find((glob) => !expandBraces(glob))
  if (tooWide !== undefined) return tooMany(tooWide)
  const [unknown] = Object.values(when).flatMap((condition) => unknownVariables(JSON.stringify(condition)))
  return unknown === undefined ? undefined : `there is no variable \${${unknown}}`
}

function checkPath(pattern: string): string | undefined {
  if (!/^(\/|~\/|\$\{|\*\*(\/|$)|[A-Za-z]:\/)/.test(pattern))
    return `"${pattern}" names no place: begin with /, ~/, \${workspace}/, \${home}/ or **/`
  if (pattern.split('/').includes('..')) return `"${pattern}": write the path without ".."`
  return expandBraces(pattern) ? undefined : tooMany(pattern)
}

const tooMany = (pattern: string): string => `"${pattern}" stands for more than 256 patterns`
