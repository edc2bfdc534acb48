import { existsSync } from 'node:fs'
import { foldersOf, journalFile, journalKeyFile } from '../broker/folders.ts'
import { callSubject } from '../contract/describe.ts'
import type { EventBody, TimelineEvent } from '../contract/event.ts'
import { err, ok, type Result } from '../contract/result.ts'
import { Journal } from '../journal/journal.ts'
import { readOrCreateKey } from '../journal/key.ts'
import { printable } from './event-line.ts'

type CallEvent = Extract<EventBody, { kind: 'decision' | 'asked' }>

/**
 * `paddock monitor explain SESSION`: what raised the score of a session, call by call, from the journal. The begin of a session's name is
 * enough. Exit code 1 when there is none, or several.
 */
export function monitorExplain(session: string, { json, from }: { json?: boolean; from?: string }): number {
  const rows = rowsOf(session, from)
  if (!rows.ok) {
    console.error(rows.error)
    return 1
  }
  const weighed = rows.value.filter(({ body }) => body.weighing !== undefined)
  if (json) {
    console.log(JSON.stringify({ session: rows.value[0]!.body.caller.session, calls: rows.value.length, weighings: weighed.map(({ at, body }) => ({ at, call: body.call, verdict: verdictOf(body), ...body.weighing })) }))
    return 0
  }
  console.log(explanation(rows.value, weighed).map(printable).join('\n'))
  return 0
}

interface Row {
  at: number
  body: CallEvent
}

/** The calls of one session, oldest first; a call that was asked about is in it once, as it was asked. */
function rowsOf(session: string, from: string | undefined): Result<Row[], string> {
  const folders = foldersOf(process.env)
  const file = from ?? journalFile(folders)
  if (!existsSync(file)) return err(`There is no journal yet: ${file}`)
  const key = readOrCreateKey(journalKeyFile(folders))
  const journal = key.ok ? Journal.openReadOnly(file, key.value) : key
  if (!journal.ok) return journal
  try {
    const rows = [...journal.value.after(0)].flatMap((event) => rowOf(event, session))
    const names = [...new Set(rows.map(({ body }) => body.caller.session))]
    if (names.length === 0) return err(`The journal has no session that begins with "${session}".`)
    return names.length === 1 ? ok(rows) : err(`Several sessions begin with "${session}": ${names.slice(0, 10).join(', ')}`)
  } finally {
    journal.value.close()
  }
}

function rowOf({ at, body }: TimelineEvent, session: string): Row[] {
  if ((body.kind !== 'decision' && body.kind !== 'asked') || !body.caller.session.startsWith(session)) return []
  return body.kind === 'decision' && body.request !== undefined ? [] : [{ at, body }]
}

function explanation(rows: readonly Row[], weighed: readonly Row[]): string[] {
  const { caller } = rows[0]!.body
  const head = `${caller.agent} in ${caller.workspace}, session ${caller.session}: ${rows.length} ${rows.length === 1 ? 'call' : 'calls'}`
  if (weighed.length === 0) return [head, 'Nothing unusual was noticed.']
  return [head, ...weighed.flatMap(({ at, body }) => callLines(at, body))]
}

function callLines(at: number, body: CallEvent): string[] {
  const { call, score, response, deviations } = body.weighing!
  return [
    '',
    `call ${call + 1}  ${new Date(at).toLocaleString('sv-SE')}  ${verdictOf(body)}  ${body.toolName}: ${callSubject(body.call).slice(0, 160)}`,
    `  score ${score}: ${response}`,
    ...deviations.flatMap((one) => [`  +${one.score} ${one.kind}: ${one.why}`, `     calls ${one.calls.map((each) => each + 1).join(', ')}; ${one.tags.join(' ')}`]),
  ]
}

function verdictOf(body: CallEvent): string {
  return body.kind === 'asked' ? 'ask' : body.verdict
}
