import { spawn } from 'node:child_process'
import { appendFileSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { attacks } from './all.ts'

// The agent: starts the attacks, some in one process, and a new one where an attack has ended that.

const [targets = '', results = ''] = process.argv.slice(2)
const all = JSON.parse(readFileSync(targets, 'utf8')) as Record<string, { scratch: string; attack: string }>
const alone = new Set(attacks.filter((each) => each.alone).map(({ name }) => name))
const AT_A_TIME = 3
const TOGETHER = 6
/** Without any attack coming to its end, in milliseconds. */
const PATIENCE = 15_000

const names = Object.keys(all)
const single = names.filter((name) => alone.has(all[name]!.attack)).map((name) => [name])
const others = names.filter((name) => !alone.has(all[name]!.attack))
const batches = [...single, ...Array.from({ length: Math.ceil(others.length / TOGETHER) }, (_, index) => others.slice(index * TOGETHER, (index + 1) * TOGETHER))]

/** Runs these; gives those that did not come to it. */
function attack(batch: readonly string[]): Promise<string[]> {
  return new Promise((resolve) => {
    // A process group of its own, so that signals to a group stay with it.
    const child = spawn(process.execPath, [join(import.meta.dirname, 'inside.ts'), targets, results, String(process.ppid), ...batch], { stdio: ['ignore', 'pipe', 'pipe'], detached: true })
    const note = (line: string): void => void (left[0] !== undefined && appendFileSync(join(results, basename(all[left[0]]!.scratch)), line))
    const left = [...batch]
    let late = setTimeout(giveUp, PATIENCE)
    function giveUp(): void {
      note('\n#late\n')
      child.kill('SIGKILL')
    }
    child.stdout.on('data', (chunk: Buffer) => {
      for (const name of chunk.toString().split('\n')) if (name === left[0]) left.shift()
      clearTimeout(late)
      late = setTimeout(giveUp, PATIENCE)
    })
    child.stderr.on('data', (chunk: Buffer) => note(chunk.toString()))
    child.on('exit', (code, signal) =>
      setTimeout(() => {
        clearTimeout(late)
        if (left.length > 0) note(`\n#killed ${signal ?? code}\n`)
        resolve(left.slice(1))
      }, 20),
    )
  })
}

const next = async (): Promise<void> => {
  for (let batch = batches.shift(); batch !== undefined; batch = batches.shift()) {
    const left = await attack(batch)
    if (left.length > 0) batches.push(left)
  }
}
await Promise.all(Array.from({ length: AT_A_TIME }, next))
process.exit(0)
