import { createServer, type AddressInfo } from 'node:net'
import { once } from 'node:events'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { parseCatalogue } from '../../electron/discovery/catalogue/catalogue.ts'
import { Discovery, type ModelServer } from '../../electron/discovery/discovery.ts'
import { onLinuxOnly } from './linux-only.ts'
import { World } from './world.ts'

onLinuxOnly()

let world: World
beforeAll(async () => (world = await World.open()))
afterAll(() => world.close())

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}

/** A server of no known name that answers like this, and what discovery makes of it; `asked` is every request that it got. */
async function look(answer: string, address = '127.0.0.1', probe = true): Promise<{ servers: readonly ModelServer[]; asked: () => string; again: () => Promise<void> }> {
  const port = await freePort()
  const catalogue = parseCatalogue([{ file: 'servers.yaml', text: `servers:\n  ollama: { name: Ollama, ports: [${port}], probe: /api/version, answers: ['"version"'] }\n` }])
  if (!catalogue.ok) throw new Error(catalogue.error.join())
  const code = `require('http').createServer((q, r) => { console.log(q.method + ' ' + q.url); r.end(${JSON.stringify(answer)}) }).listen(${port}, '${address}', () => console.log('up'))`
  const child = world.spawn(process.execPath, ['-e', code], {})
  let said = ''
  child.stdout!.on('data', (text: Buffer) => (said += text.toString()))
  await expect.poll(() => said).toContain('up')
  const discovery = new Discovery(catalogue.value, world.home)
  const again = async (): Promise<void> => void (await discovery.picture({ probe }))
  const { modelServers } = await discovery.picture({ probe })
  return { servers: modelServers.filter(({ process }) => process.pid === child.pid), asked: () => said, again }
}

test('a model server under another name is known by its answer, and asked once', async () => {
  const { servers, asked, again } = await look('{"version":"0.9.1"}')
  expect(servers).toMatchObject([{ id: 'ollama', name: 'Ollama' }])
  await again()
  await expect.poll(() => asked().match(/^GET .*$/gm)).toEqual(['GET /api/version'])
})

test('another server on that port is none', async () => {
  const { servers } = await look('<html>')
  expect(servers).toEqual([])
})

test('nobody is asked where that is switched off', async () => {
  const { servers, asked } = await look('{"version":"0.9.1"}', '127.0.0.1', false)
  expect(servers).toEqual([])
  expect(asked()).not.toContain('GET')
})
