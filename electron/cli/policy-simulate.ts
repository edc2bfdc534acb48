import { foldersOf } from '../broker/folders.ts'
import type { Verdict } from '../contract/decision.ts'
import type { Effect } from '../contract/effect.ts'
import { err, ok, type Result } from '../contract/result.ts'
import { guardedByEither } from '../effects/guarded.ts'
import { callText } from '../policy/call-text.ts'
import { decide } from '../policy/decide.ts'
import { isNewlyAllowed, simulate, type ChangedCall, type JudgedTwice, type Simulation } from '../policy/simulate.ts'
import { printable } from './event-line.ts'
import { callsInFile, callsInJournal, effectsThen, type RecordedCall } from './policy-calls.ts'
import { badInput, Machine, subjectOf, type Policies } from './policy-machine.ts'

export interface SimulateOptions {
  policy: readonly string[]
  from?: string
  calls?: string
  agent: string
  workspace: string
  json?: boolean
}

/**
 * `paddock policy simulate`: what the policies would decide on recorded calls, against what was decided. Calls from a file
 * that do not say what was decided are compared with what is in force. Exit code 0 whatever changes, 2 for what can't be read.
 */
export function policySimulate(options: SimulateOptions): number {
  const folders = foldersOf(process.env)
  const subject = subjectOf(options)
  if (!subject.ok) return badInput(subject.error)
  const machine = Machine.open(folders)
  if (!machine.ok) return badInput(machine.error)
  const calls = options.calls === undefined ? callsInJournal(folders, options.from) : callsInFile(options.calls, subject.value)
  if (!calls.ok) return badInput([calls.error])
  const after = machine.value.policies(options.policy)
  const before = calls.value.every(({ decided }) => decided) ? after : machine.value.policies([])
  if (!after.ok) return badInput(after.error)
  if (!before.ok) return badInput(before.error)

  const policies = before.value
  const verdictBefore: Before = ({ decided, subject: whose }, effects) => decided?.verdict ?? decide(effects, policies(whose)).verdict
  const simulation = simulate(judgedTwice(calls.value, machine.value, policies, verdictBefore, after.value))
  console.log(options.json ? JSON.stringify(simulation) : simulationLines(simulation).map(printable).join('\n'))
  return 0
}

/** Which calls of a file two policies decide differently. */
export function compareOn(file: string, options: { agent: string; workspace: string }, machine: Machine, before: Policies, after: Policies): Result<Simulation, string[]> {
  const subject = subjectOf(options)
  if (!subject.ok) return subject
  const calls = callsInFile(file, subject.value)
  if (!calls.ok) return err([calls.error])
  return ok(simulate(judgedTwice(calls.value, machine, before, ({ subject: whose }, effects) => decide(effects, before(whose)).verdict, after)))
}

type Before = (call: RecordedCall, effects: readonly Effect[]) => Verdict

function* judgedTwice(calls: readonly RecordedCall[], machine: Machine, policies: Policies, before: Before, after: Policies): Iterable<JudgedTwice> {
  for (const recorded of calls) {
    const { call, subject } = recorded
    const guarded = guardedByEither(policies(subject).guarded, after(subject).guarded)
    const effects = effectsThen(recorded, (again, workspace, cwd) => machine.effects(again, guarded, workspace, cwd))
    yield { ...subject, call: callText(call), before: before(recorded, effects), after: decide(effects, after(subject)) }
  }
}

/** Newly allowed calls come first, under a heading of their own. */
export function simulationLines({ calls, unchanged, counts, changes }: Simulation): string[] {
  const [opened, others] = [changes.filter(isNewlyAllowed), changes.filter((change) => !isNewlyAllowed(change))]
  const ways = Object.entries(counts).map(([way, count]) => `${way}: ${count}`)
  return [
    `${calls} ${calls === 1 ? 'call' : 'calls'}, ${unchanged} decided as before${ways.length > 0 ? `; ${ways.join(', ')}` : ''}`,
    ...(opened.length > 0 ? ['', 'NEWLY ALLOWED: these would run without asking', ...opened.map(changeLine)] : []),
    ...(others.length > 0 ? ['', 'Other changes', ...others.map(changeLine)] : []),
  ]
}

function changeLine({ before, after, call, why, times, agent }: ChangedCall): string {
  const often = times === 1 ? '' : `  (${times} times)`
  return `${`${before} -> ${after}`.padEnd(15)} ${agent}: ${call}${often}${after === 'allow' ? '' : `  ${why}`}`
}
