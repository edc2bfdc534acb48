import { existsSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import * as z from 'zod'
import { journalFile, journalKeyFile, type Folders } from '../broker/folders.ts'
import { canonicalPath } from '../broker/real-world.ts'
import { Call } from '../contract/call.ts'
import type { Verdict } from '../contract/decision.ts'
import type { Effect } from '../contract/effect.ts'
import { EventBody } from '../contract/event.ts'
import { AgentId, type AbsolutePath } from '../contract/ids.ts'
import { err, ok, type Result } from '../contract/result.ts'
import { Journal } from '../journal/journal.ts'
import { readOrCreateKey } from '../journal/key.ts'
import type { Subject } from '../policy/decide.ts'
import { verdictOfPolicy } from '../policy/simulate.ts'

type DecisionEvent = Extract<EventBody, { kind: 'decision' }>

/** A call that was made once, or is written down to be judged. */
export interface RecordedCall {
  call: Call
  subject: Subject
  cwd: AbsolutePath
  /** From the journal only. */
  decided?: {
    /** Milliseconds since the epoch. */
    at: number
    /** What policy alone said. */
    verdict: Verdict
    event: DecisionEvent
  }
}

/** The calls in a journal, oldest first. Without a file: in the one of this user. */
export function callsInJournal(folders: Folders, file = journalFile(folders)): Result<RecordedCall[], string> {
  // Before the key, which would be made.
  if (!existsSync(file)) return err(`There is no journal: ${file}`)
  const key = readOrCreateKey(journalKeyFile(folders))
  const journal = key.ok ? Journal.openReadOnly(file, key.value) : key
  if (!journal.ok) return journal
  try {
    return ok([...journal.value.after(0)].flatMap(({ at, body }) => recorded(at, body) ?? []))
  } finally {
    journal.value.close()
  }
}

const Line = z.union([
  z.object({ call: Call, agent: AgentId.optional(), workspace: z.string().optional() }),
  /** A line of `paddock log tail --json`. */
  z.object({ at: z.number(), body: EventBody }),
])

/**
 * The calls in a file of JSON lines: those of `paddock eval` (`{"call": …}`, also with `agent` and `workspace`), or rows of
 * the journal. What a line does not say is as in `otherwise`. The error names the first line that can't be read.
 */
export function callsInFile(file: string, otherwise: Subject): Result<RecordedCall[], string> {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    return err(`${file} can't be read: ${(error as Error).message}`)
  }
  const calls: RecordedCall[] = []
  for (const [index, line] of text.split('\n').entries()) {
    if (line.trim() === '') continue
    const parsed = Line.safeParse(parseJson(line))
    if (!parsed.success) return err(`${file}:${index + 1}: not a call: expected {"call": {"tool": …}}`)
    const { data } = parsed
    if ('body' in data) calls.push(...(recorded(data.at, data.body) ?? []))
    else {
      const workspace = data.workspace === undefined ? otherwise.workspace : canonicalPath(resolve(data.workspace))
      calls.push({ call: data.call, subject: { agent: data.agent ?? otherwise.agent, workspace }, cwd: workspace })
    }
  }
  return ok(calls)
}

/**
 * What a recorded call did or would do. What was recorded then counts, because files have changed since; only arguments of
 * tools are not recorded with the effects, so those calls are looked at again.
 */
export function effectsThen({ call, subject, cwd, decided }: RecordedCall, effects: (call: Call, workspace: AbsolutePath, cwd: AbsolutePath) => Effect[]): Effect[] {
  if (decided && call.tool !== 'mcp' && call.tool !== 'agent') return decided.event.effects
  return effects(call, subject.workspace, cwd)
}

function recorded(at: number, body: EventBody): RecordedCall[] | undefined {
  if (body.kind !== 'decision') return undefined
  const verdict = verdictOfPolicy(body)
  if (verdict === undefined) return undefined
  const { caller, call, cwd } = body
  const subject: Subject = { agent: caller.agent, workspace: caller.workspace as AbsolutePath }
  return [{ call, subject, cwd: cwd as AbsolutePath, decided: { at, verdict, event: body } }]
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    return undefined
  }
}
