import { expect, test } from 'vitest'
import { containmentFor } from '../../electron/containment/platform.ts'
import { admits } from '../../electron/containment/walls.ts'
import { conformance } from './conformance.ts'

conformance('linux', { asksAboutFiles: true })
conformance('linux', { asksAboutFiles: true, alone: true })
conformance('darwin', { asksAboutFiles: false })

test.each(['win32', 'freebsd'] as const)('on %s no wall stands, none can be done without, and hooks are offered', async (platform) => {
  const walls = await (await containmentFor(platform)).walls()
  const admitted = admits(walls, walls.map(({ name }) => name))
  expect(admitted).toEqual({ ok: false, error: expect.stringContaining('paddock connect AGENT') })
})
