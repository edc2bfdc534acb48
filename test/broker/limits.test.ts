import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Broker } from '../../electron/broker/broker.ts'
import type { PendingRequest } from '../../electron/contract/request.ts'
import { judged, makeHome, openWindow, POLICY, read, start, waiting, write, type Home } from './fixture.ts'

let home: Home
let broker: Broker
beforeEach(async () => {
  home = makeHome(`${POLICY}  write: { allow: ["\${workspace}/**"], ask: ["\${workspace}/asked"] }\nlimits: { reads: 2/h, calls: 5/h }\n`)
  broker = await start(home)
})
afterEach(async () => {
  await broker.close()
  home.remove()
})

const path = (name: string): string => join(home.workspace, name)
const allow = ({ id, digest, revision, nonce }: PendingRequest) => ({ id, digest, revision, nonce, verdict: 'allow', remember: 'once' }) as const
const remembered = (request: PendingRequest | undefined): string[] => request?.offers.map((offer) => offer.remember) ?? []

describe('a rate limit', () => {
  test('asks about the call that would be one too many, and says which limit it is', async () => {
    const window = openWindow(broker, 'prompt')
    for (const name of ['a', 'b']) expect((await judged(home, read(path(name)))).verdict).toBe('allow')
    const told = judged(home, read(path('c')))
    const [request] = await waiting(window)
    expect(request!.reasons[0]).toMatchObject({ rule: 'limits.reads: 2/h', source: expect.stringMatching(/mine\.yaml:\d+$/), verdict: 'ask' })
    expect(await window.call('answer', allow(request!))).toEqual({ outcome: 'applied' })
    expect((await told).verdict).toBe('allow')
  })

  test('can be answered once, and not for good', async () => {
    const window = openWindow(broker, 'prompt')
    for (const name of ['a', 'b']) await judged(home, read(path(name)))
    void judged(home, read(path('c')))
    expect(remembered((await waiting(window))[0])).toEqual(['once'])
  })

  test('counts each session by itself, and only what it is for', async () => {
    for (const name of ['a', 'b']) await judged(home, read(path(name)))
    expect((await judged(home, read(path('c'), { session: 'another' }))).verdict).toBe('allow')
    expect((await judged(home, write(path('c')))).verdict).toBe('allow')
  })

  test('does not count what did not run', async () => {
    for (const _ of [1, 2, 3]) await judged(home, read(path('secret')))
    expect((await judged(home, read(path('a')))).verdict).toBe('allow')
  })
})

test('a rule is offered only where it would let the call through the next time', async () => {
  const window = openWindow(broker, 'prompt')
  void judged(home, write(path('asked')))
  expect(remembered((await waiting(window))[0])).toEqual(['once', 'session'])
  void judged(home, write('/srv/elsewhere'))
  expect(remembered((await waiting(window, 2))[1])).toEqual(['once', 'session', 'rule'])
})
