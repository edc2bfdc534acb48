import { parseArgs } from 'node:util'
import { described, fuzz, summary } from './fuzz.ts'
import { Sandbox } from './sandbox.ts'

// npm run fuzz -- [--minutes 10] [--seed N]: generated commands, each also run for real. Misses are told as they are found;
// Ctrl-C ends the run with an account of what was tried until then.
const { values: options } = parseArgs({ options: { minutes: { type: 'string', default: '10' }, seed: { type: 'string' } } })
const seed = options.seed === undefined ? Date.now() % 1_000_000 : Number(options.seed)

const stopped = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => stopped.abort())

const sandbox = await Sandbox.open()
if (typeof sandbox === 'string') {
  console.log(`not run: ${sandbox}`)
  process.exitCode = 1
} else {
  try {
    const tally = await fuzz(sandbox, {
      seed, milliseconds: Number(options.minutes) * 60_000, stop: stopped.signal, onMiss: (missed) => console.error(described(missed)),
    })
    console.log(`seed ${seed}${stopped.signal.aborted ? ', ended early' : ''}: ${summary(tally)}`)
    process.exitCode = tally.misses.length > 0 || stopped.signal.aborted ? 1 : 0
  } finally {
    await sandbox.close()
  }
}
