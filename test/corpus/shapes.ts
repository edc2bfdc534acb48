import { AGENTS } from '../discovery/agent-shapes.ts'
import { isPossible, isRight, startAndLook, type Judged } from '../discovery/look.ts'
import { LOOK_ALIKES } from '../discovery/look-alikes.ts'
import { World } from '../discovery/world.ts'

/** How discovery does on programs that are started for real. */
export interface Detection {
  agents: readonly Judged[]
  lookAlikes: readonly Judged[]
  /** Shapes that this machine lacks a program for. */
  leftOut: number
}

/** Starts every agent and every look-alike of the corpus, looks, and ends them. */
export async function judgeShapes(): Promise<Detection> {
  const world = await World.open()
  try {
    const agents = await startAndLook(world, AGENTS.filter(isPossible), (all) => all.every(isRight))
    const looks = { count: 0 }
    const lookAlikes = await startAndLook(world, LOOK_ALIKES.filter(isPossible), () => (looks.count += 1) > 8)
    return { agents, lookAlikes, leftOut: [...AGENTS, ...LOOK_ALIKES].filter((shape) => !isPossible(shape)).length }
  } finally {
    await world.close()
  }
}
