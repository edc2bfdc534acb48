import { parseCommandPattern } from './command-index.ts'
import { expandBraces } from './glob.ts'
import { parseHostPattern } from './host-index.ts'
import type { Section } from './rule.ts'
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
      const parsed = parseHostPattern(pattern)
      return 'error' in parsed ? parsed.error : undefined
    }
    case 'tools':
      return parseToolPattern(pattern) ? undefined : `"${pattern}" is not a tool: write server/tool, or tool for the agent's own`
  }
}

function checkPath(pattern: string): string | undefined {
  if (!/^(\/|~\/|\$\{|\*\*(\/|$)|[A-Za-z]:\/)/.test(pattern))
    return `"${pattern}" names no place: begin with /, ~/, \${workspace}/, \${home}/ or **/`
  if (pattern.split('/').includes('..')) return `"${pattern}": write the path without ".."`
  return expandBraces(pattern) ? undefined : tooMany(pattern)
}

const tooMany = (pattern: string): string => `"${pattern}" stands for more than 256 patterns`
