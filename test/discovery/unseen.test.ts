import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { onLinuxOnly } from './linux-only.ts'
import { isPossible, isRight, startAndLook, type Judged } from './look.ts'
import { UNSEEN_AGENTS, UNSEEN_LOOK_ALIKES } from './unseen-shapes.ts'
import { World } from './world.ts'

onLinuxOnly()

/** What is judged wrongly, and why that stays (docs/discovery.md). */
const KNOWN: Readonly<Record<string, string>> = {
  'a Node agent in a worker thread': 'files that are only named for a thread are not read',
  'a translator that asks a model for each file': 'what goes on asking a model by itself counts as an agent',
  'a load test of a model server': 'what goes on asking a model by itself counts as an agent',
  'a summary of the news by mail': 'what goes on asking a model by itself counts as an agent',
}

let world: World
beforeAll(async () => (world = await World.open()))
afterAll(() => world.close())

describe.for([
  { what: 'agents', shapes: UNSEEN_AGENTS },
  { what: 'look-alikes', shapes: UNSEEN_LOOK_ALIKES },
])('$what that detection was not written for', ({ what, shapes }) => {
  let judged: Judged[]
  beforeAll(async () => {
    if (process.platform !== 'linux') return
    let looks = 0
    const settled = (all: readonly Judged[]): boolean => (looks += 1) > 5 && (what === 'look-alikes' || all.every((one) => isRight(one) || KNOWN[one.shape.what] !== undefined))
    judged = await startAndLook(world, shapes.filter(isPossible), settled)
  })

  test.for(shapes)('$what', (shape, { skip }) => {
    const known = KNOWN[shape.what]
    if (known !== undefined) return skip(`known to be judged wrongly: ${known}`)
    if (!isPossible(shape)) return skip(`needs ${shape.needs?.join(', ')}`)
    const { found, ended } = judged.find((one) => one.shape === shape)!
    expect(ended).toBe(false)
    expect(found.map(({ agent }) => agent)).toEqual(shape.agent === undefined ? [] : [shape.agent])
  })
})
