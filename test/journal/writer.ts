import { writeSync } from 'node:fs'
import { Journal } from '../../electron/journal/journal.ts'

/** Appends rows until it is killed (or as many as it is told) and prints the number of each once it is acknowledged. */
const [file, key, limit] = process.argv.slice(2) as [string, string, string?]
const opened = Journal.open(file, Buffer.from(key, 'hex'))
if (!opened.ok) throw new Error(opened.error)
for (let count = 0; count < Number(limit ?? Infinity); count += 1) {
  const row = opened.value.append({ kind: 'operator', change: 'opened', message: `row ${count} ${'x'.repeat(300)}` })
  if (!row.ok) throw new Error(row.error)
  writeSync(1, `${row.value.seq}\n`)
}
opened.value.close()
