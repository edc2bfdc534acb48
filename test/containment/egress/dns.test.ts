import { createSocket } from 'node:dgram'
import { Resolver } from 'node:dns/promises'
import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { AnsweredNames } from '../../../electron/containment/egress/answered-names.ts'
import { encodeQuery, encodeReply, LARGEST_UDP_BYTES, parseQuery, RCODE, TYPE, type Query } from '../../../electron/containment/egress/dns-message.ts'
import { afterTest, Client, egressWith } from './fixture.ts'

const QUERY: Query = { id: 7, name: 'a.example', type: TYPE.a, recursionDesired: true, edns: false, udpBytes: 512 }

/** Node's own client of DNS (c-ares), pointed at the egress. */
function resolverOf(port: number, options: { timeout?: number; tries?: number } = {}): Resolver {
  const resolver = new Resolver({ timeout: 5_000, tries: 1, ...options })
  resolver.setServers([`127.0.0.1:${port}`])
  return resolver
}

/** Sends one datagram; gives the answer. */
async function exchange(port: number, bytes: Buffer): Promise<Buffer> {
  const socket = createSocket('udp4')
  afterTest(() => socket.close())
  return new Promise((resolve) => {
    socket.once('message', resolve)
    socket.send(bytes, port, '127.0.0.1')
  })
}

const rcodeOf = (reply: Buffer): number => reply[3]! & 15
const framed = (message: Buffer): Buffer => Buffer.concat([Buffer.from([message.length >> 8, message.length & 255]), message])

describe('the name server', () => {
  test('answers for names that may be looked up, and knows them by their addresses afterwards', async () => {
    const egress = await egressWith({ lookup: async (_name, family) => (family === 4 ? ['9.9.9.9', '8.8.8.8'] : ['2620:fe::fe']) })
    const resolver = resolverOf(egress.resolverPort)
    expect(await resolver.resolve4('Shop.Example')).toEqual(['9.9.9.9', '8.8.8.8'])
    expect(await resolver.resolve6('shop.example')).toEqual(['2620:fe::fe'])
    expect(egress.nameOf('9.9.9.9')).toBe('shop.example')
    expect(egress.nameOf('::ffff:8.8.8.8')).toBe('shop.example')
    expect(egress.nameOf('2620:FE:0::fe')).toBe('shop.example')
    expect(egress.nameOf('1.1.1.1')).toBeUndefined()
  })

  test('a name that may not be reached is refused, and nobody outside hears of it', async () => {
    const heard: string[] = []
    const egress = await egressWith({
      mayResolve: (name) => name !== 'c2vjcmv0.evil.example',
      lookup: async (name) => {
        heard.push(name)
        return []
      },
    })
    expect(rcodeOf(await exchange(egress.resolverPort, encodeQuery({ ...QUERY, name: 'c2vjcmv0.evil.example' })))).toBe(RCODE.refused)
    await expect(resolverOf(egress.resolverPort).resolve4('c2vjcmv0.evil.example')).rejects.toThrow()
    expect(heard).toEqual([])
  })

  test('other types have no records, and nobody is asked about them', async () => {
    const egress = await egressWith({ mayResolve: () => Promise.reject(new Error('asked')) })
    for (const type of [16, 15, 65, 12]) {
      const reply = await exchange(egress.resolverPort, encodeQuery({ ...QUERY, type }))
      expect([rcodeOf(reply), reply.readUInt16BE(6)]).toEqual([RCODE.noError, 0])
    }
    for (const type of [TYPE.any, TYPE.axfr]) expect(rcodeOf(await exchange(egress.resolverPort, encodeQuery({ ...QUERY, type })))).toBe(RCODE.notImplemented)
  })

  test.for([
    ['there is no such name', { lookup: async () => [] }, RCODE.nameError],
    ['names can’t be looked up', { lookup: async () => Promise.reject(new Error('no network')) }, RCODE.serverFailure],
    ['the judgement fails', { mayResolve: () => Promise.reject(new Error('broken')) }, RCODE.serverFailure],
    ['the only address is private', { mayReach: () => false, lookup: async () => ['10.0.0.1'] }, RCODE.refused],
  ] as const)('says when %s', async ([, options, rcode]) => {
    const egress = await egressWith(options)
    expect(rcodeOf(await exchange(egress.resolverPort, encodeQuery(QUERY)))).toBe(rcode)
  })

  test('private addresses are left out of an answer unless a rule names them', async () => {
    const options = { lookup: async (_name: string, family: number) => (family === 4 ? ['10.0.0.1', '9.9.9.9', '10.0.0.2'] : []) }
    const egress = await egressWith({ ...options, mayReach: ({ address }) => address === '10.0.0.2' })
    expect(await resolverOf(egress.resolverPort).resolve4('a.example')).toEqual(['9.9.9.9', '10.0.0.2'])
    expect(egress.nameOf('10.0.0.1')).toBeUndefined()
  })

  test('localhost is this machine, whatever a name server says', async () => {
    const egress = await egressWith({ lookup: async () => ['9.9.9.9'] })
    expect(await resolverOf(egress.resolverPort).resolve4('localhost')).toEqual(['127.0.0.1'])
  })

  test('a name is asked about once, however often it is looked up while a person thinks', async () => {
    const asked: string[] = []
    const { promise: answer, resolve } = Promise.withResolvers<boolean>()
    const egress = await egressWith({
      lookup: async (_name, family) => (family === 4 ? ['9.9.9.9'] : []),
      mayResolve: (name) => {
        asked.push(name)
        return answer
      },
    })
    const [one, two] = [resolverOf(egress.resolverPort).resolve4('a.example'), resolverOf(egress.resolverPort).resolve4('A.EXAMPLE')]
    await expect.poll(() => asked.length).toBe(1)
    await exchange(egress.resolverPort, encodeQuery({ ...QUERY, type: 16 }))
    resolve(true)
    expect(await Promise.all([one, two])).toEqual([['9.9.9.9'], ['9.9.9.9']])
    expect(asked).toEqual(['a.example'])
  })

  test('over TCP queries are answered in their order, also when they come in pieces', async () => {
    const egress = await egressWith({ lookup: async (_name, family) => (family === 4 ? ['9.9.9.9'] : []) })
    const client = new Client(egress.resolverPort)
    const bytes = Buffer.concat([framed(encodeQuery({ ...QUERY, id: 1 })), framed(encodeQuery({ ...QUERY, id: 2 }))])
    client.socket.setNoDelay(true)
    for (const byte of bytes) {
      client.say([byte])
      await new Promise(setImmediate)
    }
    const length = encodeReply(QUERY, RCODE.noError, ['9.9.9.9'], 60, 65_535).length
    const heard = await client.until((all) => all.length >= 2 * (length + 2))
    expect([heard.readUInt16BE(2), heard.readUInt16BE(length + 4)]).toEqual([1, 2])
  })

  test('the question is taken back when the only client over TCP leaves', async () => {
    let gone: AbortSignal | undefined
    const egress = await egressWith({ mayResolve: (_name, signal) => new Promise(() => (gone = signal)) })
    const client = new Client(egress.resolverPort).say(framed(encodeQuery(QUERY)))
    await expect.poll(() => gone).toBeDefined()
    client.socket.destroy()
    await expect.poll(() => gone!.aborted).toBe(true)
  })

  test('an answer too long for a datagram is cut, says so, and is whole over TCP', async () => {
    const addresses = Array.from({ length: 16 }, (_, index) => `2620:fe::${(index + 1).toString(16)}`)
    const egress = await egressWith({ lookup: async (_name, family) => (family === 6 ? addresses : []) })
    const query = { ...QUERY, name: `${'x'.repeat(60)}.${'y'.repeat(60)}.example`, type: TYPE.aaaa }
    const reply = await exchange(egress.resolverPort, encodeQuery(query))
    expect(reply.length).toBeLessThanOrEqual(512)
    expect(reply[2]! & 2).toBe(2)
    expect(await resolverOf(egress.resolverPort).resolve6(query.name)).toHaveLength(16)
  })

  test('what is no query is answered with its fault, or not at all', async () => {
    const egress = await egressWith()
    const bytes = encodeQuery(QUERY)
    expect(rcodeOf(await exchange(egress.resolverPort, bytes.subarray(0, 15)))).toBe(RCODE.formatError)
    const reply = Buffer.from(bytes)
    reply[2]! |= 0x80
    const client = new Client(egress.resolverPort).say(framed(reply))
    expect(await client.toEnd()).toBe('')
    const notify = Buffer.from(bytes)
    notify[2] = 4 << 3
    expect(rcodeOf(await exchange(egress.resolverPort, notify))).toBe(RCODE.notImplemented)
  })
})

describe('messages', () => {
  const label = fc.stringMatching(/^[a-zA-Z0-9_-]{1,63}$/)
  const query: fc.Arbitrary<Query> = fc.record({
    id: fc.nat(65_535),
    name: fc.array(label, { maxLength: 3 }).map((labels) => labels.join('.')),
    type: fc.nat(65_535),
    recursionDesired: fc.boolean(),
    edns: fc.constant(true),
    udpBytes: fc.integer({ min: 512, max: LARGEST_UDP_BYTES }),
  }, { noNullPrototype: true })

  test('what was written is read', () => {
    fc.assert(fc.property(query, (written) => isDeepStrictEqual(parseQuery(encodeQuery(written)), { ok: true, value: written })))
  })

  test('no bytes make the reader fail', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => void parseQuery(Buffer.from(bytes))), { numRuns: 3000 })
  })

  test('nor do queries with a byte changed, or cut short', () => {
    fc.assert(
      fc.property(query, fc.nat(400), fc.nat(255), fc.nat(400), (written, at, byte, length) => {
        const bytes = encodeQuery(written)
        bytes[at % bytes.length] = byte
        const read = parseQuery(bytes.subarray(0, length))
        if (read.ok) expect(parseQuery(encodeQuery(read.value))).toEqual(read)
      }),
      { numRuns: 3000 },
    )
  })

  test('a reply never exceeds its limit, and carries only addresses of the asked type', () => {
    const addresses = fc.array(fc.oneof(fc.ipV4(), fc.constant('2620:fe::fe')), { maxLength: 40 })
    fc.assert(
      fc.property(query, addresses, fc.constantFrom(TYPE.a, TYPE.aaaa), (asked, found, type) => {
        const reply = encodeReply({ ...asked, type }, RCODE.noError, found, 60, 512)
        expect(reply.length).toBeLessThanOrEqual(512)
        const wanted = found.filter((address) => address.includes(':') === (type === TYPE.aaaa)).length
        const given = reply.readUInt16BE(6)
        expect(given === wanted || (given < wanted && (reply[2]! & 2) === 2)).toBe(true)
      }),
    )
  })
})

test('names are forgotten after a while, and are never too many', () => {
  const names = new AnsweredNames()
  names.remember('old.example', ['9.9.9.9', '8.8.8.8'], 0)
  names.remember('new.example', ['8.8.8.8'], 60_000)
  expect([names.nameOf('9.9.9.9', 119_999), names.nameOf('9.9.9.9', 120_000)]).toEqual(['old.example', undefined])
  expect(names.nameOf('8.8.8.8', 120_000)).toBe('new.example')
  for (let index = 0; index < 20_000; index += 1) names.remember('many.example', [`1.1.${index >> 8}.${index & 255}`], 130_000)
  expect(names.nameOf('1.1.0.0', 130_001)).toBeUndefined()
  expect(names.nameOf('1.1.78.31', 130_001)).toBe('many.example')
})
