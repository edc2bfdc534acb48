import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { afterPress, ARMING_CAP_MS, ARMING_MS, isArmed, startArming } from '../../renderer/ui/arming.ts'

const time = fc.integer({ min: 0, max: 1e9 })

describe('the arming delay', () => {
  test('is over after 700 ms and not before', () => {
    fc.assert(
      fc.property(time, fc.integer({ min: 0, max: 2000 }), (start, passed) => {
        expect(isArmed(startArming(start), start + passed)).toBe(passed >= ARMING_MS)
      }),
    )
  })

  test('starts again with each early press, and no press ever shortens it', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 900 }), { maxLength: 30 }), (pauses) => {
        let now = 0
        let arming = startArming(0)
        for (const pause of pauses) {
          now += pause
          const before = arming
          arming = afterPress(arming, now)
          expect(arming.armedAt).toBeGreaterThanOrEqual(before.armedAt)
          if (!isArmed(before, now)) expect(arming.armedAt).toBe(Math.min(now + ARMING_MS, ARMING_CAP_MS))
        }
      }),
    )
  })

  test('ends by the cap, however often someone presses', () => {
    let arming = startArming(0)
    for (let now = 0; now < ARMING_CAP_MS; now += 10) {
      expect(isArmed(arming, now)).toBe(false)
      arming = afterPress(arming, now)
    }
    expect(isArmed(arming, ARMING_CAP_MS)).toBe(true)
  })
})
