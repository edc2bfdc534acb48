import { createInterface } from 'node:readline'
import { resolve } from 'node:path'
import * as z from 'zod'
import { foldersOf, type Folders } from '../broker/folders.ts'
import { Call } from '../contract/call.ts'
import { ok, type Result } from '../contract/result.ts'
import { withChanges } from '../policy/change-that-allows.ts'
import { decide } from '../policy/decide.ts'
import { Machine, subjectOf } from './policy-machine.ts'

export interface EvalOptions {
  /** Names or files; these alone decide, besides the floor. Without any: what is in force for the agent. */
  policy: readonly string[]
  agent: string
  workspace: string
  home?: string
}

const Id = z.union([z.string(), z.number()])
const Line = z.object({ id: Id.optional(), call: Call })

/** Judges one call. */
export type Judge = (call: Call) => object

/**
 * `paddock eval`: judges calls from JSON lines on `input` and writes a line for each. A line that can't be read gets an
 * error of its own and the rest go on. Resolves to the exit code.
 */
export async function evalCommand(options: EvalOptions, input: NodeJS.ReadableStream, output: NodeJS.WritableStream): Promise<number> {
  const judge = prepare(options, foldersOf({ ...process.env, ...(options.home !== undefined && { HOME: resolve(options.home) }) }))
  if (!judge.ok) {
    process.stderr.write(`${judge.error.join('\n')}\n`)
    return 2
  }
  for await (const line of createInterface({ input, crlfDelay: Infinity })) {
    if (line.trim() === '') continue
    output.write(`${JSON.stringify(answer(line, judge.value))}\n`)
  }
  return 0
}

function answer(line: string, judge: Judge): object {
  let value: unknown
  try {
    value = JSON.parse(line)
  } catch (error) {
    return { error: `not JSON: ${(error as Error).message}` }
  }
  const id = z.object({ id: Id }).safeParse(value).data?.id
  const parsed = Line.safeParse(value)
  if (!parsed.success) {
    const issue = parsed.error.issues[0]
    return { ...(id !== undefined && { id }), error: `${issue?.path.join('.') || 'line'}: ${issue?.message ?? 'not a call'}` }
  }
  return { ...(id !== undefined && { id }), ...judge(parsed.data.call) }
}

/** Reads the policies once; everything after that is in memory, but for the links and folders that calls name. */
export function prepare(options: EvalOptions, folders: Folders): Result<Judge, string[]> {
  const subject = subjectOf(options)
  if (!subject.ok) return subject
  const machine = Machine.open(folders)
  if (!machine.ok) return machine
  const policies = machine.value.policies(options.policy)
  if (!policies.ok) return policies
  const policy = policies.value(subject.value)
  return ok((call) => {
    const decision = decide(machine.value.effects(call, policy.guarded, subject.value.workspace), policy)
    const { verdict, effects, reasons } = withChanges(decision, 'a policy of yours')
    return { decision: verdict, effects, reasons }
  })
}
