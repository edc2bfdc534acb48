import { mkdirSync, readFileSync, writeSync } from 'node:fs'
import { constants } from 'node:os'
import { attacks } from './all.ts'
import type { Target } from './attack.ts'

// Runs one attack, named on the command line, and prints what its calls gave: first a line per call, at the end how it went.

const [targets = '', name = '', supervisor = ''] = process.argv.slice(2)
const at = { ...(JSON.parse(readFileSync(targets, 'utf8')) as Record<string, Target>)[name]!, supervisor: Number(supervisor) }
const attack = attacks.find((each) => each.name === at.attack)!
const errnoNames = new Map(Object.entries(constants.errno).map(([key, value]) => [value, key]))

/** Kept in order and complete, also when a signal ends this at once. */
const print = (line: string | Buffer): void => void writeSync(1, Buffer.concat([Buffer.from(line), Buffer.from('\n')]))

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
process.exit(0)
