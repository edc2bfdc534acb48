import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { Discovery } from '../../electron/discovery/discovery.ts'
import { Watch, type WatchChange } from '../../electron/discovery/watch.ts'
import { AGENTS } from './agent-shapes.ts'
import { onLinuxOnly } from './linux-only.ts'
import { contextOf, shippedKnowledge } from './look.ts'
import { World } from './world.ts'

onLinuxOnly()

let world: World
beforeAll(async () => (world = await World.open()))
afterAll(() => world.close())
const overFetch = AGENTS.find(({ what }) => what === 'a Node agent over fetch')!

async function watching(options: { polling?: boolean }): Promise<{ watch: Watch; changes: WatchChange[]; kinds: (pid: number | undefined) => string[] }> {
  const knowledge = shippedKnowledge(world.home)
  const changes: WatchChange[] = []
  const watch = new Watch(new Discovery(knowledge.catalogue, world.home, { patient: true }), () => contextOf(knowledge, world.home), (change) => changes.push(change))
  await watch.start(options)
  onTestFinished(() => watch.stop())
  return { watch, changes, kinds: (pid) => changes.filter(({ agent }) => agent.pid === pid).map(({ change }) => change) }
}

describe.for([{ polling: true }, { polling: false }])('watching, polling: $polling', (options) => {
  test('tells of an agent when it starts and when it ends', async ({ skip }) => {
    const { watch, kinds } = await watching(options)
    if (!options.polling && watch.eventsProblem !== undefined) return skip(watch.eventsProblem)
    const child = world.start(overFetch)
    await expect.poll(() => kinds(child.pid)).toContain('found')
    await world.end(child)
    await expect.poll(() => kinds(child.pid).at(-1)).toBe('gone')
    expect(kinds(child.pid).filter((kind) => kind === 'found')).toHaveLength(1)
  })

  test('tells of an agent that was there before', async () => {
    const child = world.start(overFetch)
    const { kinds } = await watching(options)
    await expect.poll(() => kinds(child.pid)).toContain('found')
  })

  test('tells of an agent that only its connection gives away', async () => {
    const { kinds } = await watching(options)
    // What it asks for is built at run time, so that neither script nor command line say much.
    const quiet = { what: 'quiet', files: { 'quiet.cjs': "const path = ['/v1', 'mess' + 'ages'].join('/')\nconst body = JSON.stringify({ model: 'm', messages: [{ role: 'user', content: 'Thought:, then Action: with one line' }] })\nsetTimeout(async function ask() { await fetch(process.env.ANTHROPIC_BASE_URL + path, { method: 'POST', body }) }, 1200)\nprocess.on('message', (line) => require('child_process').execSync(line))" }, command: ['NODE', 'quiet.cjs'], env: { ANTHROPIC_BASE_URL: 'MODEL' } }
    const child = world.start(quiet)
    await expect.poll(() => kinds(child.pid)).toContain('found')
  })
})

test('an interpreter under another name is known, though its executable is read in small steps', async () => {
  const { kinds } = await watching({})
  const shape = AGENTS.find(({ what }) => what === 'a Node agent under another program name')!
  const child = world.start(shape)
  await expect.poll(() => kinds(child.pid)).toContain('found')
})

test('an agent that lives 50 ms is told of, where the kernel tells of processes', async ({ skip }) => {
  const { watch, changes } = await watching({})
  if (watch.eventsProblem !== undefined) return skip(watch.eventsProblem)
  // Its time counts from its first line: how long a busy machine takes to start it is no part of its life.
  const script = join(world.home, 'brief.sh')
  writeFileSync(script, `{ sleep 0.05; kill -9 $$; } &\nwhile true; do reply=$(curl -s "$ANTHROPIC_BASE_URL/v1/messages" -d '{}'); eval "$(echo "$reply" | grep tool_use)"; sleep 1; done`)
  // Not started from here: while this process starts others it can't hear of them.
  world.spawn('bash', ['-c', `for i in 1 2 3 4 5 6 7 8 9 10; do bash ${script} & sleep 0.02; done; wait`], { PATH: '/usr/bin:/bin', ANTHROPIC_BASE_URL: 'http://127.0.0.1:9' })
  const found = (): number => new Set(changes.flatMap(({ change, agent }) => (change === 'found' && agent.script === script ? [agent.pid] : []))).size
  await expect.poll(found).toBe(10)
})

test('a storm of short processes does not hide an agent in it', async () => {
  const { kinds } = await watching({})
  world.spawn('sh', ['-c', 'i=0; while [ $i -lt 5000 ]; do /bin/true; i=$((i+1)); done'], { PATH: '/usr/bin:/bin' })
  const child = world.start(overFetch)
  await expect.poll(() => kinds(child.pid)).toContain('found')
})
