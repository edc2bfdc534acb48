import { request as httpRequest, type IncomingHttpHeaders } from 'node:http'
import { connect } from 'node:net'
import { networkInterfaces } from 'node:os'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { SECURITY_HEADERS } from '../../electron/headless/headers.ts'
import { serveHeadless, type Headless } from '../../electron/headless/serve.ts'
import { request as waitingRequest, state } from '../renderer/fixtures.ts'
import { announcedAddress, builtRenderer, Stage } from '../renderer/stage.ts'

let stage: Stage
let lines: string[]
let served: Headless
let port: number
let origin: string

beforeEach(async () => {
  stage = new Stage(state({ requests: [waitingRequest()] }))
  lines = []
  const result = await serveHeadless(stage, { renderer: builtRenderer, announce: (line) => lines.push(line) })
  if (!result.ok) throw new Error(result.error)
  served = result.value
  port = Number(new URL(served.address).port)
  origin = `http://127.0.0.1:${port}`
})
afterEach(() => served.close())

interface Reply {
  status: number
  headers: IncomingHttpHeaders
  body: string
}

/** One request with exactly these headers. */
function ask(path: string, { method = 'GET', headers = {}, body }: { method?: string; headers?: Record<string, string>; body?: string } = {}): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const request = httpRequest({ host: '127.0.0.1', port, path, method, headers }, (response) => {
      let text = ''
      response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
      response.on('end', () => resolve({ status: response.statusCode!, headers: response.headers, body: text }))
    })
    request.on('error', reject).end(body)
  })
}

const newestCode = (): string => announcedAddress(lines.at(-1)!).split('#code=')[1]!
const present = (code: string, headers: Record<string, string> = { origin }): Promise<Reply> =>
  ask('/session', { method: 'POST', headers, body: JSON.stringify({ code }) })

async function signIn(): Promise<{ cookie: string; key: string }> {
  const reply = await present(newestCode())
  return { cookie: reply.headers['set-cookie']![0]!.split(';')[0]!, key: (JSON.parse(reply.body) as { key: string }).key }
}

/** Opens the channel; gives the status when it is refused. */
function openChannel(credential: { cookie?: string; key?: string }, change: { origin?: string; host?: string; path?: string } = {}): Promise<WebSocket | number> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}${change.path ?? '/channel'}`, ['paddock', ...(credential.key ? [`key.${credential.key}`] : [])], {
    headers: { origin: change.origin ?? origin, ...(credential.cookie && { cookie: credential.cookie }), ...(change.host && { host: change.host }) },
  })
  return new Promise((resolve, reject) => {
    socket.on('open', () => resolve(socket))
    socket.on('unexpected-response', (_, response) => resolve(response.statusCode!))
    socket.on('error', reject)
  })
}

function opened(channel: WebSocket | number): WebSocket {
  if (typeof channel === 'number') throw new Error(`refused with ${channel}`)
  return channel
}

const isKnown = (headers: Record<string, string>): Promise<number> => ask('/session', { headers }).then((reply) => reply.status)

const closeCode = (socket: WebSocket): Promise<number> => new Promise((resolve) => socket.on('close', resolve))

describe('the page', () => {
  test('is served with the security headers, as is every refusal', async () => {
    for (const reply of [await ask('/'), await ask('/nothing'), await ask('/..'), await ask('/', { method: 'POST' })])
      expect(reply.headers).toMatchObject(SECURITY_HEADERS)
    await expect(ask('/')).resolves.toMatchObject({ status: 200, headers: { 'content-type': 'text/html; charset=utf-8' } })
    await expect(ask('/', { method: 'POST' })).resolves.toMatchObject({ status: 405, headers: { allow: 'GET, HEAD' } })
  })

  test('is served on the loopback interface only', async () => {
    const outside = Object.values(networkInterfaces()).flat().find((address) => address?.family === 'IPv4' && !address.internal)
    if (!outside) return
    const outcome = await new Promise((resolve) => {
      const socket = connect({ host: outside.address, port })
      socket.on('connect', () => resolve('connected')).on('error', () => resolve('refused'))
      socket.setTimeout(2000, () => resolve('refused'))
    })
    expect(outcome).toBe('refused')
  })

  test.each(['evil.example', '127.0.0.1', 'localhost:1', '127.0.0.1.evil.example'])('is not served under the name %s', async (host) => {
    await expect(ask('/', { headers: { host } })).resolves.toMatchObject({ status: 403, body: expect.stringContaining(`http://127.0.0.1:${port}/`) })
  })

  test('is also served as localhost', async () => {
    await expect(ask('/', { headers: { host: `localhost:${port}` } })).resolves.toMatchObject({ status: 200 })
  })

  test('is an error that says what to do when the port is taken', async () => {
    const second = await serveHeadless(stage, { port, renderer: builtRenderer, announce: () => {} })
    expect(second).toMatchObject({ ok: false, error: `Port ${port} is in use. Choose another, or leave it out for a free one.` })
  })
})

describe('a session', () => {
  test('begins with the announced code, in a cookie that scripts and other sites do not get', async () => {
    expect(lines).toEqual([expect.stringMatching(new RegExp(`^Open http://127\\.0\\.0\\.1:${port}/#code=[\\w-]{22}  `))])
    const reply = await present(newestCode())
    expect(reply.status).toBe(200)
    expect(reply.headers['set-cookie']![0]).toMatch(/^paddock=[\w-]{22}; HttpOnly; SameSite=Strict; Path=\/$/)
    expect(lines.length).toBe(2)
  })

  test('does not begin with a code that was used, and the refusal is recorded', async () => {
    const code = newestCode()
    await present(code)
    await expect(present(code)).resolves.toMatchObject({ status: 403, body: expect.stringContaining('used already') })
    expect(stage.notes).toEqual([expect.stringContaining('refused: This code was used already')])
    await expect(present(newestCode())).resolves.toMatchObject({ status: 200 })
  })

  test('does not begin after five guesses, even with the right code', async () => {
    for (let guess = 0; guess < 5; guess += 1) await expect(present(`guess${guess}`)).resolves.toMatchObject({ status: 403 })
    await expect(present(newestCode())).resolves.toMatchObject({ status: 429, body: expect.stringContaining('Wait a minute') })
  })

  test.each([{}, { origin: 'http://evil.example' }, { origin: 'null' }, { origin: 'http://127.0.0.1:1' }])(
    'does not begin from another origin: %o',
    async (headers) => {
      await expect(present(newestCode(), headers)).resolves.toMatchObject({ status: 403 })
      expect(lines.length).toBe(1)
    },
  )

  test.each(['', 'code', '{"code":1}', '{}', `{"code":"${'x'.repeat(2000)}"}`])('does not begin with a body like %.20s', async (body) => {
    await expect(ask('/session', { method: 'POST', headers: { origin }, body })).resolves.toMatchObject({ status: 400 })
  })

  test('is known again by both of its halves', async () => {
    const { cookie, key } = await signIn()
    const other = await signIn()
    await expect(isKnown({ cookie, authorization: `Bearer ${key}` })).resolves.toBe(204)
    await expect(isKnown({ cookie })).resolves.toBe(401)
    await expect(isKnown({ authorization: `Bearer ${key}` })).resolves.toBe(401)
    await expect(isKnown({ cookie, authorization: `Bearer ${other.key}` })).resolves.toBe(401)
  })
})

describe('the channel', () => {
  test('carries the operator’s interface with both roles', async () => {
    const socket = opened(await openChannel(await signIn()))
    const { id, digest, revision, nonce } = stage.state.requests[0]!
    socket.send(JSON.stringify({ id: 1, method: 'answer', input: { id, digest, revision, nonce, verdict: 'deny', remember: 'once' } }))
    await expect.poll(() => stage.answers.map((answer) => answer.verdict)).toEqual(['deny'])
    expect(stage.notes).toEqual(['opened: A browser opened the page.'])
    socket.close()
    await expect.poll(() => stage.notes.at(-1)).toBe('closed: A browser closed the page.')
  })

  test('is refused without both halves of a session', async () => {
    const { cookie, key } = await signIn()
    for (const credential of [{}, { cookie }, { key }, { cookie, key: 'wrong' }, { cookie: 'paddock=wrong', key }])
      await expect(openChannel(credential)).resolves.toBe(401)
    expect(stage.notes.length).toBe(5)
  })

  test('is refused to other origins, under other names and at other addresses', async () => {
    const credential = await signIn()
    for (const other of ['http://evil.example', 'null', `http://localhost:${port}`, `https://127.0.0.1:${port}`])
      await expect(openChannel(credential, { origin: other })).resolves.toBe(403)
    await expect(openChannel(credential, { host: 'evil.example', origin: 'http://evil.example' })).resolves.toBe(403)
    await expect(openChannel(credential, { path: '/other' })).resolves.toBe(404)
  })

  test('ends when the page sends what is not a message, or too much', async () => {
    const credential = await signIn()
    for (const [data, code] of [
      ['not json', 1007],
      [Buffer.from([1, 2, 3]), 1003],
      ['x'.repeat(300 * 1024), 1009],
    ] as const) {
      const socket = opened(await openChannel(credential))
      socket.send(data)
      await expect(closeCode(socket)).resolves.toBe(code)
    }
  })

  test('ends when the server does', async () => {
    const socket = opened(await openChannel(await signIn()))
    const ended = closeCode(socket)
    await served.close()
    await ended
    await expect(ask('/')).rejects.toThrow()
  })
})

test('a process of an agent is refused whatever it presents', async () => {
  const credential = await signIn()
  stage.peerPid = process.pid
  stage.agentPids.add(process.pid)
  await expect(present(newestCode())).resolves.toMatchObject({ status: 403, body: expect.stringContaining('belongs to an agent') })
  await expect(openChannel(credential)).resolves.toBe(403)
  expect(stage.notes.at(-1)).toContain(`refused: Process ${process.pid} belongs to an agent`)
  stage.agentPids.clear()
  opened(await openChannel(credential)).close()
})
