import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { fuzz, summary } from './fuzz.ts'
import { Sandbox } from './sandbox.ts'

// Long runs and other seeds: npm run fuzz -- --minutes 10 --seed 7
const SEED = 20_261_125
const MILLISECONDS = 40_000

let sandbox: Sandbox | string
beforeAll(async () => {
  sandbox = await Sandbox.open()
})
afterAll(async () => {
  if (typeof sandbox !== 'string') await sandbox.close()
})

describe('the effects told of a command', () => {
  test('are all that happens when it is run for real, unless something is told as unknown', { timeout: 4 * MILLISECONDS }, async (context) => {
    if (typeof sandbox === 'string') return context.skip(sandbox)
    const tally = await fuzz(sandbox, { seed: SEED, milliseconds: MILLISECONDS })
    console.log(summary(tally))
    expect(tally.misses, summary(tally)).toEqual([])
    expect(tally.checked).toBeGreaterThan(100)
    expect(tally.unknown).toBeLessThan(tally.tried * 0.5)
  })
})
