import { createServer } from 'node:net'
import { createServer as createHttpServer } from 'node:http'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { addressOf, kindOf } from '../../../electron/containment/egress/addresses.ts'
import { Client, egressWith, listening, proxyAuthorization } from './fixture.ts'

describe('what an address is for', () => {
  test.for([
    ['9.9.9.9', 'public'], ['2620:fe::fe', 'public'], ['172.32.0.1', 'public'], ['11.0.0.1', 'public'],
    ['127.0.0.1', 'loopback'], ['127.255.255.254', 'loopback'], ['0.0.0.0', 'loopback'], ['::1', 'loopback'], ['::', 'loopback'],
    ['10.1.2.3', 'private'], ['172.16.0.1', 'private'], ['192.168.1.1', 'private'], ['100.64.0.1', 'private'], ['fd00::1', 'private'], ['fec0::1', 'private'],
    ['169.254.1.1', 'link-local'], ['fe80::1', 'link-local'],
    ['169.254.169.254', 'metadata'], ['169.254.170.2', 'metadata'], ['100.100.100.200', 'metadata'], ['fd00:ec2::254', 'metadata'],
    ['224.0.0.251', 'multicast'], ['ff02::fb', 'multicast'],
    ['255.255.255.255', 'reserved'], ['0.1.2.3', 'reserved'], ['192.0.2.1', 'reserved'], ['2001:db8::1', 'reserved'], ['198.18.0.1', 'reserved'],
    ['::ffff:127.0.0.1', 'loopback'], ['::ffff:a9fe:a9fe', 'metadata'], ['::7f00:1', 'loopback'], ['::ffff:0:7f00:1', 'loopback'],
    ['64:ff9b::10.0.0.1', 'private'], ['64:ff9b:1::169.254.169.254', 'metadata'], ['64:ff9b::9.9.9.9', 'public'],
    ['2002:7f00:1::1', 'loopback'], ['2002:c0a8:101::', 'private'], ['2002:909:909::', 'public'],
    ['2001:0:1:2:3:4:80ff:fffe', 'loopback'], ['2620:fe::5efe:10.0.0.1', 'private'], ['2620:fe::200:5efe:7f00:1', 'loopback'],
    ['localhost', 'reserved'], ['', 'reserved'],
  ] as const)('%s is %s', ([address, kind]) => {
    expect(kindOf(addressOf(address) ?? address)).toBe(kind)
  })

  test('IPv6 that carries IPv4 is never more public than what it carries', () => {
    fc.assert(
      fc.property(fc.ipV4(), fc.constantFrom('::ffff:', '64:ff9b::', '::ffff:0:'), (address, prefix) => {
        expect(kindOf(addressOf(prefix + address)!)).toBe(kindOf(address))
      }),
    )
  })
})

describe('where a decided host may lead', () => {
  const get = async (egress: Awaited<ReturnType<typeof egressWith>>, authority: string): Promise<string> =>
    new Client(egress.proxyPort).say(`GET http://${authority}/ HTTP/1.1\r\nHost: ${authority}\r\nProxy-Authorization: ${proxyAuthorization(egress)}\r\nConnection: close\r\n\r\n`).toEnd()
  const hello = (text: string): ReturnType<typeof createHttpServer> => createHttpServer((_request, response) => response.end(text))

  test('not to this machine or network, unless a rule names the address', async () => {
    const port = await listening(hello('secret'))
    for (const address of ['127.0.0.1', '10.0.0.1', '169.254.169.254', '224.0.0.1', '::1', '::ffff:127.0.0.1', '64:ff9b::7f00:1', '0.0.0.0']) {
      const egress = await egressWith({ mayReach: () => false, lookup: async () => [address] })
      expect(await get(egress, `rebound.example:${port}`)).toMatch(/^HTTP\/1.1 403 [\s\S]*rebound.example leads to /)
      expect(egress.targets[0]).toMatchObject({ host: 'rebound.example', port })
    }
  })

  test('of several addresses, only to those that a rule names', async () => {
    const port = await listening(hello('one'), '127.0.0.1')
    await listening(hello('two'), '127.0.0.2', port)
    const egress = await egressWith({ mayReach: ({ address }) => address === '127.0.0.2', lookup: async (_name, family) => (family === 4 ? ['127.0.0.1', '127.0.0.2'] : ['::1']) })
    expect(await get(egress, `mixed.example:${port}`)).toContain('two')
    expect(egress.targets.map(({ address, kind }) => `${address} ${kind}`)).toEqual(['127.0.0.1 loopback', '127.0.0.2 loopback', '::1 loopback'])
  })

  test('to the address that was checked, whatever the name leads to afterwards', async () => {
    const port = await listening(hello('checked'), '127.0.0.2')
    await listening(hello('rebound'), '127.0.0.1', port)
    let lookups = 0
    const egress = await egressWith({
      mayReach: ({ address }) => address === '127.0.0.2',
      lookup: async (_name, family) => (family === 6 ? [] : (lookups += 1) === 1 ? ['127.0.0.2'] : ['127.0.0.1']),
    })
    expect(await get(egress, `a.example:${port}`)).toContain('checked')
    expect(lookups).toBe(1)
    expect(await get(egress, `a.example:${port}`)).toContain('HTTP/1.1 403')
  })

  test('an address that the host spells is named by a decision about that very host, in every spelling', async () => {
    const port = await listening(hello('mine'))
    const named = await egressWith({ mayReach: () => false, decide: async () => ({ allowed: true, named: true }) })
    const wide = await egressWith({ mayReach: () => false })
    for (const host of ['127.0.0.1', '127.1', '0x7f000001', '2130706433', 'localhost', '[::ffff:127.0.0.1]']) {
      expect(await get(named, `${host}:${port}`)).toContain('mine')
      expect(await get(wide, `${host}:${port}`)).toContain('HTTP/1.1 403')
    }
    expect(named.asked.map(({ host, address }) => `${host} ${address}`)).toEqual([
      ...Array<string>(4).fill('127.0.0.1 127.0.0.1'), 'localhost undefined', '127.0.0.1 127.0.0.1',
    ])
  })

  test('a decision about a name names no address', async () => {
    const port = await listening(hello('mine'))
    const egress = await egressWith({ mayReach: () => false, decide: async () => ({ allowed: true, named: true }) })
    expect(await get(egress, `a.example:${port}`)).toContain('HTTP/1.1 403')
  })

  test('a name is tried at all its addresses', async () => {
    const port = await listening(hello('second'), '127.0.0.2')
    const egress = await egressWith({ lookup: async (_name, family) => (family === 4 ? ['127.0.0.3', '127.0.0.2'] : []) })
    expect(await get(egress, `a.example:${port}`)).toContain('second')
  })

  test('a name that leads nowhere, or can’t be looked up, is a 502 that says so', async () => {
    expect(await get(await egressWith({ lookup: async () => [] }), 'a.example')).toMatch(/^HTTP\/1.1 502 [\s\S]*There is no host a.example/)
    const broken = await egressWith({ lookup: async () => Promise.reject(new Error('the network is down')) })
    expect(await get(broken, 'a.example')).toMatch(/^HTTP\/1.1 502 [\s\S]*can't be looked up: the network is down/)
  })

  test('an open question about an address fails closed', async () => {
    const port = await listening(createServer())
    const egress = await egressWith({ mayReach: () => Promise.reject(new Error('broken')) })
    expect(await get(egress, `a.example:${port}`)).toMatch(/^HTTP\/1.1 403 [\s\S]*could not judge/)
  })
})
