import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { claudeCode } from '../support/claude-code.ts'
import { AGENTS } from './agent-shapes.ts'
import { isPossible, isRight, startAndLook, type Judged } from './look.ts'
import { LOOK_ALIKES } from './look-alikes.ts'
import { onLinuxOnly } from './linux-only.ts'
import { copyProgram, World } from './world.ts'
import { join } from 'node:path'

onLinuxOnly()

let world: World
beforeAll(async () => (world = await World.open()))
afterAll(() => world.close())

describe('agents in many shapes', () => {
  let judged: Judged[]
  beforeAll(async () => {
    if (process.platform === 'linux') judged = await startAndLook(world, AGENTS.filter(isPossible), (all) => all.every(isRight))
  })

  test.for(AGENTS)('$what is found', (shape, { skip }) => {
    if (!isPossible(shape)) return skip(`needs ${shape.needs?.join(', ')}`)
    const { found, ended } = judged.find((one) => one.shape === shape)!
    expect(ended).toBe(false)
    expect(found.map(({ agent }) => agent)).toEqual([shape.agent])
    // Every finding says what counted: no single name, and what counts adds up.
    const [{ confidence, evidence }] = found as [Judged['found'][number]]
    expect(evidence.some(({ family }) => family !== 'name')).toBe(true)
    expect(confidence).toBeGreaterThanOrEqual(0.8)
  })
})

describe('look-alikes', () => {
  let judged: Judged[]
  beforeAll(async () => {
    if (process.platform !== 'linux') return
    const looks = { count: 0 }
    judged = await startAndLook(world, LOOK_ALIKES.filter(isPossible), () => (looks.count += 1) > 8)
  })

  test.for(LOOK_ALIKES)('$what is none', (shape, { skip }) => {
    if (!isPossible(shape)) return skip(`needs ${shape.needs?.join(', ')}`)
    const { found, ended } = judged.find((one) => one.shape === shape)!
    expect(ended).toBe(false)
    expect(found).toEqual([])
  })
})

describe('the real Claude Code', () => {
  const environment = (home: string, model: string): Record<string, string> => ({
    PATH: process.env['PATH'] ?? '',
    HOME: home,
    ANTHROPIC_BASE_URL: model,
    ANTHROPIC_API_KEY: 'none',
    ANTHROPIC_MODEL: 'claude-stub',
    DISABLE_TELEMETRY: '1',
    DISABLE_AUTOUPDATER: '1',
    CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
    IS_SANDBOX: '1',
  })

  test.for(['claude', 'system-helper'])('is found as %s', { timeout: 60_000 }, async (name, { skip }) => {
    const program = await claudeCode()
    if (!program.ok) return skip(program.error)
    const path = name === 'claude' ? program.value : join(world.root, 'bin', name)
    if (path !== program.value) copyProgram(program.value, path)
    const shape = { what: name, command: [path, '-p', 'run it', '--dangerously-skip-permissions'], env: environment(world.home, world.model), agent: 'claude-code' }
    const [judged] = await startAndLook(world, [shape], (all) => all.every(isRight))
    expect(judged!.found).toMatchObject([{ agent: 'claude-code', name: 'Claude Code', authorized: false, level: 'observed', bypass: ['--dangerously-skip-permissions'], credentials: expect.arrayContaining([{ kind: 'model-api-key', name: 'ANTHROPIC_API_KEY', where: 'environment' }]) }])
  })
})
