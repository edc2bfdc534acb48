import { closeSync, mkdirSync, openSync, readFileSync, writeSync } from 'node:fs'
import { constants } from 'node:os'
import { basename, join } from 'node:path'
import { attacks } from './all.ts'
import type { Target } from './attack.ts'

// Runs attacks one after the other. What the calls of each gave goes to a file of its own: a line per call, at the end how it went.

const [targets = '', results = '', supervisor = '', ...names] = process.argv.slice(2)
const all = JSON.parse(readFileSync(targets, 'utf8')) as Record<string, Target>
const errnoNames = new Map(Object.entries(constants.errno).map(([key, value]) => [value, key]))

async function run(name: string): Promise<void> {
  const target = all[name]!
  const at = target.supervisor === 0 ? { ...target, supervisor: Number(supervisor) } : target
  const attack = attacks.find((each) => each.name === at.attack)!
  const output = openSync(join(results, basename(at.scratch)), 'a')
  /** Kept in order and complete, also when a signal ends this at once. */
  const print = (line: string | Buffer): void => void writeSync(output, Buffer.concat([Buffer.from(line), Buffer.from('\n')]))
  mkdirSync(at.scratch, { recursive: true })
  process.chdir(at.scratch)
  const impossible = attack.impossible?.(at)
  if (impossible !== undefined) print(`#impossible ${impossible}`)
  else {
    try {
      await attack.try(at, (call, value) => {
        if (typeof value !== 'number') return print(`${call}: ${value.toString('latin1' as never)}`)
        if (value < 0) print(`#refused ${call}: ${errnoNames.get(-value) ?? value}`)
        else print(`${call}: ${value}`)
      })
      print('#done')
    } catch (error) {
      print(`#threw ${(error as Error).stack}`)
    }
  }
  closeSync(output)
  // Tells the driver which it is at, so that one that ends this process is known.
  writeSync(1, `${name}\n`)
}

for (const name of names) await run(name)
process.exit(0)
