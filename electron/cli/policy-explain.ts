import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { foldersOf, userPolicies, type Folders } from '../broker/folders.ts'
import { shownFolder } from '../broker/policy-store.ts'
import { Call } from '../contract/call.ts'
import { quoteWord } from '../contract/describe.ts'
import { err, ok, type Result } from '../contract/result.ts'
import { callText } from '../policy/call-text.ts'
import { describeChange, type Change } from '../policy/change-that-allows.ts'
import type { Subject } from '../policy/decide.ts'
import { explain, type EffectExplanation, type Explanation, type MatchedRule } from '../policy/explain.ts'
import { printable } from './event-line.ts'
import { badInput, Machine, subjectOf } from './policy-machine.ts'

export interface ExplainOptions {
  policy: readonly string[]
  agent: string
  workspace: string
  home?: string
  json?: boolean
}

/**
 * `paddock policy explain CALL`: why a call is allowed, asked about or denied, and what would change that. CALL is a call as
 * JSON, or a shell command: one text, or the words of it. Exit code 0 whatever the verdict, 2 for what can't be read.
 */
export function policyExplain(words: readonly string[], options: ExplainOptions): number {
  const folders = foldersOf({ ...process.env, ...(options.home !== undefined && { HOME: resolve(options.home) }) })
  const call = readCall(words)
  const subject = subjectOf(options)
  if (!call.ok) return badInput([call.error])
  if (!subject.ok) return badInput(subject.error)
  const machine = Machine.open(folders)
  if (!machine.ok) return badInput(machine.error)
  const policies = machine.value.policies(options.policy)
  if (!policies.ok) return badInput(policies.error)

  const policy = policies.value(subject.value)
  const explanation = explain(machine.value.effects(call.value, policy.guarded, subject.value.workspace), policy)
  const shipped = policy.policies.filter(({ layer, file: from }) => layer === 'user' && from.startsWith('policies/')).map(({ name }) => name)
  const file = fileForRules(options.policy, subject.value, folders, shipped)
  const changes = explanation.changes.map((change) => ({ ...change, message: describeChange(change, file) }))
  if (options.json) console.log(JSON.stringify({ call: call.value, ...subject.value, ...explanation, changes, ...(changes.some(({ kind }) => kind === 'add') && { file }) }))
  else console.log(printableLines(tree(call.value, subject.value, explanation, changes)))
  return 0
}

/** A single word is a whole command line, more are the words of one. */
function readCall(words: readonly string[]): Result<Call, string> {
  const [only] = words
  if (words.length !== 1 || !only?.trimStart().startsWith('{')) return ok({ tool: 'shell', command: words.length === 1 ? only! : words.map(quoteWord).join(' ') })
  let value: unknown
  try {
    value = JSON.parse(only)
  } catch (error) {
    return err(`the call is not JSON: ${(error as Error).message}`)
  }
  const parsed = Call.safeParse(value)
  const issue = parsed.error?.issues[0]
  return parsed.success ? ok(parsed.data) : err(`not a call: ${issue?.path.join('.') || 'the whole'}: ${issue?.message ?? ''}`)
}

/** Where a rule that allows the call would go: the file that decides, or the one that remembers for the agent. */
function fileForRules(policies: readonly string[], { agent }: Subject, folders: Folders, shipped: readonly string[]): string {
  const named = policies.find((name) => existsSync(name))
  if (named !== undefined) return named
  const own = policies.find((name) => existsSync(join(userPolicies(folders), `${name}.yaml`)))
  const file = `${own ?? `remembered-${agent.replaceAll(/[^a-z0-9]/g, '-')}`}.yaml`
  if (existsSync(join(userPolicies(folders), file))) return `${shownFolder(folders)}${file}`
  // A policy that names the agent takes it over, so it has to say that the shipped rules stay.
  return `${shownFolder(folders)}${file} (a new policy, with "extends: [${shipped.join(', ')}]" and "match: { agents: [${agent}] }")`
}

function tree(call: Call, { agent, workspace }: Subject, { verdict, effects, limits }: Explanation, changes: readonly ToldChange[]): string[] {
  return [
    `${verdict.toUpperCase()}  ${callText(call)}`,
    `agent ${agent}, workspace ${workspace}`,
    ...(effects.length === 0 ? ['It does nothing that a policy is about, so it is allowed.'] : []),
    ...effects.flatMap((each, index) => effectLines(each, index === effects.length - 1)),
    ...limits.map((limit) => `Only so often: ${limit}`),
    ...changeLines(changes),
  ]
}

type ToldChange = Change & { message: string }

/** Where one effect can't be allowed, what would allow the others does not help. */
function changeLines(changes: readonly ToldChange[]): string[] {
  const hopeless = changes.filter(({ kind }) => kind === 'impossible')
  if (hopeless.length > 0) return hopeless.map(({ message }) => message)
  return changes.length === 0 ? [] : ['To allow it:', ...changes.map(({ message }) => `  ${message}`)]
}

function effectLines(each: EffectExplanation, isLast: boolean): string[] {
  const { verdict, does, matched, default: otherwise, grant, reason } = each
  const lines = [
    ...matched.map(ruleLine),
    ...(matched.length === 0 ? ['no rule matches'] : []),
    ...(otherwise.decides ? [`default: ${otherwise.verdict}  (${otherwise.source})  <- decides`] : []),
    ...(verdict === 'allow' ? [] : [`why: ${reason.message}${reason.advice === undefined ? '' : ` ${reason.advice}`}`]),
    ...(verdict === 'ask' ? [grant ? 'you can allow it for a session' : 'you can allow it only once'] : []),
  ]
  const [branch, trunk] = isLast ? ['└─ ', '   '] : ['├─ ', '│  ']
  return [`${branch}${verdict.padEnd(5)} ${does}`, ...lines.map((line, at) => `${trunk}${at === lines.length - 1 ? '└─ ' : '├─ '}${line}`)]
}

function ruleLine({ layer, rule, source, partly, decides }: MatchedRule): string {
  return `${layer}: ${rule}  (${source})${partly ? '  for a part of it' : ''}${decides ? '  <- decides' : ''}`
}

const printableLines = (lines: readonly string[]): string => lines.map(printable).join('\n')
