import type { Layer, Verdict } from '../contract/decision.ts'
import type { EffectKind } from '../contract/effect.ts'
import type { ArgumentCondition } from './schema.ts'

/** The parts of a policy file that hold rules. */
export type Section = 'files.read' | 'files.write' | 'files.delete' | 'commands' | 'network' | 'listen' | 'tools'

/** Which section judges which effect. An `unknown` effect has none: no rule can allow what nobody knows. */
export const SECTION_OF: Record<Exclude<EffectKind, 'unknown'>, Section> = {
  read: 'files.read',
  write: 'files.write',
  delete: 'files.delete',
  exec: 'commands',
  connect: 'network',
  listen: 'listen',
  tool: 'tools',
}

/** One pattern of a policy file, where it stands and what it carries. */
export interface Rule {
  section: Section
  verdict: Verdict
  /** As written, before variables are replaced. */
  pattern: string
  layer: Layer
  /** `file:line`. */
  source: string
  why?: string
  advice?: string
  tags?: string[]
  conditions?: RuleConditions
}

/** What must hold besides the pattern. */
export interface RuleConditions {
  /** HTTP methods, in upper case. */
  methods?: readonly string[]
  /** HTTP paths, as globs. */
  paths?: readonly string[]
  /** Conditions on arguments of a tool, by JSON pointer. */
  when?: Readonly<Record<string, ArgumentCondition>>
  /** SHA-256 of a tool's definition. */
  definition?: string
}

/** The rule as it reads in its file: `files.read.deny: ${secrets}`. */
export function ruleText(rule: Rule): string {
  return `${rule.section}.${rule.verdict}: ${rule.pattern}`
}
