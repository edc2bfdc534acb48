import { spawn, spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { Outcome } from './attacks/judge.ts'
import { withoutBubblewrap } from './without-bubblewrap.ts'

const RUNNER = join(import.meta.dirname, 'attacks/runner.ts')
const NOBODY = 65534
/** Somebody who owns nothing on this machine: some attacks reach every process of their user. */
const NOBODY_ELSE = 61_937
const isRoot = process.getuid?.() === 0

/** Runs every attack on a machine of its own and gives what became of each. */
function attack(command: readonly string[], user?: number): Promise<{ outcomes: Outcome[]; stderr: string }> {
  return new Promise((resolve) => {
    const [program = '', ...args] = command
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], ...(user !== undefined && { uid: user, gid: user }) })
    let [stdout, stderr] = ['', '']
    child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()))
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()))
    child.on('close', () => resolve({ outcomes: stdout.split('\n').filter(Boolean).map((line) => JSON.parse(line) as Outcome), stderr }))
  })
}

async function holds(command: readonly string[], user?: number): Promise<void> {
  const { outcomes, stderr } = await attack(command, user)
  expect(outcomes.length, stderr).toBeGreaterThan(180)
  for (const { name, outcome, detail } of outcomes) if (outcome === 'impossible') console.log(`not tried: ${name}: ${detail}`)
  expect(outcomes.filter(({ outcome }) => outcome === 'ESCAPED' || outcome === 'error')).toEqual([])
}

/** What would come to nothing without a fence as well says nothing about the fence. */
async function works(command: readonly string[], user?: number): Promise<void> {
  const { outcomes, stderr } = await attack(command, user)
  expect(outcomes.length, stderr).toBeGreaterThan(150)
  for (const { name, outcome, detail } of outcomes) if (outcome === 'impossible') console.log(`not seen to work without a fence: ${name}: ${detail}`)
  expect(outcomes.filter(({ outcome }) => outcome !== 'works' && outcome !== 'impossible')).toEqual([])
}

/** With what this machine has, and as it would be without bubblewrap, where that is installed and can be hidden. */
describe.skipIf(process.platform !== 'linux')('what runs contained and attacks', () => {
  test.concurrent('gets nothing that nobody allowed, as an ordinary user', { timeout: 240_000 }, async (ctx) => {
    if (isRoot && !isReadable()) return ctx.skip('an ordinary user may not read this repository')
    await holds([process.execPath, RUNNER], isRoot ? NOBODY : undefined)
  })

  test.concurrent('gets nothing that nobody allowed, as root and without bubblewrap', { timeout: 240_000 }, async (ctx) => {
    if (!isRoot) return ctx.skip('needs root')
    const through = withoutBubblewrap()
    if (typeof through === 'string') return ctx.skip(through)
    await holds([...through, process.execPath, RUNNER])
  })

  test('gets all of it where nothing holds it', { timeout: 240_000 }, async (ctx) => {
    if (!isRoot) return ctx.skip('needs root, who can be a user that owns nothing')
    if (!isReadable()) return ctx.skip('an ordinary user may not read this repository')
    await works([process.execPath, RUNNER, '--uncontained'], NOBODY_ELSE)
  })
})

/** Whether other users than the one who checked this out can read it. */
function isReadable(): boolean {
  return spawnSync('test', ['-r', RUNNER], { uid: NOBODY, gid: NOBODY }).status === 0
}
