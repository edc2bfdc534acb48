import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Discovery } from '../../electron/discovery/discovery.ts'
import { wordsOf } from '../../electron/discovery/portable/listed.ts'
import { PortableObserver } from '../../electron/discovery/portable/portable-observer.ts'
import { reportOf } from '../../electron/discovery/report.ts'
import { Watch, type WatchChange } from '../../electron/discovery/watch.ts'
import { contextOf, shippedKnowledge } from './look.ts'
import { onLinuxOnly } from './linux-only.ts'
import { World, type Shape } from './world.ts'

// What macOS and Windows are looked at with runs on Linux too, so that it is tried here on real processes.
onLinuxOnly()

let world: World
beforeAll(async () => (world = await World.open()))
afterAll(() => world.close())

const AGENT = "const run = (await import('node:child_process')).exec\nasync function turn() { const reply = await fetch('MODEL/v1/messages', { method: 'POST', body: JSON.stringify({ model: 'm', tools: [], messages: [] }) }); for (const use of (await reply.json()).content) if (use.type === 'tool_use') run(use.input.command) }\nwhile (true) await turn()"
const byPath: Shape = { what: 'a Node agent by its path', files: { 'my agent/agent.mjs': AGENT }, command: ['NODE', 'HERE/my agent/agent.mjs'], agent: 'custom' }
const npmAgent: Shape = {
  what: 'an npm agent behind node',
  files: { 'node_modules/@openai/codex/package.json': '{"name":"@openai/codex","version":"1.0.0","bin":{"codex":"bin/codex.js"}}', 'node_modules/@openai/codex/bin/codex.js': 'setInterval(() => {}, 1000)' },
  command: ['NODE', 'HERE/node_modules/@openai/codex/bin/codex.js'],
  agent: 'codex',
}
const innocent: Shape = { what: 'a program that only waits', files: { 'claude.mjs': 'setInterval(() => {}, 1000)' }, command: ['NODE', 'HERE/claude.mjs'] }

describe('by what systeminformation and ps-list tell', () => {
  test('agents are found with their connections, and look-alikes are not', async () => {
    const knowledge = shippedKnowledge(world.home)
    const [one, packaged, none] = [byPath, npmAgent, innocent].map((shape) => world.start(shape))
    await world.connected()
    const picture = await new Discovery(knowledge.catalogue, world.home, { observer: new PortableObserver() }).picture()
    const { agents } = reportOf(picture, contextOf(knowledge, world.home))
    const found = agents.find(({ pid }) => pid === one!.pid)
    expect(found).toMatchObject({ agent: 'custom', script: expect.stringContaining('my agent/agent.mjs'), startedBy: { pid: process.pid } })
    expect(found!.connections).toContainEqual(expect.objectContaining({ protocol: 'tcp', state: 'established', remote: new URL(world.model).host, model: expect.any(String) }))
    expect(agents.find(({ pid }) => pid === packaged!.pid)).toMatchObject({ agent: 'codex' })
    expect(agents.map(({ pid }) => pid)).not.toContain(none!.pid)
  })

  test('a watch tells of an agent when it starts and when it ends', async ({ onTestFinished }) => {
    const knowledge = shippedKnowledge(world.home)
    const changes: WatchChange[] = []
    const watch = new Watch(new Discovery(knowledge.catalogue, world.home, { observer: new PortableObserver() }), () => contextOf(knowledge, world.home), (change) => changes.push(change))
    await watch.start()
    onTestFinished(() => watch.stop())
    expect(watch.eventsProblem).toContain('Only Linux')
    const child = world.start(byPath)
    const last = (): string | undefined => changes.findLast(({ agent }) => agent.pid === child.pid)?.change
    await expect.poll(last, { timeout: 15_000 }).toMatch(/found|changed/)
    await world.end(child)
    await expect.poll(last, { timeout: 15_000 }).toBe('gone')
  })
})

test('a command line that is told as one text is taken apart by blanks, quotes and files that are there', () => {
  expect(wordsOf('/opt/My App/run --flag', '/opt/My App/run')).toEqual(['/opt/My App/run', '--flag'])
  expect(wordsOf('"C:\\Program Files\\node.exe" "C:\\my agent\\a.js" -x', undefined)).toEqual(['C:\\Program Files\\node.exe', 'C:\\my agent\\a.js', '-x'])
  expect(wordsOf('', undefined)).toEqual([])
})
