import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Broker } from '../../electron/broker/broker.ts'
import { ordersFolder } from '../../electron/broker/session-orders.ts'
import { AgentId, SessionId } from '../../electron/contract/ids.ts'
import type { OperatorClient } from '../../electron/contract/operator-client.ts'
import type { SessionAction } from '../../electron/contract/deviation.ts'
import { judged, makeHome, openWindow, recorded, start, waiting, type Home } from '../broker/fixture.ts'

// A session whose score comes to `pause` stands still until the operator says how it goes on.

const POLICY = `
paddock: 1
name: mine
match: { agents: [claude-code] }
default: allow
monitor: { pause: 3.5 }
approval: { timeout: 1s }
`

let home: Home
let broker: Broker
let window: OperatorClient & { close(): void }
beforeEach(async () => {
  home = makeHome(POLICY)
  broker = await start(home)
  window = openWindow(broker, 'prompt', 'console')
})
afterEach(async () => {
  window.close()
  await broker.close()
  home.remove()
})

const shell = (command: string) => judged(home, { tool: 'Bash', input: { command } })
const read = (name: string, session = 'session-1') => judged(home, { tool: 'Read', input: { file_path: join(home.workspace, name) }, session })
const respond = (action: SessionAction) => window.call('respondToSession', { agent: AgentId.parse('claude-code'), session: SessionId.parse('session-1'), action })
const session = async () => (await window.call('state', {})).sessions.find(({ session: id }) => id === 'session-1')!

/** Hands on the history of a shell are enough for this policy. */
const suspect = () => shell('history -c')

test('every call waits, also one that only reads, and is denied with the reason when nobody answers', async () => {
  const heard = suspect()
  await waiting(window)
  const { message, verdict } = await read('a')
  expect(verdict).toBe('deny')
  expect(message).toMatch(/nobody answered within 1 s.*session is paused until the user resumes or ends it.*history/s)
  await heard
  expect(await session()).toMatchObject({ response: 'pause', halt: { state: 'paused', why: expect.stringContaining('history'), calls: [0] } })
  expect(recorded(home).events).toContainEqual(expect.objectContaining({ kind: 'session', change: 'paused', session: 'session-1', message: expect.stringContaining('history') }))
  // Others go on.
  expect((await read('a', 'session-2')).verdict).toBe('allow')
})

test('resumed, it goes on: what waits runs, what was suspect itself still asks, and the same does not pause it again', async () => {
  home.policy(POLICY.replace('1s', '20s'))
  await new Promise((resolve) => setTimeout(resolve, 300))
  const heard = suspect()
  await waiting(window)
  const reading = read('a')
  await expect.poll(async () => (await window.call('state', {})).requests.length).toBe(2)
  await expect(respond('resume')).resolves.toEqual({ done: true })
  expect((await reading).verdict).toBe('allow')
  const [request] = await waiting(window)
  expect(request!.weighing).toMatchObject({ response: 'ask' })
  const { id, digest, revision, nonce } = request!
  await window.call('answer', { id, digest, revision, nonce, verdict: 'deny', remember: 'once' })
  expect((await heard).verdict).toBe('deny')
  expect((await session()).halt).toBeUndefined()
  void suspect()
  await expect.poll(async () => (await window.call('state', {})).requests.length).toBe(1)
  expect((await session()).halt).toBeUndefined()
  expect((await read('a')).verdict).toBe('allow')
  expect(recorded(home).events).toContainEqual(expect.objectContaining({ kind: 'session', change: 'resumed' }))
  await expect(respond('resume')).resolves.toEqual({ done: false, message: 'This session is not paused.' })
})

test('one call that the operator lets run does not resume the session', async () => {
  home.policy(POLICY.replace('1s', '20s'))
  await new Promise((resolve) => setTimeout(resolve, 300))
  const heard = suspect()
  const [request] = await waiting(window)
  const { id, digest, revision, nonce } = request!
  await window.call('answer', { id, digest, revision, nonce, verdict: 'allow', remember: 'once' })
  expect((await heard).verdict).toBe('allow')
  void read('a')
  const [next] = await waiting(window)
  expect(next!.reasons[0]!.message).toContain('The session is paused')
})

test('ended, nothing of it runs any more', async () => {
  const heard = suspect()
  await waiting(window)
  await expect(respond('end')).resolves.toEqual({ done: true })
  expect(await heard).toMatchObject({ verdict: 'deny', message: expect.stringContaining('ended this session') })
  expect(await read('a')).toMatchObject({ verdict: 'deny', message: expect.stringContaining('ended this session') })
  expect((await session()).halt).toMatchObject({ state: 'ended' })
  expect(recorded(home).events).toContainEqual(expect.objectContaining({ kind: 'session', change: 'ended' }))
})

test('without a window, an order of the command line is taken once and is on record', async () => {
  const heard = suspect()
  await waiting(window)
  mkdirSync(ordersFolder(home.folders), { recursive: true })
  const order = (name: string, what: object): void => writeFileSync(join(ordersFolder(home.folders), `${name}.json`), JSON.stringify(what))
  order('a', { session: 'nobody', action: 'resume' })
  order('b', { session: 'session-1', action: 'end' })
  order('c', { session: 'session-1', action: 'explode' })
  expect((await heard).message).toContain('ended this session')
  expect(recorded(home).events).toContainEqual(expect.objectContaining({ kind: 'operator', change: 'refused', message: 'resume of a session: No paused session begins with "nobody".' }))
})
