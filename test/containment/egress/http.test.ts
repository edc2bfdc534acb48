import { createServer, type IncomingMessage } from 'node:http'
import { createServer as createTcpServer } from 'node:net'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Client, deny, egressWith, has, listening, proxyAuthorization, run } from './fixture.ts'

/** A server that tells what reached it. */
async function echo(): Promise<{ port: number; seen: IncomingMessage[] }> {
  const seen: IncomingMessage[] = []
  const server = createServer((request, response) => {
    seen.push(request)
    let body = ''
    request.setEncoding('utf8').on('data', (chunk) => (body += chunk))
    request.on('end', () => response.end(`${request.method} ${request.url} ${body}`))
  })
  return { port: await listening(server), seen }
}

describe('plain HTTP through the proxy', () => {
  test('curl gets what the server says; the destination is judged by host, port, method and path', async (ctx) => {
    if (!(await has('curl', '--version'))) ctx.skip('there is no curl on this machine')
    const server = await echo()
    const egress = await egressWith()
    const ran = await run('curl', ['-sS', '--path-as-is', '-d', 'data', `http://Files.Example.:${server.port}/a/../%62%2Ec%2f?q=1`], egress.environment())
    expect(ran).toMatchObject({ code: 0, stdout: 'POST /b.c%2F?q=1 data' })
    expect(egress.asked).toEqual([{ host: 'files.example', port: server.port, method: 'POST', path: '/b.c%2F' }])
  })

  test('nothing of the proxy reaches the server, and the Host header is what was judged', async () => {
    const server = await echo()
    const egress = await egressWith()
    const client = new Client(egress.proxyPort)
    client.say(
      `GET http://FILES.example:${server.port}/ HTTP/1.1\r\nHost: files.example:${server.port}\r\nProxy-Authorization: ${proxyAuthorization(egress)}\r\nProxy-Connection: keep-alive\r\nConnection: X-Mine\r\nX-Mine: 1\r\nX-Other: 2\r\n\r\n`,
    )
    await client.text('GET /')
    expect(server.seen[0]!.rawHeaders).toEqual(['Host', `files.example:${server.port}`, 'X-Other', '2', 'Connection', 'close'])
  })

  test('a denial is a 403 that says why', async (ctx) => {
    if (!(await has('curl', '--version'))) ctx.skip('there is no curl on this machine')
    const server = await echo()
    const egress = await egressWith(deny('No rule allows it. Ask the operator.'))
    const ran = await run('curl', ['-sS', '-i', `http://files.example:${server.port}/`], egress.environment())
    expect(ran.stdout).toMatch(/^HTTP\/1.1 403 /)
    expect(ran.stdout).toContain('proxy-status: paddock; error=http_request_denied')
    expect(ran.stdout).toContain('No rule allows it. Ask the operator.')
    expect(server.seen).toEqual([])
  })

  test('every request on a connection is judged', async () => {
    const server = await echo()
    const egress = await egressWith({
      decide: async ({ path }) => (path === '/good' ? { allowed: true } : { allowed: false, message: `not ${path}` }),
    })
    const client = new Client(egress.proxyPort)
    const get = (path: string): string =>
      `GET http://files.example:${server.port}${path} HTTP/1.1\r\nHost: files.example:${server.port}\r\nProxy-Authorization: ${proxyAuthorization(egress)}\r\n\r\n`
    await client.say(get('/good')).text('GET /good')
    await client.say(get('/bad')).text('not /bad')
    expect(egress.asked.map(({ path }) => path)).toEqual(['/good', '/bad'])
    expect(server.seen.map(({ url }) => url)).toEqual(['/good'])
  })

  test('a judgement that fails is a denial', async () => {
    const egress = await egressWith({ decide: async () => Promise.reject(new Error('the policy is being replaced')) })
    const client = new Client(egress.proxyPort)
    client.say(`GET http://files.example/ HTTP/1.1\r\nHost: files.example\r\nProxy-Authorization: ${proxyAuthorization(egress)}\r\n\r\n`)
    expect(await client.toEnd()).toMatch(/^HTTP\/1.1 403 [\s\S]*the policy is being replaced/)
  })

  test('a server that is not there is a 502 that says so', async () => {
    const egress = await egressWith()
    const server = createTcpServer()
    const port = await listening(server)
    await new Promise((resolve) => server.close(resolve))
    const client = new Client(egress.proxyPort)
    client.say(`GET http://a.example:${port}/ HTTP/1.1\r\nHost: a.example:${port}\r\nProxy-Authorization: ${proxyAuthorization(egress)}\r\n\r\n`)
    expect(await client.toEnd()).toMatch(new RegExp(`^HTTP/1.1 502 [\\s\\S]*nothing listens at 127.0.0.1, port ${port}`))
  })

  test('a large body goes both ways, no faster than the slower end takes it', async () => {
    const size = 8_000_000
    let received = 0
    const server = createServer((request, response) => {
      request.on('data', (chunk: Buffer) => (received += chunk.length))
      request.on('end', () => response.end(Buffer.alloc(size, 'b')))
    })
    const port = await listening(server)
    const egress = await egressWith()
    const client = new Client(egress.proxyPort)
    client.say(`PUT http://a.example:${port}/ HTTP/1.1\r\nHost: a.example:${port}\r\nProxy-Authorization: ${proxyAuthorization(egress)}\r\nExpect: 100-continue\r\nContent-Length: ${size}\r\n\r\n`)
    expect(await client.text('\r\n\r\n')).toBe('HTTP/1.1 100 Continue\r\n\r\n')
    client.say(Buffer.alloc(size, 'a'))
    await client.until((heard) => heard.length > size)
    expect(received).toBe(size)
  })
})

describe('who may use the proxy', () => {
  test.for(['', `Proxy-Authorization: Basic ${Buffer.from('paddock:guess').toString('base64')}\r\n`, 'Proxy-Authorization: Bearer x\r\n'])(
    'not a client with %j',
    async (header) => {
      const egress = await egressWith()
      for (const first of ['GET http://a.example/', 'CONNECT a.example:443']) {
        const client = new Client(egress.proxyPort).say(`${first} HTTP/1.1\r\nHost: a.example\r\n${header}\r\n`)
        expect(await client.toEnd()).toMatch(/^HTTP\/1.1 407 [\s\S]*proxy-authenticate: Basic/)
      }
      expect(egress.asked).toEqual([])
    },
  )

  test('the credentials of one run are none in another', async () => {
    const [one, other] = [await egressWith(), await egressWith()]
    const client = new Client(one.proxyPort).say(`GET http://a.example/ HTTP/1.1\r\nHost: a.example\r\nProxy-Authorization: ${proxyAuthorization(other)}\r\n\r\n`)
    expect(await client.toEnd()).toMatch(/^HTTP\/1.1 407 /)
  })
})

describe('a request that could mean two things is refused', () => {
  test.for([
    ['both framings', 'POST http://a.example/ HTTP/1.1\r\nHost: a.example\r\nAUTH\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n', 400],
    ['two lengths', 'POST http://a.example/ HTTP/1.1\r\nHost: a.example\r\nAUTH\r\nContent-Length: 3\r\nContent-Length: 3\r\n\r\nabc', 400],
    ['a length with a sign', 'POST http://a.example/ HTTP/1.1\r\nHost: a.example\r\nAUTH\r\nContent-Length: +3\r\n\r\nabc', 400],
    ['an encoding below the chunks', 'POST http://a.example/ HTTP/1.1\r\nHost: a.example\r\nAUTH\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n', 501],
    ['chunks in HTTP/1.0', 'POST http://a.example/ HTTP/1.0\r\nHost: a.example\r\nAUTH\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n', 501],
    ['two encodings', 'POST http://a.example/ HTTP/1.1\r\nHost: a.example\r\nAUTH\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n', 400],
    ['bare line feeds', 'GET http://a.example/ HTTP/1.1\nHost: a.example\nAUTH\n\n', 400],
    ['a bare line feed in a header', 'GET http://a.example/ HTTP/1.1\r\nHost: a.example\r\nAUTH\r\nX: b\nY: c\r\n\r\n', 400],
    ['a bare carriage return', 'GET http://a.example/ HTTP/1.1\r\nHost: a.example\rX: b\r\nAUTH\r\n\r\n', 400],
    ['a folded header', 'GET http://a.example/ HTTP/1.1\r\nHost: a.example\r\nX: b\r\n c\r\nAUTH\r\n\r\n', 400],
    ['a blank before the colon', 'GET http://a.example/ HTTP/1.1\r\nHost : a.example\r\nAUTH\r\n\r\n', 400],
    ['another Host', 'GET http://a.example/ HTTP/1.1\r\nHost: b.example\r\nAUTH\r\n\r\n', 400],
    ['a Host with another port', 'GET http://a.example/ HTTP/1.1\r\nHost: a.example:81\r\nAUTH\r\n\r\n', 400],
    ['two Hosts', 'GET http://a.example/ HTTP/1.1\r\nHost: a.example\r\nHost: b.example\r\nAUTH\r\n\r\n', 400],
    ['no Host', 'GET http://a.example/ HTTP/1.1\r\nAUTH\r\n\r\n', 400],
    ['a user in the address', 'GET http://a.example@b.example/ HTTP/1.1\r\nHost: b.example\r\nAUTH\r\n\r\n', 400],
    ['a backslash', 'GET http://a.example\\@b.example/ HTTP/1.1\r\nHost: a.example\r\nAUTH\r\n\r\n', 400],
    ['a fragment', 'GET http://a.example/#b HTTP/1.1\r\nHost: a.example\r\nAUTH\r\n\r\n', 400],
    ['a path alone', 'GET /a HTTP/1.1\r\nHost: a.example\r\nAUTH\r\n\r\n', 400],
    ['another scheme', 'GET ftp://a.example/ HTTP/1.1\r\nHost: a.example\r\nAUTH\r\n\r\n', 400],
    ['CONNECT without a port', 'CONNECT a.example HTTP/1.1\r\nHost: a.example\r\nAUTH\r\n\r\n', 400],
    ['CONNECT to port 0', 'CONNECT a.example:0 HTTP/1.1\r\nHost: a.example\r\nAUTH\r\n\r\n', 400],
    ['CONNECT to no port', 'CONNECT a.example:70000 HTTP/1.1\r\nHost: a.example\r\nAUTH\r\n\r\n', 400],
    ['headers without end', `GET http://a.example/ HTTP/1.1\r\nHost: a.example\r\nAUTH\r\nX: ${'x'.repeat(70_000)}\r\n\r\n`, 431],
  ] as const)('%s', async ([, text, status]) => {
    const egress = await egressWith()
    const client = new Client(egress.proxyPort).say(text.replace('AUTH', `Proxy-Authorization: ${proxyAuthorization(egress)}`))
    expect(await client.toEnd()).toMatch(new RegExp(`^HTTP/1.1 ${status} [\\s\\S]*\\.\\n$`))
    expect(egress.asked).toEqual([])
  })

  test('CONNECT behind a request that has no answer yet', async () => {
    const egress = await egressWith({ decide: () => new Promise(() => {}) })
    const auth = `Proxy-Authorization: ${proxyAuthorization(egress)}`
    const client = new Client(egress.proxyPort)
    client.say(`GET http://a.example/ HTTP/1.1\r\nHost: a.example\r\n${auth}\r\n\r\nCONNECT b.example:443 HTTP/1.1\r\nHost: b.example\r\n${auth}\r\n\r\n`)
    expect(await client.toEnd()).toMatch(/^HTTP\/1.1 400 /)
    expect(egress.asked.map(({ host }) => host)).toEqual(['a.example'])
  })
})

describe('clients that take their time, or leave', () => {
  test('a client that never finishes its headers is told and dropped', async () => {
    const egress = await egressWith({ patienceMs: 200 })
    expect(await new Client(egress.proxyPort).say('GET http://a.example/ HTTP/1.1\r\nHost').toEnd()).toMatch(/^HTTP\/1.1 408 /)
  })

  test('a client that says nothing, or goes idle after an answer, is dropped', async () => {
    const server = await echo()
    const egress = await egressWith({ patienceMs: 200 })
    expect(await new Client(egress.proxyPort).toEnd()).toBe('')
    const client = new Client(egress.proxyPort)
    client.say(`GET http://a.example:${server.port}/ HTTP/1.1\r\nHost: a.example:${server.port}\r\nProxy-Authorization: ${proxyAuthorization(egress)}\r\n\r\n`)
    expect(await client.toEnd()).toMatch(/GET \/ $/)
  })

  test.for(['GET http://a.example/', 'CONNECT a.example:443'])('the question is taken back when the client of %s leaves', async (first) => {
    let gone: AbortSignal | undefined
    const egress = await egressWith({ decide: (_destination, signal) => new Promise((resolve) => {
      gone = signal
      signal.addEventListener('abort', () => resolve({ allowed: false, message: 'taken back' }))
    }) })
    const client = new Client(egress.proxyPort).say(`${first} HTTP/1.1\r\nHost: a.example\r\nProxy-Authorization: ${proxyAuthorization(egress)}\r\n\r\n`)
    await expect.poll(() => gone).toBeDefined()
    expect(gone!.aborted).toBe(false)
    client.socket.destroy()
    await expect.poll(() => gone!.aborted).toBe(true)
  })

  test('a thousand clients at once are all served', async () => {
    const server = await echo()
    const egress = await egressWith()
    const clients = Array.from({ length: 1000 }, (_, index) => {
      const client = new Client(egress.proxyPort)
      return client.say(`GET http://a.example:${server.port}/${index} HTTP/1.1\r\nHost: a.example:${server.port}\r\nProxy-Authorization: ${proxyAuthorization(egress)}\r\nConnection: close\r\n\r\n`)
    })
    const answers = await Promise.all(clients.map((client) => client.toEnd()))
    expect(answers.filter((answer, index) => answer.includes(`GET /${index} `))).toHaveLength(1000)
  })

  test('closing ends every connection and every question', async () => {
    let gone: AbortSignal | undefined
    const egress = await egressWith({ decide: (_destination, signal) => new Promise(() => (gone = signal)) })
    const client = new Client(egress.proxyPort).say(`CONNECT a.example:443 HTTP/1.1\r\nHost: a.example\r\nProxy-Authorization: ${proxyAuthorization(egress)}\r\n\r\n`)
    await expect.poll(() => gone).toBeDefined()
    await egress.close()
    expect(gone!.aborted).toBe(true)
    expect(await client.toEnd()).toBe('')
    expect(await new Client(egress.proxyPort).toEnd()).toBe('')
  })
})

test('nothing that a client of the run sends stops the others', async () => {
  const server = await echo()
  const egress = await egressWith({ patienceMs: 300 })
  const request = Buffer.from(`POST http://a.example:${server.port}/p?q HTTP/1.1\r\nHost: a.example:${server.port}\r\nProxy-Authorization: ${proxyAuthorization(egress)}\r\nX-A: b\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n`, 'latin1')
  const change = fc.tuple(fc.nat(request.length - 1), fc.nat(255))
  await fc.assert(
    fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 2 }), async (changes) => {
      const bytes = Buffer.from(request)
      for (const [at, byte] of changes) bytes[at] = byte
      const client = new Client(egress.proxyPort).say(bytes)
      client.socket.end()
      await client.toEnd()
      client.socket.destroy()
    }),
    { numRuns: 300 },
  )
  const client = new Client(egress.proxyPort).say(request)
  await client.text('POST /p?q abc')
})
