import { once } from 'node:events'
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { MOST_CONNECTIONS, openEndpoint, type Endpoint } from '../../electron/broker/endpoint.ts'
import { EndpointReply, LONGEST_LINE_BYTES } from '../../electron/contract/endpoint.ts'
import { exchange } from './exchange.ts'

let folder: string
let address: string
let endpoint: Endpoint
let unreadable: string[]
/** Answers of the handler, each waiting to be given. */
let held: ((reply: EndpointReply) => void)[]

const allowed: EndpointReply = { type: 'hook', stdout: 'ALLOWED', stderr: '', exitCode: 0 }

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'paddock-endpoint-'))
  address = join(folder, 'agents.sock')
  unreadable = []
  held = []
  const opened = await openEndpoint(address, {
    admit: () => undefined,
    handle: (request) => (request.type === 'status' ? new Promise((resolve) => held.push(resolve)) : Promise.resolve(allowed)),
    adopt: (_, socket) => void socket.destroy(),
    unreadable: (message) => void unreadable.push(message),
  })
  if (!opened.ok) throw new Error(opened.error)
  endpoint = opened.value
})
afterEach(async () => {
  await endpoint.close()
  rmSync(folder, { recursive: true, force: true })
})

const hook = JSON.stringify({ type: 'hook', agent: 'a', payload: '{}', waits: 1000 })

async function refusal(sent: string | Buffer): Promise<string> {
  const reply = EndpointReply.parse(JSON.parse(await exchange(address, sent)))
  return reply.type === 'error' ? reply.message : `no refusal: ${reply.type}`
}

describe('the endpoint', () => {
  test('answers a line with a line and closes', async () => {
    expect(await exchange(address, `${hook}\n`)).toBe(`${JSON.stringify(allowed)}\n`)
  })

  test('is open to its user only', () => expect(statSync(address).mode & 0o777).toBe(0o600))

  test('takes a line that comes in pieces, split within characters', async () => {
    const bytes = Buffer.from(`${JSON.stringify({ type: 'hook', agent: 'ä', payload: '€', waits: 1 })}\n`)
    const socket = connect(address)
    for (const byte of bytes) socket.write(Buffer.from([byte]))
    const [data] = (await once(socket, 'data')) as [Buffer]
    expect(data.toString()).toContain('ALLOWED')
  })

  test.each([
    ['what is not JSON', 'hello\n', 'not JSON'],
    ['half of JSON', '{"type":\n', 'not JSON'],
    ['NUL bytes', `{"type":"hook\0"}\n`, 'NUL'],
    ['bytes that are not UTF-8', Buffer.from([0x22, 0xff, 0xfe, 0x22, 0x0a]), 'UTF-8'],
    ['an unknown type', '{"type":"allow"}\n', 'type'],
    ['a request with more than belongs to it', `${hook.slice(0, -1)},"verdict":"allow"}\n`, 'verdict'],
    ['a request with less than belongs to it', '{"type":"hook","agent":"a","payload":"{}"}\n', 'waits'],
    ['an empty line', '\n', 'not JSON'],
  ])('says what is wrong with %s', async (_, sent, wrong) => {
    expect(await refusal(sent)).toContain(wrong)
    expect(unreadable).toEqual([expect.stringContaining(wrong)])
  })

  test('refuses a line of 10 MB, and its client hears why', async () => {
    expect(await refusal(`${'x'.repeat(10_000_000)}\n`)).toContain('longer than 8 MiB')
  })

  test('takes the longest line that is allowed', async () => {
    const empty = JSON.stringify({ type: 'hook', agent: 'a', payload: '', waits: 1 })
    const payload = 'x'.repeat(LONGEST_LINE_BYTES - empty.length)
    expect(await exchange(address, `${empty.replace('""', `"${payload}"`)}\n`)).toContain('ALLOWED')
  })

  test('gives up on half a message that stalls, while others are served', async () => {
    const stalled = refusal(hook)
    expect(await exchange(address, `${hook}\n`)).toContain('ALLOWED')
    expect(await stalled).toContain('No complete line')
  })

  test('refuses half a message whose sender hangs up', async () => {
    const socket = connect(address)
    socket.end(hook)
    const [data] = (await once(socket, 'data')) as [Buffer]
    expect(data.toString()).toContain('ended before')
  })

  test('is not held up by clients that never read', async () => {
    const deaf = Array.from({ length: 20 }, () => connect(address))
    for (const socket of deaf) socket.pause().write(`${hook}\n`)
    expect(await exchange(address, `${hook}\n`)).toContain('ALLOWED')
    deaf.forEach((socket) => socket.destroy())
  })

  test('turns clients away when too many are open, and takes them again later', async () => {
    const open: Socket[] = []
    for (let count = 0; count < MOST_CONNECTIONS; count += 1) {
      const socket = connect(address)
      await once(socket, 'connect')
      open.push(socket)
    }
    expect(await refusal(`${hook}\n`)).toContain('busy')
    const closed = open.map((socket) => once(socket, 'close'))
    open.forEach((socket) => socket.destroy())
    await Promise.all(closed)
    await expect.poll(() => exchange(address, `${hook}\n`)).toContain('ALLOWED')
  })

  test('never lets anything pass that is not a request', async () => {
    const anything = fc.oneof(fc.string(), fc.json(), fc.uint8Array().map((bytes) => Buffer.from(bytes).toString('latin1')))
    await fc.assert(
      fc.asyncProperty(anything, async (text) => {
        const line = text.replaceAll('\n', ' ')
        expect(JSON.parse(await exchange(address, `${line}\n`))).toMatchObject({ type: 'error' })
      }),
      { numRuns: 50 },
    )
  })
})

test('an address that the operating system can not take is refused with the way out', async () => {
  const opened = await openEndpoint(join(folder, 'x'.repeat(120)), { admit: () => undefined, handle: () => Promise.resolve(allowed), adopt: () => {}, unreadable: () => {} })
  expect(opened).toMatchObject({ ok: false, error: expect.stringContaining('PADDOCK_HOME') })
})
