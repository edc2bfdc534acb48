import { foldersOf } from '../broker/folders.ts'
import { diffPolicies, isSame, type PolicyDiff, type Said } from '../policy/diff.ts'
import { printable } from './event-line.ts'
import { badInput, Machine } from './policy-machine.ts'
import { compareOn, simulationLines } from './policy-simulate.ts'

export interface DiffOptions {
  calls?: string
  agent: string
  workspace: string
  json?: boolean
}

/**
 * `paddock policy diff A B`: how two policies (names or files) differ in what they say; with `calls`, also which calls of a
 * file they decide differently. Exit code 0, or 2 for what can't be read.
 */
export function policyDiff(before: string, after: string, options: DiffOptions): number {
  const machine = Machine.open(foldersOf(process.env))
  if (!machine.ok) return badInput(machine.error)
  const [a, b] = [machine.value.policy(before), machine.value.policy(after)]
  if (!a.ok) return badInput(a.error)
  if (!b.ok) return badInput(b.error)
  const diff = diffPolicies(a.value, b.value)
  const calls = options.calls === undefined ? undefined : compareOn(options.calls, options, machine.value, machine.value.alone([a.value]), machine.value.alone([b.value]))
  if (calls && !calls.ok) return badInput(calls.error)

  if (options.json) console.log(JSON.stringify({ same: isSame(diff), ...diff, ...(calls && { calls: calls.value }) }))
  else console.log([...diffLines(diff), ...(calls ? ['', ...simulationLines(calls.value)] : [])].map(printable).join('\n'))
  return 0
}

function diffLines(diff: PolicyDiff): string[] {
  if (isSame(diff)) return ['The policies say the same.']
  return [
    ...diff.settings.map(({ name, before = 'not set', after = 'not set' }) => `~ ${name}: ${before} -> ${after}`),
    ...diff.changed.map(({ section, pattern, before, after, source }) => `~ ${section}: ${pattern}: ${before} -> ${after}  (${source})`),
    ...diff.removed.map((said) => `- ${line(said)}`),
    ...diff.added.map((said) => `+ ${line(said)}`),
  ]
}

function line({ section, verdict, pattern, source, conditions }: Said): string {
  return `${section}.${verdict}: ${pattern}${conditions ? ` ${JSON.stringify(conditions)}` : ''}  (${source})`
}
