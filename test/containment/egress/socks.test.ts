import { createServer } from 'node:net'
import { describe, expect, test } from 'vitest'
import { clientHello } from './client-hello.ts'
import { Client, credentialsOf, deny, egressWith, has, listening, run } from './fixture.ts'
import type { Egress } from '../../../electron/containment/egress/egress.ts'

const echo = (): Promise<number> => listening(createServer((socket) => socket.pipe(socket)))

function login(egress: Egress, password = credentialsOf(egress).split(':')[1]!): number[] {
  const user = credentialsOf(egress).split(':')[0]!
  return [1, user.length, ...Buffer.from(user), password.length, ...Buffer.from(password)]
}

const name = (host: string): number[] => [3, host.length, ...Buffer.from(host)]
const port = (number: number): number[] => [number >> 8, number & 255]

/** Logs in and asks; gives the reply code. */
async function ask(client: Client, egress: Egress, command: number, address: number[], portNumber: number): Promise<number> {
  client.say([5, 2, 0, 2])
  await client.until((heard) => heard.length >= 2)
  client.say(login(egress))
  await client.until((heard) => heard.length >= 4)
  client.say([5, command, 0, ...address, ...port(portNumber)])
  const heard = await client.until((bytes) => bytes.length >= 14)
  expect([...heard.subarray(0, 4)]).toEqual([5, 2, 1, 0])
  client.heard = heard.subarray(14)
  return heard[5]!
}

describe('SOCKS5', () => {
  test('curl reaches a host by name', async (ctx) => {
    if (!(await has('curl', '--version'))) ctx.skip('there is no curl on this machine')
    const server = await listening(createServer((socket) => socket.once('data', () => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi'))))
    const egress = await egressWith()
    const ran = await run('curl', ['-sS', '--proxy', `socks5h://${credentialsOf(egress)}@127.0.0.1:${egress.proxyPort}`, `http://a.example:${server}/`])
    expect(ran).toMatchObject({ code: 0, stdout: 'hi' })
    expect(egress.asked).toEqual([{ host: 'a.example', port: server }])
  })

  test.for([
    ['a name', name('A.Example.'), 'a.example'],
    ['an IPv4 address', [1, 127, 0, 0, 1], '127.0.0.1'],
    ['an IPv4 address in IPv6', [4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255, 127, 0, 0, 1], '127.0.0.1'],
    ['an address written as a name', name('0x7f.1'), '127.0.0.1'],
  ] as const)('connects to %s, which is judged in its canonical form', async ([, address, host]) => {
    const server = await echo()
    const egress = await egressWith()
    const client = new Client(egress.proxyPort)
    expect(await ask(client, egress, 1, [...address], server)).toBe(0)
    expect(await client.say('ping').text('ping')).toBe('ping')
    expect(egress.asked[0]).toMatchObject({ host, port: server })
  })

  test('takes a greeting byte by byte', async () => {
    const server = await echo()
    const egress = await egressWith()
    const client = new Client(egress.proxyPort)
    client.socket.setNoDelay(true)
    const bytes = [5, 1, 2, ...login(egress), 5, 1, 0, ...name('a.example'), ...port(server), ...Buffer.from('early')]
    for (const byte of bytes) {
      client.say([byte])
      await new Promise(setImmediate)
    }
    await client.text('early')
    expect([...client.heard.subarray(0, 6)]).toEqual([5, 2, 1, 0, 5, 0])
  })

  test.for([
    ['a denial', 1, name('a.example'), 443, 2],
    ['another command', 3, name('a.example'), 443, 7],
    ['an unknown kind of address', 1, [9], 443, 8],
    ['no name', 1, name('a b'), 443, 1],
    ['port 0', 1, name('a.example'), 0, 1],
  ] as const)('%s has its reply', async ([, command, address, portNumber, reply]) => {
    const egress = await egressWith(deny('no'))
    expect(await ask(new Client(egress.proxyPort), egress, command, [...address], portNumber)).toBe(reply)
  })

  test('a server that is not there has its reply', async () => {
    const server = createServer()
    const portNumber = await listening(server)
    await new Promise((resolve) => server.close(resolve))
    const egress = await egressWith()
    expect(await ask(new Client(egress.proxyPort), egress, 1, name('a.example'), portNumber)).toBe(5)
    const nameless = await egressWith({ lookup: async () => [] })
    expect(await ask(new Client(nameless.proxyPort), nameless, 1, name('a.example'), portNumber)).toBe(4)
  })

  test('without the credentials of the run nobody is served', async () => {
    const egress = await egressWith()
    const open = new Client(egress.proxyPort).say([5, 1, 0])
    await open.toEnd()
    expect([...open.heard]).toEqual([5, 255])
    const wrong = new Client(egress.proxyPort).say([5, 1, 2, ...login(egress, 'guess')])
    await wrong.toEnd()
    expect([...wrong.heard]).toEqual([5, 2, 1, 1])
    expect(egress.asked).toEqual([])
  })

  test('the name in TLS is compared here too', async () => {
    const server = await echo()
    const egress = await egressWith()
    const client = new Client(egress.proxyPort)
    await ask(client, egress, 1, name('shop.example'), server)
    await client.say(clientHello('evil.example')).toEnd()
    expect(client.heard[0]).toBe(21)
  })

  test('the question is taken back when the client leaves; a slow greeting is dropped', async () => {
    let gone: AbortSignal | undefined
    const egress = await egressWith({ patienceMs: 300, decide: (_destination, signal) => new Promise(() => (gone = signal)) })
    const client = new Client(egress.proxyPort)
    void ask(client, egress, 1, name('a.example'), 443).catch(() => {})
    await expect.poll(() => gone).toBeDefined()
    client.socket.destroy()
    await expect.poll(() => gone!.aborted).toBe(true)
    await new Client(egress.proxyPort).say([5, 2]).toEnd()
  })
})
