import { describe, expect, test } from 'vitest'
import { shippedReplay, tracesFolder } from '../corpus/monitor-data.ts'
import { monitorFigures } from '../corpus/monitor-figures.ts'

// The figures that `npm run corpus` prints, where the recorded sessions are.
describe('on recorded sessions', () => {
  test('the monitor reaches what it promises', { timeout: 180_000 }, (ctx) => {
    const folder = tracesFolder()
    if (folder === undefined) return ctx.skip('no recorded sessions here: PADDOCK_TRACES names their folder')
    const figures = monitorFigures(folder, shippedReplay()).flatMap((section) => section.figures)
    expect(figures.filter(({ reached }) => !reached).map(({ what, count, of }) => `${what}: ${count} of ${of}`)).toEqual([])
  })
})
