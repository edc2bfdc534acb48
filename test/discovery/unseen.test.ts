import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { onLinuxOnly } from './linux-only.ts'
import { isPossible, isRight, startAndLook, type Judged } from './look.ts'
import { FURTHER_AGENTS, FURTHER_LOOK_ALIKES } from './further-shapes.ts'
import { UNSEEN_AGENTS, UNSEEN_LOOK_ALIKES } from './unseen-shapes.ts'
import { World } from './world.ts'

onLinuxOnly()

let world: World
beforeAll(async () => (world = await World.open()))
afterAll(() => world.close())

describe.for([
  { what: 'agents', shapes: UNSEEN_AGENTS },
  { what: 'look-alikes', shapes: UNSEEN_LOOK_ALIKES },
  { what: 'further agents', shapes: FURTHER_AGENTS },
  { what: 'further look-alikes', shapes: FURTHER_LOOK_ALIKES },
])('$what that detection was not written for', ({ what, shapes }) => {
  let judged: Judged[]
  beforeAll(async () => {
    if (process.platform !== 'linux') return
    let looks = 0
    const settled = (all: readonly Judged[]): boolean => (looks += 1) > 5 && (what.endsWith('look-alikes') || all.every(isRight))
    judged = await startAndLook(world, shapes.filter(isPossible), settled)
  })

  test.for(shapes)('$what', (shape, { skip }) => {
    if (!isPossible(shape)) return skip(`needs ${shape.needs?.join(', ')}`)
    const { found, ended } = judged.find((one) => one.shape === shape)!
    expect(ended).toBe(false)
    expect(found.map(({ agent }) => agent)).toEqual(shape.agent === undefined ? [] : [shape.agent])
  })
})
