import { readdirSync, readFileSync } from 'node:fs'
import { createServer, type IncomingMessage } from 'node:http'
import { createServer as createTcpServer, type AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { landlockAbi } from '../../electron/containment/linux/landlock.ts'
import { ContainedMachine } from './contained-machine.ts'

// What of the operator's environment and secrets reaches a contained agent, and what reaches hosts in its requests. Addresses of this
// machine that no client takes for loopback stand for hosts.

let machine: ContainedMachine
const closers: (() => unknown)[] = []

beforeEach(async (ctx) => {
  if (process.platform !== 'linux') return ctx.skip('agents are contained this way on Linux only')
  if (landlockAbi() < 6) return ctx.skip(`this kernel's Landlock (ABI ${landlockAbi()}) can't hold an agent`)
  machine = await new ContainedMachine().start()
})
afterEach(async () => {
  await machine?.close()
  closers.splice(0).forEach((close) => close())
})

const POLICY = `
paddock: 1
name: shop
extends: [base]
files: { read: { allow: ["\${workspace}/**"] } }
commands: { allow: ["{sh,node,curl} *"] }
network: { allow: ["127.0.0.2", "127.0.0.3"] }
`
const VALUE = ['the', 'real', 'value', '4711'].join('-')
const shop = (env: Record<string, string>): { options: string[]; env: Record<string, string> } => ({ options: ['--policy', 'shop'], env })
const SHOW = ['node', '-e', 'console.log(JSON.stringify(process.env))']

async function environmentOf(env: Record<string, string>): Promise<Record<string, string>> {
  const { stdout, stderr } = await machine.run(SHOW, shop(env))
  expect(stderr).toBe('')
  return JSON.parse(stdout) as Record<string, string>
}

describe('the environment of a contained agent', () => {
  test('has what every program needs and what policy passes, and no secret that policy does not name', async () => {
    machine.policy(`${POLICY}environment: { pass: [SHOP_URL, SHOP_TOKEN, "OTHER_*"] }\n`, 'shop')
    const environment = await environmentOf({ LANG: 'C.UTF-8', SHOP_URL: 'u', SHOP_TOKEN: 't', OTHER_NAME: 'n', OTHER_TOKEN: VALUE, AWS_SECRET_ACCESS_KEY: VALUE, UNKNOWN: VALUE, NODE_OPTIONS: '--no-warnings' })
    expect(environment).toMatchObject({ LANG: 'C.UTF-8', HOME: machine.home, SHOP_URL: 'u', SHOP_TOKEN: 't', OTHER_NAME: 'n' })
    expect(JSON.stringify(environment)).not.toContain(VALUE)
    expect(environment['NODE_OPTIONS']).toBeUndefined()
  })

  test('has the run, its proxy, and no reason to ask the network for news', async () => {
    machine.policy(POLICY, 'shop')
    expect(await environmentOf({})).toMatchObject({
      PADDOCK_RUN: expect.stringMatching(/^run-/), HTTPS_PROXY: expect.stringMatching(/^http:\/\/.*@127\.0\.0\.1:/), NO_UPDATE_NOTIFIER: '1', npm_config_update_notifier: 'false',
    })
  })
})

/** A host that answers with what it was told as authorization. */
async function host(address: string): Promise<{ port: number; seen: IncomingMessage[] }> {
  const seen: IncomingMessage[] = []
  const server = createServer((request, response) => {
    seen.push(request)
    response.end('done')
  })
  await new Promise<void>((resolve) => server.listen(0, address, resolve))
  closers.push(() => server.close())
  return { port: (server.address() as AddressInfo).port, seen }
}

test('a connection that turns out to be meant for another host is closed, and the record says so', async () => {
  machine.policy(POLICY, 'shop')
  let came = ''
  const server = createTcpServer((socket) => socket.on('error', () => {}).on('data', (chunk: Buffer) => (came += chunk.toString('latin1'))))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.2', resolve))
  closers.push(() => server.close())
  const { port } = server.address() as AddressInfo
  const fronting = `const { hostname, port, username, password } = new URL(process.env.HTTPS_PROXY)
    const socket = require('net').connect(port, hostname)
    socket.write('CONNECT 127.0.0.2:${port} HTTP/1.1\\r\\nProxy-Authorization: Basic ' + Buffer.from(username + ':' + password).toString('base64') + '\\r\\n\\r\\n')
    socket.once('data', () => require('tls').connect({ socket, servername: 'hidden.example' }).on('error', () => console.log('closed')))`
  expect((await machine.run(['node', '-e', fronting], shop({}))).stdout).toBe('closed\n')
  expect(came).toBe('')
  const differences = (await machine.timeline()).filter((row) => row.kind === 'contained' && row.change === 'differs')
  expect(differences).toMatchObject([{ message: expect.stringContaining(`A connection to 127.0.0.2:${port} was closed: The connection was decided for 127.0.0.2, but its TLS greeting names "hidden.example".`) }])
})

/** Everything that Paddock has written, as text. */
function written(folder = join(machine.root, 'paddock')): string {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'latin1'))
    .join('\n')
}

describe('a secret that goes into requests', () => {
  const INJECT = `${POLICY}environment: { inject: [{ variable: SHOP_TOKEN, host: 127.0.0.2, headers: [authorization], upgrade: false }] }\n`
  /** A program of the agent's that shows its variable and asks the host. */
  const asking = (port: number): string[] => [
    'node', '-e', `const { SHOP_TOKEN: token } = process.env; console.log(token); require('http').get('http://127.0.0.2:${port}/', { headers: { authorization: 'Bearer ' + token, 'x-other': token } }, (answer) => answer.pipe(process.stdout))`,
  ]

  test('is a placeholder for the agent, another in each run, and the value for its host', async () => {
    machine.policy(INJECT, 'shop')
    const { port, seen } = await host('127.0.0.2')
    const runs = [await machine.run(asking(port), shop({ SHOP_TOKEN: VALUE })), await machine.run(asking(port), shop({ SHOP_TOKEN: VALUE }))]
    const shown = runs.map(({ stdout }) => stdout.split('\n'))
    expect(shown.map(([, answer]) => answer)).toEqual(['done', 'done'])
    expect(shown[0]![0]).toMatch(/^paddock-secret-[0-9a-f]{48}$/)
    expect(shown[1]![0]).not.toBe(shown[0]![0])
    expect(seen.map(({ headers }) => headers.authorization)).toEqual([`Bearer ${VALUE}`, `Bearer ${VALUE}`])
    expect(seen[0]!.headers['x-other']).toBe(shown[0]![0])
    expect(runs.map(({ stdout, stderr }) => stdout + stderr).join('')).not.toContain(VALUE)
  })

  test('is nowhere in the record and files of Paddock', async () => {
    machine.policy(INJECT, 'shop')
    const { port } = await host('127.0.0.2')
    await machine.run(asking(port), shop({ SHOP_TOKEN: VALUE }))
    expect(JSON.stringify(await machine.timeline())).not.toContain(VALUE)
    await machine.stopBroker()
    expect(written()).toContain('SHOP_TOKEN')
    expect(written()).not.toContain(VALUE)
  })

  test('reaches no other host, whichever way', async (ctx) => {
    if ((await machine.run(['sh', '-c', 'command -v curl'])).code !== 0) ctx.skip('there is no curl on this machine')
    machine.policy(INJECT, 'shop')
    const other = await host('127.0.0.3')
    const meant = await host('127.0.0.2')
    const token = '-H "authorization: $SHOP_TOKEN"'
    const direct = `curl -sS --noproxy "*" ${token} http://127.0.0.2:${meant.port}/`
    await machine.sh(`curl -sS ${token} http://127.0.0.3:${other.port}/; curl -sS ${token} -H "host: 127.0.0.2:${meant.port}" http://127.0.0.3:${other.port}/; ${direct}`, shop({ SHOP_TOKEN: VALUE }))
    const got = [...other.seen, ...meant.seen].map(({ headers }) => headers.authorization)
    expect(got.length).toBeGreaterThanOrEqual(2)
    expect(got.join()).not.toContain(VALUE)
  })

  test('is gone from requests once the policy no longer says so', async () => {
    machine.policy(INJECT, 'shop')
    const { port, seen } = await host('127.0.0.2')
    const twice = `const ask = (then) => require('http').get('http://127.0.0.2:${port}/', { headers: { authorization: process.env.SHOP_TOKEN } }, ({ statusCode }) => { console.log(statusCode); then() }); const again = () => require('fs').existsSync('go') ? ask(process.exit) : setTimeout(again, 20); ask(again)`
    const { ended } = machine.begin(['node', '-e', twice], shop({ SHOP_TOKEN: VALUE }))
    while (seen.length === 0) await new Promise((resolve) => setTimeout(resolve, 20))
    const before = await machine.revision()
    machine.policy(POLICY, 'shop')
    while ((await machine.revision()) === before) await new Promise((resolve) => setTimeout(resolve, 20))
    machine.write('work/go', '')
    expect((await ended).stdout).toBe('200\n502\n')
    expect(seen.map(({ headers }) => headers.authorization)).toEqual([VALUE])
  })

  test('is not found in the processes around the agent', async () => {
    machine.policy(INJECT, 'shop')
    const search = `const { readdirSync, readFileSync } = require('fs'); const { ppid, pid } = process
      for (const each of [ppid, pid, 'self', ...Array(400).keys()].flatMap((n) => [n, typeof n === 'number' ? ppid - n : n]))
        for (const file of ['environ', 'mem', 'task/' + each + '/environ']) try { console.log(readFileSync('/proc/' + each + '/' + file, 'latin1')) } catch {}`
    const { stdout } = await machine.run(['node', '-e', search], shop({ SHOP_TOKEN: VALUE }))
    expect(stdout).toContain('PADDOCK_RUN')
    expect(stdout).not.toContain(VALUE)
  })

  test('that the operator does not have is no variable at all', async () => {
    machine.policy(INJECT, 'shop')
    expect((await environmentOf({}))['SHOP_TOKEN']).toBeUndefined()
  })
})
