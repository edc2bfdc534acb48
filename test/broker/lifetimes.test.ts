import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { Broker } from '../../electron/broker/broker.ts'
import { Grants } from '../../electron/broker/grants.ts'
import { AgentId, SessionId } from '../../electron/contract/ids.ts'
import type { PendingRequest, Remember } from '../../electron/contract/request.ts'
import { judged, makeHome, openWindow, POLICY, read, start, waiting, write, type Home } from './fixture.ts'

const withRemember = (list: string): string => `${POLICY}  write: { ask: ["\${workspace}/**"] }\napproval: { remember: ${list} }\n`

let home: Home
let broker: Broker
beforeEach(async () => {
  home = makeHome(withRemember('[once, 2h, 30m, session]'))
  broker = await start(home)
})
afterEach(async () => {
  vi.useRealTimers()
  await broker.close()
  home.remove()
})

const path = (name: string): string => join(home.workspace, name)
const allow = ({ id, digest, revision, nonce }: PendingRequest, remember: Remember) => ({ id, digest, revision, nonce, verdict: 'allow', remember }) as const
const offered = (request: PendingRequest | undefined): string[] => request?.offers.map((offer) => offer.remember) ?? []

describe('an Allow for a time', () => {
  test('is offered where policy says so, narrowest first, with the rules that it puts in force', async () => {
    const window = openWindow(broker, 'prompt')
    void judged(home, write(path('a')))
    const [request] = await waiting(window)
    expect(offered(request)).toEqual(['once', '30m', '2h', 'session'])
    expect(request!.offers[1]).toEqual({ remember: '30m', rules: [`files.write.allow: ${path('a')}`] })
  })

  test('lets the same call through in this session, and no other', async () => {
    const window = openWindow(broker, 'prompt')
    const first = judged(home, write(path('a')))
    const [request] = await waiting(window)
    expect(await window.call('answer', allow(request!, '30m'))).toEqual({ outcome: 'applied' })
    expect((await first).verdict).toBe('allow')
    expect((await judged(home, write(path('a')))).verdict).toBe('allow')
    const [grant] = (await window.call('state', {})).grants
    expect(grant!.endsAt! - grant!.givenAt).toBe(30 * 60_000)
    void judged(home, write(path('a'), { session: 'another' }))
    expect(await waiting(window)).toHaveLength(1)
  })

  test('is refused where it is not offered', async () => {
    const window = openWindow(broker, 'prompt')
    void judged(home, write(path('a')))
    const [request] = await waiting(window)
    expect(await window.call('answer', allow(request!, '3h'))).toMatchObject({ outcome: 'refused', reason: 'not-offered' })
  })

  test('does not lift a denial', async () => {
    expect((await judged(home, read(path('secret')))).verdict).toBe('deny')
  })
})

test('a grant for a time ends by itself', () => {
  vi.useFakeTimers({ now: 1_000_000, toFake: ['Date'] })
  const [agent, session] = [AgentId.parse('claude-code'), SessionId.parse('s')]
  const grants = new Grants()
  grants.give(agent, session, [{ section: 'files.read', pattern: '/x' }], 60_000)
  expect(grants.of(agent, session)).toBeDefined()
  vi.setSystemTime(1_059_999)
  expect(grants.list()).toHaveLength(1)
  vi.setSystemTime(1_060_000)
  expect(grants.of(agent, session)).toBeUndefined()
  expect(grants.list()).toEqual([])
})
