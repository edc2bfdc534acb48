import { isNode, LineCounter, parseDocument, type Document } from 'yaml'
import type * as z from 'zod'
import type { Call } from '../contract/call.ts'
import type { Verdict } from '../contract/decision.ts'
import { err, ok, type Result } from '../contract/result.ts'
import { LIMITED, type LimitName } from './limits.ts'
import { nearest } from './nearest.ts'
import { checkConditions, checkPattern } from './pattern.ts'
import type { RuleConditions, Section } from './rule.ts'
import { PolicySchema, type PatternEntry, type PolicyDocument, type RuleLists } from './schema.ts'

/** One rule of a file, before it has a layer. */
export interface WrittenRule {
  section: Section
  verdict: 'allow' | 'ask' | 'deny'
  pattern: string
  line: number
  column: number
  why?: string
  advice?: string
  tags?: string[]
  conditions?: RuleConditions
}

/** A call with the verdict that the file is meant to give it. */
export interface PolicyTest {
  call: Call
  expect: Verdict
  workspace?: string
  note?: string
  line: number
  column: number
}

/** A policy file that was read without any error. */
export interface PolicyFile {
  /** As errors and reasons name it. */
  file: string
  document: PolicyDocument
  rules: WrittenRule[]
  tests: PolicyTest[]
  /** The line of `default`, for reasons; 1 when the file has none. */
  defaultLine: number
  /** Lines of the entries in `limits`. */
  limitLines: Partial<Record<LimitName | 'hours', number>>
  /** Lines of the names in `extends`. */
  extendsLines: number[]
}

/** Where a policy file is wrong, from 1, and what was expected. */
export interface PolicyError {
  file: string
  line: number
  column: number
  message: string
}

export function formatError({ file, line, column, message }: PolicyError): string {
  return `${file}:${line}:${column} ${message}`
}

/** What YAML may expand to before it is refused: an alias bomb must not stall the broker. */
const MOST_ALIASES = 100
const LONGEST_FILE = 1024 * 1024

/**
 * Reads one policy file. Every error is reported with its position; a file with any error, or any YAML warning, gives
 * no policy at all.
 */
export function parsePolicy(text: string, file: string): Result<PolicyFile, PolicyError[]> {
  if (text.length > LONGEST_FILE) return err([{ file, line: 1, column: 1, message: 'a policy file has at most 1 MiB' }])
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, strict: true, uniqueKeys: true })
  const at = (offset: number): { line: number; column: number } => {
    const { line, col } = lines.linePos(offset)
    return { line: Math.max(line, 1), column: Math.max(col, 1) }
  }
  const syntax = [...document.errors, ...document.warnings]
  if (syntax.length > 0)
    return err(syntax.map((error) => ({ file, ...at(error.pos[0]), message: error.message.split('\n')[0]!.replace(/ at line.*$/, '') })))

  const value = plainValue(document)
  if (!value.ok) return err([{ file, line: 1, column: 1, message: value.error }])
  const place = (path: readonly PropertyKey[], ofKey = false): { line: number; column: number } => at(offsetOf(document, path, ofKey))
  const parsed = PolicySchema.safeParse(value.value)
  if (!parsed.success)
    return err(parsed.error.issues.flatMap((issue) => explain(issue, place).map((error) => ({ file, ...error }))))

  const rules = rulesOf(parsed.data, place)
  const badPatterns = rules.flatMap(({ rule, path }) => {
    const message = checkPattern(rule.section, rule.pattern) ?? checkConditions(rule.conditions ?? {})
    return message === undefined ? [] : [{ file, ...place(path), message }]
  })
  if (badPatterns.length > 0) return err(badPatterns)
  return ok({
    file,
    document: parsed.data,
    rules: rules.map(({ rule }) => rule),
    tests: testsOf(parsed.data, place),
    defaultLine: place(['default']).line,
    limitLines: Object.fromEntries(Object.keys(parsed.data.limits ?? {}).map((name) => [name, place(['limits', name]).line])),
    extendsLines: (parsed.data.extends ?? []).map((_, index) => place(['extends', index]).line),
  })
}

function plainValue(document: Document.Parsed): Result<unknown, string> {
  try {
    return ok(document.toJS({ maxAliasCount: MOST_ALIASES }) ?? {})
  } catch (error) {
    return err(error instanceof Error ? error.message : 'the file can not be read')
  }
}

/** The offset of the value at `path`, or of its key; of the nearest node that exists when it does not. */
function offsetOf(document: Document.Parsed, path: readonly PropertyKey[], ofKey: boolean): number {
  for (let depth = path.length; depth > 0; depth--) {
    const key = path[depth - 1]
    const parent: unknown = depth === 1 ? document.contents : document.getIn(path.slice(0, depth - 1), true)
    if (typeof parent === 'object' && parent !== null && 'items' in parent && Array.isArray(parent.items)) {
      const pair: unknown = parent.items.find((item: unknown) => isKeyed(item) && String(item.key) === key)
      if (isKeyed(pair) && (ofKey || !isNode(pair.value)) && isNode(pair.key)) return pair.key.range?.[0] ?? 0
    }
    const node = document.getIn(path.slice(0, depth), true)
    if (isNode(node)) return node.range?.[0] ?? 0
  }
  return document.contents?.range?.[0] ?? 0
}

function isKeyed(item: unknown): item is { key: unknown; value: unknown } {
  return typeof item === 'object' && item !== null && 'key' in item && 'value' in item
}

type Placed = { line: number; column: number; message: string }

/** A zod issue in the words of the policy language. */
function explain(issue: z.core.$ZodIssue, place: (path: readonly PropertyKey[], ofKey?: boolean) => { line: number; column: number }): Placed[] {
  const name = issue.path.join('.')
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => {
        const close = nearest(key, knownKeys(issue.path))
        const suggestion = close ? `, did you mean "${close}"?` : `; known are ${knownKeys(issue.path).join(', ')}`
        return { ...place([...issue.path, key], true), message: `unknown key "${name ? `${name}.` : ''}${key}"${suggestion}` }
      })
    case 'invalid_union': {
      // The alternative of the right kind says more than that none fits.
      const meant = issue.errors.find((branch) => !branch.some((each) => each.code === 'invalid_type' && each.path.length === 0))
      if (meant) return meant.flatMap((each) => explain({ ...each, path: [...issue.path, ...each.path] }, place))
      return [{ ...place(issue.path), message: `${name}: ${expected(issue)}` }]
    }
    case 'invalid_key':
      return [{ ...place(issue.path, true), message: `${name}: ${issue.issues[0]?.message ?? issue.message}` }]
    default:
      return [{ ...place(issue.path), message: name ? `${name}: ${issue.message}` : issue.message }]
  }
}

/** What was expected where none of several forms fits. */
function expected(issue: z.core.$ZodIssueInvalidUnion): string {
  if (isRule(issue.path)) return 'expected a pattern (text), or an object with pattern, why, advice, tags'
  if (issue.path.at(-1) === 'call') return 'expected a shell command (text), or a call such as { tool: read, path: src/a.ts }'
  return issue.errors.length === 0 ? issue.message : 'expected another form'
}

const KEYS: Record<string, readonly string[]> = {
  '': Object.keys(PolicySchema.shape),
  match: ['agents', 'workspaces'],
  files: ['read', 'write', 'delete'],
  approval: ['timeout', 'onTimeout', 'remember'],
  limits: [...Object.keys(LIMITED), 'hours'],
  monitor: ['record', 'ask', 'pause', 'unannounced', 'off', 'flows'],
  environment: ['pass', 'inject'],
}

/** Whether the path leads to one rule: a list of a section, and a place in it. */
function isRule(path: readonly PropertyKey[]): boolean {
  return typeof path.at(-1) === 'number' && ['allow', 'ask', 'deny'].includes(String(path.at(-2)))
}

function ruleKeys([section]: readonly PropertyKey[]): readonly string[] {
  const own = section === 'tools' ? ['when', 'definition'] : section === 'network' ? ['methods', 'paths'] : []
  return ['pattern', 'why', 'advice', 'tags', ...own]
}

function knownKeys(path: readonly PropertyKey[]): readonly string[] {
  if (path[0] === 'tests') return path.at(-1) === 'call' ? ['tool', 'command', 'path', 'cwd', 'url', 'method', 'server', 'name', 'arguments'] : ['call', 'expect', 'workspace', 'note']
  if (path[0] === 'environment' && path.length > 1) return ['variable', 'host', 'headers', 'upgrade']
  if (isRule(path)) return ruleKeys(path)
  return KEYS[path.join('.')] ?? ['allow', 'ask', 'deny']
}

type RuleAt = { rule: WrittenRule; path: PropertyKey[] }

function rulesOf(document: PolicyDocument, place: (path: PropertyKey[]) => { line: number; column: number }): RuleAt[] {
  const sections: [Section, RuleLists | undefined][] = [
    ['files.read', document.files?.read],
    ['files.write', document.files?.write],
    ['files.delete', document.files?.delete],
    ['commands', document.commands],
    ['network', document.network],
    ['listen', document.listen],
    ['tools', document.tools],
  ]
  return sections.flatMap(([section, lists]) =>
    (['allow', 'ask', 'deny'] as const).flatMap((verdict) =>
      (lists?.[verdict] ?? []).map((entry, index) => {
        const path = [...section.split('.'), verdict, index]
        return { rule: { section, verdict, ...withDetails(entry), ...place(path) }, path }
      }),
    ),
  )
}

function testsOf({ tests = [] }: PolicyDocument, place: (path: PropertyKey[]) => { line: number; column: number }): PolicyTest[] {
  return tests.map(({ call, expect, workspace, note }, index) => ({
    call: typeof call === 'string' ? { tool: 'shell', command: call } : call,
    expect,
    ...defined({ workspace, note }),
    ...place(['tests', index]),
  }))
}

function withDetails(entry: PatternEntry): Pick<WrittenRule, 'pattern' | 'why' | 'advice' | 'tags' | 'conditions'> {
  if (typeof entry === 'string') return { pattern: entry }
  const { pattern, why, advice, tags, ...more } = entry
  const conditions = defined(more)
  return { pattern, ...defined({ why, advice, tags }), ...(Object.keys(conditions).length > 0 && { conditions }) }
}

/** The entries that are there. */
function defined<T extends object>(record: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined)) as { [K in keyof T]?: Exclude<T[K], undefined> }
}
