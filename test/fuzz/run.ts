import { parseArgs } from 'node:util'
import { fuzz, summary } from './fuzz.ts'
import { Sandbox } from './sandbox.ts'

// npm run fuzz -- [--minutes 10] [--seed N]: generated commands, each also run for real.
const { values: options } = parseArgs({ options: { minutes: { type: 'string', default: '10' }, seed: { type: 'string' } } })
const seed = options.seed === undefined ? Date.now() % 1_000_000 : Number(options.seed)

const sandbox = await Sandbox.open()
if (typeof sandbox === 'string') {
  console.log(`not run: ${sandbox}`)
  process.exitCode = 1
} else {
  try {
    const tally = await fuzz(sandbox, { seed, milliseconds: Number(options.minutes) * 60_000 })
    console.log(`seed ${seed}: ${summary(tally)}`)
    process.exitCode = tally.misses.length > 0 ? 1 : 0
  } finally {
    await sandbox.close()
  }
}
