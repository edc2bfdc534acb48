import { stricter } from '../contract/stricter.ts'
import { alternativesOf, covers, type Alternative } from './coverage.ts'
import { whySecret, whyTooBroad, type Finding, type LintContext } from './lint-broad.ts'
import { whyNeverMatches } from './lint-never.ts'
import type { PolicyFile, WrittenRule } from './parse.ts'
import type { Policy } from './resolve.ts'
import { ruleText, type Rule } from './rule.ts'

/**
 * What a warning is about.
 *
 * - `never`: the rule can't match anything. `shadowed`: a stricter rule of the same layer covers all that it covers.
 * - `duplicate`: the same rule is there already. `redundant`: a broader rule allows all of it already.
 * - `broad`: it allows more than anybody can have meant. `secret`: it allows what is in the catalogue of secrets.
 */
export type WarningKind = 'never' | 'shadowed' | 'duplicate' | 'redundant' | 'broad' | 'secret'

/** Something in a policy file that is allowed, and hardly meant. Lines and columns from 1. */
export interface Warning extends Finding {
  file: string
  line: number
  column: number
  kind: WarningKind
}

export function formatWarning({ file, line, column, message, suggestion }: Warning): string {
  return `${file}:${line}:${column} warning: ${message}; ${suggestion}`
}

/** A rule of the file or of one that it extends, with all that it stands for. */
interface Known {
  rule: Rule
  /** Its place among all rules. */
  order: number
  /** Where it stands, for people. */
  source: string
  alternatives: Alternative[]
  /** It will be narrowed, so nothing is too much beside it. */
  isBroad: boolean
}

/**
 * Warnings about the rules that stand in `file`, in the order of its lines. `policy` is the file with what it extends.
 * Never throws.
 */
export function lint(file: PolicyFile, policy: Policy, context: LintContext): Warning[] {
  const inheritedCount = policy.rules.length - file.rules.length
  const known = policy.rules.map((rule, order): Known => ({
    rule,
    order,
    source: order < inheritedCount ? rule.source : `line ${file.rules[order - inheritedCount]!.line}`,
    alternatives: alternativesOf(rule.section, rule.pattern, context.variables),
    isBroad: rule.verdict === 'allow' && whyTooBroad(rule.section, rule.pattern, context) !== undefined,
  }))
  const warnings = file.rules.flatMap((rule, index): Warning[] => {
    const found = aboutRule(rule, context) ?? besideOthers(known[inheritedCount + index]!, known)
    if (!found) return []
    const { kind, message, suggestion } = found
    return [{ file: file.file, line: rule.line, column: rule.column, kind, message: `${shortened(ruleText(known[inheritedCount + index]!.rule))}: ${message}`, suggestion }]
  })
  return [...warnings, ...looseDefault(file)].toSorted((a, b) => a.line - b.line || a.column - b.column)
}

type About = Finding & { kind: WarningKind }

/** What is wrong with a rule whatever else there is. */
export function aboutRule(rule: Pick<WrittenRule, 'section' | 'verdict' | 'pattern'>, context: LintContext): About | undefined {
  const { section, verdict, pattern } = rule
  const never = whyNeverMatches(section, verdict, pattern, context)
  if (never) return { kind: 'never', message: `it can never match: ${never.message}`, suggestion: never.suggestion }
  if (verdict !== 'allow') return undefined
  const broad = whyTooBroad(section, pattern, context)
  if (broad) return { kind: 'broad', ...broad }
  const secret = whySecret(section, pattern, context)
  return secret && { kind: 'secret', ...secret }
}

/** What is wrong with a rule beside the others. Of two that say the same, the later one is too much. */
function besideOthers(own: Known, all: readonly Known[]): About | undefined {
  const { rule, order } = own
  const others = all.filter((other) => other !== own && other.rule.section === rule.section && holdsWherever(other, own))
  const same = others.find((other) => other.order < order && isSame(other.rule, rule))
  if (same) return { kind: 'duplicate', message: `it stands in ${same.source} already`, suggestion: 'remove one' }
  const shadow = coveredBy(own, others, (other) => other.rule.verdict !== rule.verdict && stricter(other.rule.verdict, rule.verdict) === other.rule.verdict)
  if (shadow) {
    const { rule: beats, source } = shadow
    return { kind: 'shadowed', message: `it has no effect: ${ruleText(beats)} (${source}) covers all of it, and ${beats.verdict} beats ${rule.verdict}`, suggestion: 'remove it, or narrow the other one' }
  }
  if (rule.verdict !== 'allow') return undefined
  const saysTheSame = (other: Known): boolean => coveredBy(other, [own], () => true) !== undefined
  const broader = coveredBy(own, others, (other) => other.rule.verdict === 'allow' && !other.isBroad && (other.order < order || !saysTheSame(other)))
  return broader && { kind: 'redundant', message: `${broader.rule.pattern} (${broader.source}) allows all of it already`, suggestion: 'remove it' }
}

/** The first of those rules that are `meant` and together match all that `special` matches. */
function coveredBy(special: Known, rules: readonly Known[], meant: (rule: Known) => boolean): Known | undefined {
  const covering = special.alternatives.map((one) =>
    rules.find((each) => each.alternatives.some((other) => covers(other, one, each.rule.verdict !== 'allow')) && meant(each)),
  )
  return covering.length > 0 && covering.every((each) => each !== undefined) ? covering[0] : undefined
}

/** Whether the conditions of `general` hold wherever those of `special` do, as far as can be told. */
function holdsWherever(general: Known, special: Known): boolean {
  return !general.rule.conditions || JSON.stringify(general.rule.conditions) === JSON.stringify(special.rule.conditions)
}

function isSame(a: Rule, b: Rule): boolean {
  return a.section === b.section && a.verdict === b.verdict && a.pattern === b.pattern && JSON.stringify(a.conditions) === JSON.stringify(b.conditions)
}

function looseDefault(file: PolicyFile): Warning[] {
  if (file.document.default !== 'allow') return []
  const message = 'default: allow: everything that no rule names is allowed'
  return [{ file: file.file, line: file.defaultLine, column: 1, kind: 'broad', message, suggestion: 'write "default: ask"' }]
}

/** Patterns with many alternatives would hide what is said of them. */
const shortened = (text: string): string => (text.length > 80 ? `${text.slice(0, 79)}…` : text)
