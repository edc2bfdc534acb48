import type { SandboxRuntimeConfig } from '@anthropic-ai/sandbox-runtime'
import type { FenceRule, FenceTerms } from '../../contract/containment.ts'
import type { Effect } from '../../contract/effect.ts'
import { err, ok, type Result } from '../../contract/result.ts'
import { expandBraces } from '../../policy/glob.ts'
import { expanded, Fence } from '../fence.ts'

// The terms of a contained run as settings of sandbox-runtime, which writes the Seatbelt profile from them. Seatbelt can't ask about
// files: what a rule asks about is refused here like what a rule denies, and so is what no rule mentions.

const ANY_PROGRAM = { isAgent: false, isTransparent: false, program: '', argv: [] }
const EVERYTHING = '/**'

/** The settings for these terms. The error names a rule that Seatbelt can't hold; then nothing may start. */
export function settingsFor(terms: FenceTerms): Result<SandboxRuntimeConfig, string> {
  const reads = filesOf(terms, ['files.read'], terms.knowledge.files.read)
  if (!reads.ok) return reads
  // Seatbelt has one right for writing and removing: what may not be removed may not be written.
  const writes = filesOf(terms, ['files.write', 'files.delete'], terms.knowledge.files.write)
  if (!writes.ok) return writes
  const { doors } = terms.knowledge
  return ok({
    filesystem: {
      denyRead: ['/'],
      allowRead: reads.value.allowed,
      allowWrite: writes.value.allowed,
      denyWrite: writes.value.refused,
      allowGitConfig: true,
    },
    // Unlike `denyRead`, this is stronger than every `allowRead`.
    credentials: { files: reads.value.refused.map((path) => ({ path, mode: 'deny' })) },
    network: {
      // Every connection comes to the callback, and through it to the broker: that decides, asks and records.
      allowedDomains: [],
      deniedDomains: [],
      allowLocalBinding: mayUseLoopback(terms),
      allowUnixSockets: doors.map(unescaped),
    },
    allowPty: true,
  })
}

interface Files {
  allowed: string[]
  refused: string[]
}

/** The paths of the rules in these sections, of which the first one allows. */
function filesOf(terms: FenceTerms, sections: readonly FenceRule['section'][], machine: readonly string[]): Result<Files, string> {
  const { rules, grants } = terms
  const [main] = sections
  const allowing = [...rules.filter(({ section, verdict }) => section === main && verdict === 'allow'), ...grants.filter(({ section }) => section === main)]
  const allowed = [...allowing.map(({ pattern }) => pattern), ...machine].flatMap((pattern) => alternatives(pattern, terms) ?? []).flatMap((pattern) => exactly(pattern) ?? [])
  const refused: string[] = []
  for (const { pattern, verdict, section } of rules) {
    if (verdict === 'allow' || !sections.includes(section) || isTended(terms, section, pattern)) continue
    const paths = alternatives(pattern, terms)?.map(widely)
    if (!paths || paths.includes(undefined)) return err(`The rule "${section}: ${verdict}: ${pattern}" is too much for Seatbelt. Write it without "[!...]" and with fewer alternatives.`)
    refused.push(...(paths as string[]))
  }
  return ok({ allowed: [...new Set(terms.default === 'allow' ? [...allowed, EVERYTHING] : allowed)], refused: [...new Set(refused)] })
}

/** What programs remove of their own (git in `.git`) can't be told from what they write there, and without that they don't work. */
function isTended({ knowledge }: FenceTerms, section: FenceRule['section'], pattern: string): boolean {
  return section === 'files.delete' && knowledge.tended.some((each) => each.delete.includes(pattern))
}

/** A pattern without variables and braces; undefined when there are too many. */
function alternatives(pattern: string, terms: FenceTerms): string[] | undefined {
  const home = pattern.startsWith('~/') ? `\${home}${pattern.slice(1)}` : pattern
  const lists = expanded([home], terms).map(expandBraces)
  return lists.some((list) => list === undefined) ? undefined : lists.flatMap((list) => list ?? [])
}

/** For refusing: without a wild card a path stands for all below it as well. */
function widely(pattern: string): string | undefined {
  const absolute = pattern.startsWith('/') ? pattern : `/${pattern}`
  const written: string[] = []
  for (let at = 0; at < absolute.length; at++) {
    const character = absolute[at]!
    if (character === '[' && isNegated(absolute, at)) return undefined
    // sandbox-runtime knows no escapes; a character class of one is the same.
    written.push(character === '\\' && at + 1 < absolute.length ? asItself(absolute[++at]!) : character)
  }
  return written.join('')
}

/** For allowing: a path without a wild card is that one alone, which sandbox-runtime takes from patterns only. */
function exactly(pattern: string): string | undefined {
  const path = widely(pattern)
  if (path === undefined || /[*?[]/.test(path)) return path
  return path.endsWith(']') || path === '/' ? undefined : `${path.slice(0, -1)}[${path.slice(-1)}]`
}

function isNegated(pattern: string, at: number): boolean {
  return pattern[at + 1] === '!' || pattern[at + 1] === '^'
}

function asItself(character: string): string {
  return /[*?[]/.test(character) ? `[${character}]` : character
}

const unescaped = (pattern: string): string => pattern.replace(/\\(.)/g, '$1')

/** Seatbelt has one switch for ports of this machine, offered or used: it is on where policy allows both, whatever the port. */
function mayUseLoopback(terms: FenceTerms): boolean {
  const effects: Effect[] = [
    { kind: 'listen', host: '127.0.0.1' },
    { kind: 'connect', host: '127.0.0.1' },
  ]
  return new Fence(terms).atOnce(effects, ANY_PROGRAM) === 'allow'
}
