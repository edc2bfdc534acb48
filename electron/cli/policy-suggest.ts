import { foldersOf, type Folders } from '../broker/folders.ts'
import type { Effect } from '../contract/effect.ts'
import { err, ok, type Result } from '../contract/result.ts'
import { REDACTED } from '../journal/redact.ts'
import { decide } from '../policy/decide.ts'
import { formatError, parsePolicy } from '../policy/parse.ts'
import { resolvePolicy } from '../policy/resolve.ts'
import type { Rule } from '../policy/rule.ts'
import { suggest, type PastCall, type Suggestion } from '../policy/suggest.ts'
import { suggestedPolicy } from '../policy/suggested-policy.ts'
import { callsInJournal, effectsThen, type RecordedCall } from './policy-calls.ts'
import { badInput, Machine } from './policy-machine.ts'

export interface SuggestOptions {
  agent: string
  from?: string
  /** How many of the days with calls are learned from, the newest. */
  days: number
  /** How many of the newest days with calls are kept for the trial. */
  holdBack?: number
  json?: boolean
}

/** How the suggestion does on calls that it was not learned from. */
interface Trial {
  days: string[]
  calls: number
  /** What the suggestion would have said. */
  suggested: Record<'allow' | 'ask' | 'deny', number>
  /** How many of them were asked about at the time. */
  askedThen: number
}

/**
 * `paddock policy suggest`: prints a minimal policy that is learned from what an agent was allowed to do. Nothing is written
 * or put in force. Exit code 1 when there is nothing to learn from.
 */
export function policySuggest(options: SuggestOptions): number {
  const folders = foldersOf(process.env)
  const machine = Machine.open(folders)
  if (!machine.ok) return badInput(machine.error)
  const recorded = callsInJournal(folders, options.from)
  if (!recorded.ok) return badInput([recorded.error])
  const calls = recorded.value.filter(({ subject }) => subject.agent === options.agent)
  const days = [...new Set(calls.map(dayOf))].toSorted()
  const heldBack = days.slice(days.length - (options.holdBack ?? (days.length > 1 ? 1 : 0)))
  const learnedFrom = days.filter((day) => !heldBack.includes(day)).slice(-options.days)
  if (learnedFrom.length === 0) {
    console.error(days.length === 0 ? `The journal has no calls of ${options.agent}.` : 'All days are held back. Use a smaller --hold-back.')
    return 1
  }

  const keeps = rulesToKeep(options.agent, machine.value)
  const learned = learn(calls.filter((call) => learnedFrom.includes(dayOf(call))), keeps, machine.value)
  if (!learned.ok) return badInput(learned.error)
  const about = { name: `suggested-${options.agent.replaceAll(/[^a-z0-9]/g, '-')}`, agent: options.agent, extends: PARENTS, keeps }
  const trial = tryOut(suggestedPolicy(learned.value, about, []), calls.filter((call) => heldBack.includes(dayOf(call))), machine.value)
  if (!trial.ok) return badInput(trial.error)
  const text = suggestedPolicy(learned.value, about, heading(learned.value, learnedFrom, { ...trial.value, days: heldBack }, folders))
  console.log(options.json ? JSON.stringify({ agent: options.agent, days: learnedFrom, ...learned.value, heldBack: { ...trial.value, days: heldBack }, policy: text }) : text.trimEnd())
  return 0
}

/** What holds for every agent stays in force; what the agent may do is learned. */
const PARENTS = ['base']

/**
 * The suggestion takes the agent over from the shipped policies, so it brings along where those ask or deny: what somebody
 * has allowed now and then is not allowed for good by that.
 */
function rulesToKeep(agent: string, { shipped }: Machine): Rule[] {
  const inherited = shipped.policies.filter(({ name }) => PARENTS.includes(name)).flatMap(({ rules }) => rules.map(({ source }) => source))
  const applying = shipped.policies.filter(({ agents }) => agents?.some((each) => each === agent))
  return applying.flatMap(({ rules }) => rules).filter(({ verdict, source }) => verdict !== 'allow' && !inherited.includes(source))
}

function learn(calls: readonly RecordedCall[], keeps: readonly Rule[], machine: Machine): Result<Suggestion, string[]> {
  const lint = machine.lintContext()
  if (!lint.ok) return lint
  const parents = machine.shipped.policies.filter(({ name }) => PARENTS.includes(name))
  const stricter = [machine.shipped.floor, ...parents].flatMap(({ rules }) => rules).filter(({ verdict }) => verdict !== 'allow')
  const allowed = calls.filter(({ decided }) => decided?.event.verdict === 'allow').map((call) => past(call, effectsOf(call, machine)))
  const denied = calls.flatMap((call) => deniedEffects(call).map((effect) => past(call, [effect])))
  return ok(suggest(allowed.filter(isWhole), denied, { lint: lint.value, foldCase: process.platform !== 'linux', stricter: [...stricter, ...keeps] }))
}

const past = ({ subject }: RecordedCall, effects: readonly Effect[]): PastCall => ({ effects, workspace: subject.workspace })

/** What a policy or a person said no to. Silence of the operator is no answer. */
function deniedEffects({ decided }: RecordedCall): Effect[] {
  if (decided?.event.verdict !== 'deny' || decided.event.by === 'timeout') return []
  const { reasons, effects, by } = decided.event
  const refused = reasons.filter(({ verdict }) => verdict === 'deny' || (by === 'operator' && verdict === 'ask'))
  return refused.flatMap(({ effect }) => effects[effect] ?? [])
}

/** Where a secret was taken out of the record, nobody can tell what would have to be allowed. */
const isWhole = ({ effects }: PastCall): boolean => !JSON.stringify(effects).includes(REDACTED)

function effectsOf(call: RecordedCall, machine: Machine): Effect[] {
  return effectsThen(call, (again, workspace, cwd) => machine.effects(again, {}, workspace, cwd))
}

function tryOut(text: string, calls: readonly RecordedCall[], machine: Machine): Result<Omit<Trial, 'days'>, string[]> {
  const parsed = parsePolicy(text, 'suggestion')
  const policy = parsed.ok ? resolvePolicy(parsed.value, 'user', machine.shipped.files) : parsed
  if (!policy.ok) return err(policy.error.map(formatError))
  const policies = machine.alone([policy.value])
  const suggested = { allow: 0, ask: 0, deny: 0 }
  for (const call of calls) suggested[decide(effectsOf(call, machine), policies(call.subject)).verdict] += 1
  return ok({ calls: calls.length, suggested, askedThen: calls.filter(({ decided }) => decided?.verdict === 'ask').length })
}

function heading({ calls, covered, left, rare }: Suggestion, days: readonly string[], trial: Trial, folders: Folders): string[] {
  const { suggested, askedThen } = trial
  const percent = trial.calls === 0 ? 0 : Math.round((100 * suggested.ask) / trial.calls)
  return [
    `Learned from ${counted(calls, 'allowed call')} on ${counted(days.length, 'day')}: ${days[0]} to ${days.at(-1)}. The rules allow ${covered} of them.`,
    ...(rare > 0 ? [`${counted(rare, 'rule')} that were needed least often are left out.`] : []),
    ...(left.unknown > 0 ? [`${counted(left.unknown, 'call')} did something that can't be known, so nothing was learned from them.`] : []),
    ...(left.secrets > 0 ? [`${counted(left.secrets, 'call')} touched secrets, so nothing was learned from them.`] : []),
    ...(trial.calls > 0
      ? [`Tried on ${counted(trial.calls, 'call')} of ${trial.days.join(', ')}: it would have asked about ${suggested.ask} (${percent} %) and denied ${suggested.deny}; ${askedThen} were asked about then.`]
      : []),
    `Nothing of this is in force. Read it, then save it in ${folders.config}/policies/.`,
  ]
}

const counted = (count: number, what: string): string => `${count} ${what}${count === 1 ? '' : 's'}`

/** The day of a call, in UTC. */
function dayOf({ decided }: RecordedCall): string {
  return new Date(decided?.at ?? 0).toISOString().slice(0, 10)
}
