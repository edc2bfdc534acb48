import { existsSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { foldersOf, journalFile, journalKeyFile } from '../broker/folders.ts'
import { err, type Result } from '../contract/result.ts'
import { Journal } from '../journal/journal.ts'
import { readOrCreateKey } from '../journal/key.ts'
import { eventLine } from './event-line.ts'

const POLL_MS = 250

/** `paddock log tail`. With `follow` it goes on until it is ended. Gives the exit code. */
export async function logTail(options: { follow?: boolean; lines: number; json?: boolean }): Promise<number> {
  const opened = openJournal()
  if (!opened.ok) return no(opened.error)
  const journal = opened.value
  let last = Math.max(0, journal.rows - options.lines)
  for (;;) {
    for (const event of journal.after(last)) {
      console.log(options.json ? JSON.stringify(event) : eventLine(event))
      last = event.seq
    }
    if (!options.follow) break
    await sleep(POLL_MS)
  }
  journal.close()
  return 0
}

/** `paddock log verify`: exit code 1, and the first bad row, when the record is not what was written. */
export function logVerify(options: { json?: boolean }): number {
  const opened = openJournal()
  if (!opened.ok) return no(opened.error)
  const { rows, problem } = opened.value.verify()
  opened.value.close()
  if (options.json) console.log(JSON.stringify({ ok: problem === undefined, rows, ...(problem !== undefined && { problem }) }))
  else console.log(problem ?? `${rows} rows, none changed, removed or added.`)
  return problem === undefined ? 0 : 1
}

function openJournal(): Result<Journal, string> {
  const folders = foldersOf(process.env)
  const file = journalFile(folders)
  // Before the key, which would be made.
  if (!existsSync(file)) return err(`There is no journal yet: ${file}`)
  const key = readOrCreateKey(journalKeyFile(folders))
  return key.ok ? Journal.openReadOnly(file, key.value) : key
}

function no(message: string): number {
  console.error(message)
  return 1
}
