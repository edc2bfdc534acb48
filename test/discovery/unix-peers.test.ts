import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { parseUnixDiag, unixDiagRequest } from '../../electron/discovery/linux/unix-diag.ts'
import { dumpUnixSockets } from '../../electron/discovery/linux/unix-dump.ts'
import { onLinuxOnly } from './linux-only.ts'
import { startAndLook } from './look.ts'
import { World } from './world.ts'

onLinuxOnly()

let world: World
beforeAll(async () => (world = await World.open()))
afterAll(() => world.close())

/** One socket as the kernel writes it, with these attributes. */
function answer(inode: number, attributes: readonly (readonly [number, Buffer])[]): Buffer {
  const body = Buffer.alloc(16)
  body.set([1, 1, 1])
  body.writeUInt32LE(inode, 4)
  const parts = attributes.map(([type, value]) => {
    const part = Buffer.alloc((4 + value.length + 3) & ~3)
    part.writeUInt16LE(4 + value.length, 0)
    part.writeUInt16LE(type, 2)
    value.copy(part, 4)
    return part
  })
  const header = Buffer.alloc(16)
  const all = Buffer.concat([header, body, ...parts])
  all.writeUInt32LE(all.length, 0)
  all.writeUInt16LE(20, 4)
  return all
}
const number = (value: number): Buffer => Buffer.from(Uint32Array.of(value).buffer)
const inodes = fc.integer({ min: 1, max: 0xffffffff })

test('names and other ends are read from what the kernel answers, wherever it is cut off', () => {
  const sockets = fc.array(fc.record({ inode: inodes, name: fc.string({ minLength: 1, maxLength: 100 }).filter((text) => !text.includes('\0')), peer: inodes }), { maxLength: 8 })
  fc.assert(fc.property(sockets, fc.nat(), (all, cut) => {
    const messages = all.map(({ inode, name, peer }) => answer(inode, [[0, Buffer.from(`${name}\0`)], [2, number(peer)]]))
    const bytes = Buffer.concat(messages)
    const told = all.map((one) => ({ ...one, state: 'established' }))
    expect(parseUnixDiag(bytes)).toEqual({ sockets: told, end: false, failed: undefined })
    const part = parseUnixDiag(bytes.subarray(0, cut % (bytes.length + 1))).sockets
    expect(part).toEqual(told.slice(0, part.length))
  }))
})

test('whatever the kernel answers, reading it does not fail', () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
    expect(Array.isArray(parseUnixDiag(Buffer.from(bytes)).sockets)).toBe(true)
    expect(Array.isArray(parseUnixDiag(answer(1, [[0, Buffer.from(bytes)]])).sockets)).toBe(true)
  }))
})

test('the question is one for every Unix socket, with names and other ends', () => {
  const bytes = unixDiagRequest()
  expect([bytes.readUInt32LE(0), bytes.readUInt16LE(4), bytes[16], bytes.readUInt32LE(28)]).toEqual([40, 20, 1, 5])
})

test.for([
  { what: 'in a folder', name: (folder: string) => join(folder, 'a b.sock'), told: (folder: string) => join(folder, 'a b.sock') },
  { what: 'in no folder', name: (folder: string) => `\0${folder}`, told: (folder: string) => `@${folder}` },
])('a client of a socket $what has the end of the server as its peer', async ({ name, told }, { skip }) => {
  const folder = mkdtempSync(join(tmpdir(), 'paddock-unix-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const server = createServer().listen(name(folder))
  onTestFinished(() => void server.close())
  await once(server, 'listening')
  const client = connect(name(folder))
  onTestFinished(() => void client.destroy())
  const [[accepted]] = await Promise.all([once(server, 'connection') as Promise<[{ destroy(): void }]>, once(client, 'connect')])
  onTestFinished(() => accepted.destroy())
  const dump = dumpUnixSockets()
  if (!dump.ok) return skip(dump.error)
  const named = dump.value.filter((socket) => socket.name === told(folder))
  expect(named.map(({ state }) => state).toSorted()).toEqual(['established', 'listening'])
  const end = named.find(({ state }) => state === 'established')!
  const other = dump.value.find(({ inode }) => inode === end.peer)
  expect(other).toMatchObject({ name: '', peer: end.inode })
})

test('an agent that is connected to a socket is told with the process that serves it', async ({ skip }) => {
  const dump = dumpUnixSockets()
  if (!dump.ok) return skip(dump.error)
  const path = join(world.home, 'docker.sock')
  const server = world.spawn(process.execPath, ['-e', `require('net').createServer(() => {}).listen(${JSON.stringify(path)}, () => console.log('up'))`], {})
  await once(server.stdout!, 'data')
  const agent = `const { execSync } = require('child_process')
require('net').connect(${JSON.stringify(path)})
async function step() { const r = await fetch(process.env.OPENAI_BASE_URL + '/chat/completions', { method: 'POST' }); for (const c of (await r.json()).tool_calls) execSync(c.command) }
step()`
  const shape = { what: 'a client', files: { 'a.cjs': agent }, command: ['NODE', 'a.cjs'], env: { OPENAI_BASE_URL: 'MODEL' }, agent: 'custom' }
  const isTold = ({ found }: { found: { connections: { protocol: string }[] }[] }): boolean => found.some(({ connections }) => connections.some(({ protocol }) => protocol === 'unix'))
  const [judged] = await startAndLook(world, [shape], (all) => all.every(isTold))
  expect(judged!.found[0]!.connections).toContainEqual({ protocol: 'unix', state: 'established', local: '', remote: path, peer: { pid: server.pid, program: process.execPath } })
})
