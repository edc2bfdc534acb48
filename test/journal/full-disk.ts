import { rmSync, writeFileSync } from 'node:fs'
import { Journal } from '../../electron/journal/journal.ts'

/** Fills the small disk that the journal is on, frees it again, and prints how the journal took it. */
const file = process.argv[2]!
const key = Buffer.alloc(32, 7)
const opened = Journal.open(file, key)
if (!opened.ok) throw new Error(opened.error)
const journal = opened.value

let acknowledged = 0
const refused: string[] = []
function append(): boolean {
  const row = journal.append({ kind: 'operator', change: 'opened', message: 'x'.repeat(3000) })
  if (row.ok) acknowledged += 1
  else refused.push(row.error)
  return row.ok
}

append()
fill()
for (let count = 0; count < 40; count += 1) append()
rmSync(`${file}.filler`)
const after = append() && append()
const verified = journal.verify()
journal.close()
console.log(JSON.stringify({ refused, after, acknowledged, ...verified }))

function fill(): void {
  try {
    for (;;) writeFileSync(`${file}.filler`, Buffer.alloc(4096), { flag: 'a' })
  } catch {
    // Full: that is what was wanted.
  }
}
