import { createServer, type IncomingMessage } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import { describe, expect, test } from 'vitest'
import { startEgress } from '../../../electron/containment/egress/egress.ts'
import type { Secret } from '../../../electron/containment/egress/rules.ts'
import { selfSigned } from './certificate.ts'
import { Client, egressWith, has, listening, proxyAuthorization, run } from './fixture.ts'

const PLACEHOLDER = 'paddock-placeholder-1'
const VALUE = ['real', 'value', '$&'].join('-')
const SECRET: Secret = { placeholder: PLACEHOLDER, value: () => VALUE, host: 'API.example', headers: ['Authorization', 'x-api-key'] }

async function recording(): Promise<{ port: number; seen: IncomingMessage[] }> {
  const seen: IncomingMessage[] = []
  const port = await listening(createServer((request, response) => {
    seen.push(request)
    response.end('ok')
  }))
  return { port, seen }
}

async function get(egress: Awaited<ReturnType<typeof egressWith>>, authority: string, header: string, method = 'GET'): Promise<string> {
  const client = new Client(egress.proxyPort)
  return client.say(`${method} http://${authority}/ HTTP/1.1\r\nHost: ${authority}\r\nProxy-Authorization: ${proxyAuthorization(egress)}\r\n${header}\r\nConnection: close\r\n\r\n`).toEnd()
}

describe('a secret', () => {
  test('takes the place of its placeholder, for its host and in its headers only', async () => {
    const server = await recording()
    const egress = await egressWith({ secrets: [SECRET] })
    await get(egress, `api.example:${server.port}`, `Authorization: Bearer ${PLACEHOLDER}`)
    await get(egress, `api.example:${server.port}`, `X-API-Key: ${PLACEHOLDER}`)
    await get(egress, `api.example:${server.port}`, `X-Other: ${PLACEHOLDER}`)
    await get(egress, `evil.example:${server.port}`, `Authorization: Bearer ${PLACEHOLDER}`)
    await get(egress, `x.api.example:${server.port}`, `Authorization: Bearer ${PLACEHOLDER}`)
    const got = server.seen.map(({ headers }) => headers.authorization ?? headers['x-api-key'] ?? headers['x-other'])
    expect(got).toEqual([`Bearer ${VALUE}`, VALUE, PLACEHOLDER, `Bearer ${PLACEHOLDER}`, `Bearer ${PLACEHOLDER}`])
  })

  test.for([
    ['is not set', (): string | undefined => undefined, 'GET', 502],
    ['can’t stand in a header', () => `${VALUE}\r\nX: y`, 'GET', 502],
    ['would be shown by TRACE', () => VALUE, 'TRACE', 403],
  ] as const)('that %s is not sent', async ([, value, method, status]) => {
    const server = await recording()
    const egress = await egressWith({ secrets: [{ ...SECRET, value }] })
    const answer = await get(egress, `api.example:${server.port}`, `Authorization: ${PLACEHOLDER}`, method)
    expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `))
    expect(answer).not.toContain(VALUE)
    expect(server.seen).toEqual([])
  })

  test('that is for no host, or has a placeholder too short, is refused at the start', async () => {
    const rules = { decide: async () => ({ allowed: true }) as const, mayReach: () => true, isDenied: () => false, mayResolve: () => true }
    expect(await startEgress({ ...rules, secrets: [{ ...SECRET, host: 'a b' }] })).toMatchObject({ ok: false, error: 'A secret is for "a b", which is no host.' })
    expect(await startEgress({ ...rules, secrets: [{ ...SECRET, placeholder: 'x' }] })).toMatchObject({ ok: false })
  })

  test('reaches a host over TLS, from a client that speaks plain HTTP', async (ctx) => {
    const identity = await selfSigned('api.example')
    if (!identity || !(await has('curl', '--version'))) ctx.skip('there is no openssl or no curl on this machine')
    const port = await listening(createHttpsServer(identity!, (request, response) => response.end(`${request.headers.host} ${request.headers.authorization === VALUE}`)))
    const egress = await egressWith({ secrets: [{ ...SECRET, upgrade: true }], authorities: [identity!.cert] })
    const ran = await run('curl', ['-sS', '-H', `Authorization: ${PLACEHOLDER}`, `http://api.example:${port}/`], egress.environment())
    expect(ran).toMatchObject({ code: 0, stdout: `api.example:${port} true` })
    expect(egress.asked[0]).toMatchObject({ host: 'api.example', port })
  })

  test('does not reach a host whose certificate is not trusted, or is another’s', async (ctx) => {
    const identity = await selfSigned('other.example')
    if (!identity) ctx.skip('there is no openssl on this machine')
    let requests = 0
    const server = createHttpsServer(identity!, (_request, response) => {
      requests += 1
      response.end()
    })
    const port = await listening(server)
    const stranger = await egressWith({ secrets: [{ ...SECRET, upgrade: true }] })
    expect(await get(stranger, `api.example:${port}`, `Authorization: ${PLACEHOLDER}`)).toMatch(/^HTTP\/1.1 502 [\s\S]*No trusted TLS connection to api.example/)
    const other = await egressWith({ secrets: [{ ...SECRET, upgrade: true }], authorities: [identity!.cert] })
    expect(await get(other, `api.example:${port}`, `Authorization: ${PLACEHOLDER}`)).toMatch(/^HTTP\/1.1 502 /)
    expect(requests).toBe(0)
  })

  test('for an upgraded host, port 80 becomes 443 before it is judged', async () => {
    const egress = await egressWith({ secrets: [{ ...SECRET, upgrade: true }], decide: async () => ({ allowed: false, message: 'no' }) })
    await get(egress, 'api.example', 'X: y')
    expect(egress.asked[0]).toMatchObject({ host: 'api.example', port: 443, method: 'GET', path: '/' })
  })
})

test('the environment sends programs through the proxy, and no Python program stumbles over SOCKS', async () => {
  const egress = await egressWith({ secrets: [SECRET] })
  const environment = egress.environment()
  const proxy = `http://${new URL(environment['HTTP_PROXY']!).username}:${new URL(environment['HTTP_PROXY']!).password}@127.0.0.1:${egress.proxyPort}`
  expect(environment).toEqual({
    HTTP_PROXY: proxy, HTTPS_PROXY: proxy, ALL_PROXY: proxy, NO_PROXY: 'localhost,127.0.0.1,::1',
    http_proxy: proxy, https_proxy: proxy, all_proxy: proxy, no_proxy: 'localhost,127.0.0.1,::1',
    NODE_USE_ENV_PROXY: '1',
  })
})

test('without a secret, Node is not told to load what it needs for a proxy each time it starts', async () => {
  expect((await egressWith()).environment()).not.toHaveProperty('NODE_USE_ENV_PROXY')
})
