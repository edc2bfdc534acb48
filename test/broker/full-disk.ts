import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { homeAt, judged, openWindow, read, start } from './fixture.ts'

/** Runs a broker whose journal is on a small disk, fills the disk, frees it again, and prints what agents were told. */
const home = homeAt(process.argv[2]!)
const broker = await start(home)
const page = openWindow(broker, 'console')
const filler = join(home.folders.state, 'filler')
const path = (name: string): string => join(home.workspace, name.repeat(200))

const before = (await judged(home, read(path('a')))).verdict
fill()
const full = []
for (let count = 0; count < 40; count += 1) {
  const told = await judged(home, read(path('b')))
  // What SQLite had already set aside may take a few more rows.
  if (told.verdict === 'allow' && full.length === 0) continue
  full.push(told)
}
const { problem } = (await page.call('state', {})).journal
rmSync(filler)
const after = (await judged(home, read(path('c')))).verdict
const verified = await page.call('verifyJournal', {})
await broker.close()
console.log(JSON.stringify({ before, full, problem, after, verified }))

function fill(): void {
  try {
    for (;;) writeFileSync(filler, Buffer.alloc(4096), { flag: 'a' })
  } catch {
    // Full: that is what was wanted.
  }
}
