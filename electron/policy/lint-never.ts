import type { Verdict } from '../contract/decision.ts'
import { canonicalHost } from '../effects/host.ts'
import { alternativesOf, type Alternative } from './coverage.ts'
import type { Segment } from './glob.ts'
import type { Finding, LintContext } from './lint-broad.ts'
import type { Section } from './rule.ts'
import { escapeGlob } from './variables.ts'

/** Why a rule with this pattern can never match anything; only when that is so for all that the pattern stands for. */
export function whyNeverMatches(section: Section, verdict: Verdict, pattern: string, context: LintContext): Finding | undefined {
  const text = section === 'commands' ? whyNoCommand(pattern) : undefined
  if (text) return text
  const alternatives = alternativesOf(section, pattern, context.variables)
  const findings = alternatives.map((alternative) => whyNever(alternative, verdict, context))
  return findings.every((finding) => finding !== undefined) ? findings[0] : undefined
}

function whyNever(alternative: Alternative, verdict: Verdict, context: LintContext): Finding | undefined {
  switch (alternative.kind) {
    case 'path':
      return whyNoPath(alternative.text, alternative.segments, context)
    case 'command':
      return verdict === 'allow' ? whyNoProgram(alternative.pattern.words[0], context) : undefined
    case 'host': {
      const { pattern } = alternative
      if (pattern.kind === 'name') return whyNoHost(pattern.name, '')
      return pattern.kind === 'below' ? whyNoHost(`x.${pattern.domain}`, '*') : undefined
    }
    case 'tool':
      return whyNoTool(alternative.text)
  }
}

/** What a shell reads out of a line before there are words: a pattern is for the words. */
const SEEN_BY_SHELL: [RegExp, string, string][] = [
  [/(^|\s)(&&|\|\||\||;|&)(\s|$)|;(\s|$)/, 'commands are judged one by one', 'write one rule for each command'],
  [/(^|\s)\d?(>>?|<)(&\d)?/, 'redirections are judged as files that are read or written', 'leave the redirection out, and allow the file under "files"'],
  [/\$\(|`/, 'what a substitution gives is not known', 'write "*" for the words that vary'],
  [/(^|[^\\])\$[A-Za-z_]/, 'the shell replaces its variables first', 'write what the variable stands for'],
  [/^[A-Za-z_]\w*=/, 'assignments in front of a command are no part of its words', 'leave the assignment out'],
]

/** Quotes and backslashes take these meanings away, and `find -exec` ends with a `;`: such patterns are not looked at. */
function whyNoCommand(pattern: string): Finding | undefined {
  if (/['"\\]|\s-(exec|ok)(dir)?\s/.test(pattern)) return undefined
  const seen = SEEN_BY_SHELL.find(([sign]) => sign.test(pattern))
  return seen && { message: seen[1], suggestion: seen[2] }
}

/** A rule that allows knows a program by its name or its canonical path. */
function whyNoProgram(word: Segment | undefined, context: LintContext): Finding | undefined {
  if (typeof word !== 'string' || !word.includes('/')) return undefined
  if (!word.startsWith('/') && !/^[A-Za-z]:\//.test(word))
    return { message: `"${word}" is compared with whole paths`, suggestion: `write "\${workspace}/${word.replace(/^(~|\.)?\//, '')}", or the whole path` }
  const canonical = context.canonical(word)
  return canonical === word ? undefined : { message: `${word} leads to ${canonical}, and paths are compared after links are followed`, suggestion: `write "${canonical}"` }
}

function whyNoPath(text: string, segments: readonly Segment[], context: LintContext): Finding | undefined {
  if (segments.some((segment) => segment === '' || segment === '.')) {
    const clean = text.split('/').filter((part, at) => (part !== '' && part !== '.') || at === 0).join('/')
    return { message: `no path has "//" or "/./" in it once it is resolved`, suggestion: `write "${clean}"` }
  }
  const glob = segments.findIndex((segment) => typeof segment !== 'string')
  const literal = `/${segments.slice(0, glob < 0 ? undefined : glob).map(String).join('/')}`
  if (!text.startsWith('/') || literal === '/' || literal.startsWith(context.variables.workspace as string)) return undefined
  const canonical = context.canonical(literal)
  if (canonical === literal) return undefined
  const rest = glob < 0 ? '' : `/${text.split('/').slice(glob + 1).join('/')}`
  return { message: `${literal} leads to ${canonical} here, and paths are compared after links are followed`, suggestion: `write "${escapeGlob(canonical)}${rest}"` }
}

/** `mark` stands for the first label of a pattern `*.domain`. */
function whyNoHost(name: string, mark: string): Finding | undefined {
  const canonical = canonicalHost(name)
  if (canonical === name) return undefined
  if (canonical === undefined || mark === '*') return { message: 'no host has such a name', suggestion: 'check the spelling' }
  return { message: `${name} is another spelling of ${canonical}`, suggestion: `write "${canonical}"` }
}

function whyNoTool(text: string): Finding | undefined {
  const mcp = /^mcp__([^/]+?)__([^/]+)$/.exec(text)
  if (mcp) return { message: 'tools of MCP servers are named server/tool', suggestion: `write "${mcp[1]}/${mcp[2]}"` }
  if (/[()]/.test(text)) return { message: 'a tool is a name; what a call of it would do is judged by the other sections', suggestion: 'write the command under "commands", the file under "files"' }
  return undefined
}
