import { Resolver } from 'node:dns/promises'
import { createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import { startContainedEgress, type ContainedNetwork } from '../../electron/broker/contained-egress.ts'
import type { Egress } from '../../electron/containment/egress/egress.ts'
import type { Effect } from '../../electron/contract/effect.ts'
import { RuleSet } from '../../electron/policy/compile.ts'
import { VARIABLE_NAMES, type Variables } from '../../electron/policy/variables.ts'

const closers: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closers.splice(0)) await close()
})

/** Whether a pattern of policies matches. */
function matcher(patterns: readonly string[]): (effect: Effect) => boolean {
  const variables = Object.fromEntries(VARIABLE_NAMES.map((name) => [name, []])) as unknown as Variables
  const rules = new RuleSet(patterns.map((pattern) => ({ section: 'network', verdict: 'allow', pattern, layer: 'user', source: 'mine.yaml:1' })), variables, false)
  return (effect) => {
    let isMatch = false
    rules.match(effect, () => {
      isMatch = true
    })
    return isMatch
  }
}

/** The network of a run that these rules hold, where every name leads to `address` and nobody answers questions. */
async function networkOf({ allow, deny = [] }: { allow: string[]; deny?: string[] }, address: string): Promise<Egress> {
  const [allowed, denied] = [matcher(allow), matcher(deny)]
  const network: ContainedNetwork = {
    atOnce: (effect) => (denied(effect) ? 'deny' : allowed(effect) ? 'allow' : undefined),
    isNamed: allowed,
    isDenied: denied,
    decide: async () => 'nobody answers',
  }
  const lookup = async (_name: string, family: 4 | 6): Promise<string[]> => ((family === 6) === address.includes(':') ? [address] : [])
  const started = await startContainedEgress(network, { lookup })
  if (!started.ok) throw new Error(started.error)
  closers.push(() => started.value.close())
  return started.value
}

/** What the run's programs get to know for a name. */
async function addressesOf(egress: Egress, name: string, family: 4 | 6 = 4): Promise<string[]> {
  const resolver = new Resolver({ tries: 1 })
  resolver.setServers([`127.0.0.1:${egress.resolverPort}`])
  return (family === 4 ? resolver.resolve4(name) : resolver.resolve6(name)).catch(() => [])
}

describe('a rule that names a host', () => {
  test.each(['203.0.113.7', '93.184.215.14', '10.1.2.3', '100.64.0.9'])('lets its name lead to %s', async (address) => {
    expect(await addressesOf(await networkOf({ allow: ['host.example'] }, address), 'host.example')).toEqual([address])
  })

  test.each(['127.0.0.1', '169.254.7.7', '169.254.169.254', '100.100.100.200', '239.1.1.1'])('does not mean %s, wherever its name leads', async (address) => {
    expect(await addressesOf(await networkOf({ allow: ['host.example'] }, address), 'host.example')).toEqual([])
  })

  test.each(['::1', 'fe80::1', 'fd00:ec2::254', '::ffff:127.0.0.1', '64:ff9b::a9fe:a9fe'])('nor %s', async (address) => {
    expect(await addressesOf(await networkOf({ allow: ['host.example'] }, address), 'host.example', 6)).toEqual([])
  })

  test.each(['10.1.2.3', '93.184.215.14'])('does not mean %s where another rule denies that', async (address) => {
    expect(await addressesOf(await networkOf({ allow: ['host.example'], deny: ['10.0.0.0/8', '93.184.0.0/16'] }, address), 'host.example')).toEqual([])
  })

  test('means an address of this machine once a rule names that too', async () => {
    expect(await addressesOf(await networkOf({ allow: ['host.example', 'loopback'] }, '127.0.0.1'), 'host.example')).toEqual(['127.0.0.1'])
  })
})

test('a request for an allowed host whose name leads to this machine reaches nothing there', async () => {
  let came = 0
  const server = createServer((_request, response) => {
    came += 1
    response.end('hello')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  closers.push(() => server.close())
  const { port } = server.address() as AddressInfo
  const through = async (allow: string[]): Promise<string> => {
    const proxy = new URL((await networkOf({ allow }, '127.0.0.1')).environment()['HTTP_PROXY']!)
    const authorization = `Basic ${Buffer.from(`${proxy.username}:${proxy.password}`).toString('base64')}`
    return new Promise((resolve, reject) => {
      request({ host: '127.0.0.1', port: proxy.port, path: `http://host.example:${port}/`, headers: { host: `host.example:${port}`, 'proxy-authorization': authorization }, agent: false }, (answer) => {
        let text = ''
        answer.on('data', (chunk: Buffer) => (text += chunk.toString())).on('end', () => resolve(`${answer.statusCode} ${text}`))
      }).on('error', reject).end()
    })
  }
  expect(await through(['host.example'])).toMatch(/^403 host\.example leads to 127\.0\.0\.1, which is an address of this machine/)
  expect(came).toBe(0)
  expect(await through(['host.example', '127.0.0.1'])).toBe('200 hello')
})
