import { createServer as createHttpServer } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import { createServer, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { LONGEST_HELLO_BYTES, readFirstBytes } from '../../../electron/containment/egress/client-hello.ts'
import { selfSigned } from './certificate.ts'
import { clientHello, inRecords } from './client-hello.ts'
import { Client, deny, egressWith, has, listening, run } from './fixture.ts'

/** Sends back what it gets, and ends when it is ended. */
const echo = (): Promise<number> => listening(createServer({ allowHalfOpen: true }, (socket) => socket.pipe(socket)))

describe('a tunnel', () => {
  test('carries TLS of curl to the host that was decided', async (ctx) => {
    const identity = await selfSigned('shop.example', 'other.example')
    if (!identity || !(await has('curl', '--version'))) ctx.skip('there is no openssl or no curl on this machine')
    const port = await listening(createHttpsServer(identity!, (request, response) => response.end(`hello from ${request.headers.host}`)))
    const egress = await egressWith()
    const ran = await run('curl', ['-sSk', `https://shop.example:${port}/`], egress.environment())
    expect(ran).toMatchObject({ code: 0, stdout: `hello from shop.example:${port}` })
    expect(egress.asked).toEqual([{ host: 'shop.example', port }])
  })

  test('carries the fetch of Node', async (ctx) => {
    const identity = await selfSigned('shop.example')
    if (!identity) ctx.skip('there is no openssl on this machine')
    const port = await listening(createHttpsServer(identity!, (_request, response) => response.end('hello')))
    const egress = await egressWith()
    const code = `fetch('https://shop.example:${port}/').then((r) => r.text()).then(console.log)`
    const ran = await run(process.execPath, ['-e', code], { ...egress.environment(), NODE_USE_ENV_PROXY: '1', NODE_TLS_REJECT_UNAUTHORIZED: '0' })
    expect(ran.stdout).toBe('hello\n')
  })

  test('that is denied is a 403 that says why', async () => {
    const egress = await egressWith(deny('No rule allows it.'))
    const client = new Client(egress.proxyPort)
    expect(await client.connectTo(egress, 'shop.example:443')).toMatch(/^HTTP\/1.1 403 /)
    expect(await client.toEnd()).toBe('No rule allows it.\n')
  })

  test('lets the server speak first, and each side end by itself', async () => {
    const port = await listening(createServer({ allowHalfOpen: true }, (socket) => {
      socket.write('220 ready\r\n')
      let heard = ''
      socket.on('data', (chunk: Buffer) => (heard += chunk.toString()))
      socket.on('end', () => socket.end(`heard ${heard}`))
    }))
    const egress = await egressWith()
    const client = new Client(egress.proxyPort)
    await client.connectTo(egress, `mail.example:${port}`)
    await client.text('220 ready')
    client.say('QUIT')
    client.socket.end()
    expect(await client.toEnd()).toBe('220 ready\r\nheard QUIT')
  })

  test('ends on the other side when one side breaks', async () => {
    const accepted: Socket[] = []
    const port = await listening(createServer((socket) => void accepted.push(socket.resume())))
    const egress = await egressWith()
    const client = new Client(egress.proxyPort)
    await client.connectTo(egress, `a.example:${port}`)
    client.say('x').socket.resetAndDestroy()
    await expect.poll(() => accepted[0]?.destroyed).toBe(true)
    const other = new Client(egress.proxyPort)
    await other.connectTo(egress, `a.example:${port}`)
    await expect.poll(() => accepted.length).toBe(2)
    accepted[1]!.resetAndDestroy()
    await other.toEnd()
  })

  test('delivers everything to a slow reader after the server has gone', async () => {
    const size = 8_000_000
    const port = await listening(createServer((socket) => socket.end(Buffer.alloc(size, 'z'))))
    const egress = await egressWith()
    const client = new Client(egress.proxyPort)
    await client.connectTo(egress, `a.example:${port}`)
    client.socket.pause()
    await new Promise((resolve) => setTimeout(resolve, 200))
    client.socket.resume().end()
    await client.until(() => false)
    expect(client.heard.length).toBe(size)
  })

  test('to port 80 is read as plain HTTP, request by request', async (ctx) => {
    const server = createHttpServer((request, response) => response.end(`${request.headers.host}${request.url}`))
    const bound = await listening(server, '127.0.0.80', 80).catch(() => undefined)
    if (bound === undefined) ctx.skip('port 80 of 127.0.0.80 can\'t be used on this machine')
    const egress = await egressWith({
      lookup: async (_name, family) => (family === 4 ? ['127.0.0.80'] : []),
      decide: async ({ path }) => (path === '/bad' ? { allowed: false, message: 'not this path' } : { allowed: true }),
    })
    const client = new Client(egress.proxyPort)
    await client.connectTo(egress, 'a.example:80')
    await client.say('GET /good HTTP/1.1\r\nHost: a.example\r\n\r\n').text('a.example/good')
    await client.say('GET /bad HTTP/1.1\r\nHost: a.example\r\n\r\n').text('not this path')
    const fronting = new Client(egress.proxyPort)
    await fronting.connectTo(egress, 'a.example:80')
    expect(await fronting.say('GET / HTTP/1.1\r\nHost: b.example\r\n\r\n').toEnd()).toMatch(/^HTTP\/1.1 400 [\s\S]*names b.example/)
    expect(egress.asked.map(({ path }) => path)).toEqual(['/good', '/bad'])
    const ran = await run(process.execPath, ['-e', `fetch('http://a.example/node').then((r) => r.text()).then(console.log)`], { ...egress.environment(), NODE_USE_ENV_PROXY: '1' })
    expect(ran.stdout).toBe('a.example/node\n')
  })
})

describe('what a tunnel carries is compared with what was decided', () => {
  const HELLO = clientHello('shop.example')

  test.for([
    ['in one piece', [HELLO]],
    ['byte by byte', [...HELLO].map((byte) => Buffer.from([byte]))],
    ['in records of 7 bytes', [inRecords(HELLO, 7)]],
    ['beside noise that looks like an encrypted greeting', [clientHello('shop.example', { encrypted: true })]],
    ['with another case and a dot', [clientHello('SHOP.Example.')]],
  ] as const)('the right name passes %s', async ([, pieces]) => {
    const port = await echo()
    const egress = await egressWith()
    const client = new Client(egress.proxyPort)
    await client.connectTo(egress, `shop.example:${port}`)
    client.socket.setNoDelay(true)
    for (const piece of pieces) {
      client.say(piece)
      if (pieces.length > 1) await new Promise(setImmediate)
    }
    const whole = Buffer.concat(pieces)
    expect((await client.until((heard) => heard.length >= whole.length)).equals(whole)).toBe(true)
  })

  test.for([
    ['another name', clientHello('evil.example')],
    ['the public name of a front, with an encrypted inner greeting', clientHello('front.example', { encrypted: true })],
    ['another name in small records', inRecords(clientHello('evil.example'), 5)],
    ['no name', clientHello(undefined)],
    ['two names', clientHello('shop.example', { second: 'evil.example' })],
    ['a name that is none', clientHello('shop.example\0.evil.example')],
    ['an extension twice', clientHello('shop.example', { again: true })],
    ['a greeting that stops half-way', clientHello('shop.example').subarray(0, 40)],
    ['a greeting too long', inRecords(Buffer.concat([Buffer.from([22, 3, 1, 0, 4, 1, 0xff, 0xff, 0xff]), Buffer.alloc(100)]), 100)],
  ] as const)('%s does not reach the server', async ([, hello]) => {
    let heard = 0
    const port = await listening(createServer((socket) => socket.on('data', (chunk: Buffer) => (heard += chunk.length))))
    const told: string[] = []
    const egress = await egressWith({ patienceMs: 300, onContradiction: (_destination, { message }) => told.push(message) })
    const client = new Client(egress.proxyPort)
    await client.connectTo(egress, `shop.example:${port}`)
    client.say(hello)
    await client.toEnd()
    expect([...client.heard]).toEqual([21, 3, 3, 0, 2, 2, 112])
    expect(heard).toBe(0)
    expect(told).toHaveLength(1)
    expect(told[0]).toContain('shop.example')
  })

  test('an address needs no name, and none fits it', async () => {
    const port = await echo()
    const egress = await egressWith()
    const client = new Client(egress.proxyPort)
    await client.connectTo(egress, `127.0.0.1:${port}`)
    const hello = clientHello(undefined)
    await client.say(hello).until((heard) => heard.length >= hello.length)
    const named = new Client(egress.proxyPort)
    await named.connectTo(egress, `127.0.0.1:${port}`)
    await named.say(HELLO).toEnd()
    expect(named.heard[0]).toBe(21)
  })

  test('other ports carry anything', async () => {
    const port = await echo()
    const egress = await egressWith()
    for (const bytes of ['SSH-2.0-x\r\n', '\x16not TLS', 'GET / HTTP/1.1\r\n\r\n']) {
      const client = new Client(egress.proxyPort)
      await client.connectTo(egress, `shop.example:${port}`)
      expect(await client.say(bytes).text(bytes)).toBe(bytes)
    }
  })

  test('port 443 carries TLS only, and says so', async (ctx) => {
    const bound = await listening(createServer((socket) => socket.pipe(socket)), '127.0.0.43', 443).catch(() => undefined)
    if (bound === undefined) ctx.skip('port 443 of 127.0.0.43 can\'t be used on this machine')
    const egress = await egressWith({ lookup: async (_name, family) => (family === 4 ? ['127.0.0.43'] : []) })
    const client = new Client(egress.proxyPort)
    await client.connectTo(egress, 'shop.example:443')
    expect(await client.say('SSH-2.0-x\r\n').toEnd()).toContain('does not carry TLS')
  })

  test('what Node and OpenSSL send is read', async () => {
    const egress = await egressWith()
    const port = await echo()
    const client = new Client(egress.proxyPort)
    await client.connectTo(egress, `evil.example:${port}`)
    const secure = connectTls({ socket: client.socket, servername: 'shop.example', rejectUnauthorized: false })
    const error = await new Promise<Error>((resolve) => secure.on('error', resolve))
    expect(error.message).toMatch(/unrecognized name/)
  })

  test('no bytes make the reader fail, and it never asks for bytes without end', () => {
    const anyBytes = fc.oneof(
      fc.uint8Array({ maxLength: 200 }),
      fc.tuple(fc.nat(HELLO.length - 1), fc.nat(255), fc.nat(HELLO.length)).map(([at, byte, length]) => {
        const bytes = Buffer.from(HELLO)
        bytes[at] = byte
        return bytes.subarray(0, length)
      }),
    )
    fc.assert(
      fc.property(anyBytes, (bytes) => {
        const seen = readFirstBytes(Buffer.from(bytes))
        return seen.kind !== 'incomplete' || (seen.needs > bytes.length && seen.needs <= LONGEST_HELLO_BYTES * 2)
      }),
      { numRuns: 3000 },
    )
  })

  test('a greeting is read the same however it is cut into records', () => {
    fc.assert(fc.property(fc.integer({ min: 1, max: 300 }), (size) => isDeepStrictEqual(readFirstBytes(inRecords(HELLO, size)), { kind: 'hello', serverName: 'shop.example' })))
  })
})
