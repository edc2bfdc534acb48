import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { startBroker, type Broker } from '../../electron/broker/broker.ts'
import { claudeCodeConnector } from '../../electron/connectors/claude-code/connector.ts'
import type { Connector } from '../../electron/connectors/connector.ts'
import { hookProgram } from '../../electron/connectors/installed.ts'
import type { EndpointReply } from '../../electron/contract/endpoint.ts'
import type { EventBody } from '../../electron/contract/event.ts'
import { AgentId } from '../../electron/contract/ids.ts'
import type { OperatorClient } from '../../electron/contract/operator-client.ts'
import type { Connection } from '../../electron/contract/operator.ts'
import { hookLine, makeHome, openWindow, say, until, type Home } from './fixture.ts'

let home: Home
let client: string
let connector: Connector
let broker: Broker | undefined

beforeEach(() => {
  home = makeHome()
  // A hook client of its own, so that it can be broken.
  client = join(home.root, 'hook.cjs')
  const program = hookProgram(home.folders.endpoint)
  copyFileSync(program.client, client)
  connector = claudeCodeConnector({ home: home.folders.home, env: {}, backups: join(home.folders.state, 'backups'), program: { ...program, client } })
})
afterEach(async () => {
  await broker?.close()
  broker = undefined
  home.remove()
})

function connect(): string {
  const plan = connector.plan('connect')
  if (!plan.ok) throw new Error(plan.error)
  expect(connector.apply('connect', plan.value.digest).ok).toBe(true)
  return plan.value.file
}

async function opened(): Promise<OperatorClient> {
  const started = await startBroker({ folders: home.folders, version: '0.0.0', connectors: [connector] })
  if (!started.ok) throw new Error(started.error)
  broker = started.value
  return openWindow(broker, 'console')
}

const shown = async (window: OperatorClient, wanted: (connection: Connection) => boolean): Promise<Connection> =>
  (await until(window, ({ connections }) => connections.some(wanted))).connections[0]!
const canaries = async (window: OperatorClient): Promise<EventBody[]> => (await window.call('timeline', { limit: 100 })).flatMap(({ body }) => (body.kind === 'canary' ? [body] : []))

test('a hook that blocks is proven at the start, on record as a canary and not as a call of the agent', async () => {
  connect()
  const window = await opened()
  expect(await shown(window, ({ level }) => level === 'hooked')).toMatchObject({ state: 'connected' })
  expect(await canaries(window)).toEqual([{ kind: 'canary', agent: 'claude-code', held: true, message: expect.stringContaining('blocked it') }])
  expect((await window.call('timeline', { limit: 100 })).some(({ body }) => body.kind === 'decision' || body.kind === 'unreadable')).toBe(false)
  const status = (await say(home.folders.endpoint, { type: 'status' })) as Extract<EndpointReply, { type: 'status' }>
  expect(status).toMatchObject({ canaries: [{ agent: 'claude-code', held: true }], held: [] })
})

test('a connection that is made is tried at once', async () => {
  const window = await opened()
  const reply = await window.call('planConnection', { agent: AgentId.parse('claude-code'), change: 'connect' })
  if (!('plan' in reply)) throw new Error(reply.problem)
  await window.call('applyConnection', { agent: reply.plan.agent, change: 'connect', digest: reply.plan.digest })
  expect(await shown(window, ({ level }) => level === 'hooked')).toMatchObject({ state: 'connected' })
})

test.for([
  ['lets everything through', 'console.log(JSON.stringify({ hookSpecificOutput: { hookEventName: "PreToolUse", permissionDecision: "allow" } }))'],
  ['fails', 'process.exit(1)'],
] as const)('a hook client that %s: the console says that this agent is no longer held', async ([, code]) => {
  connect()
  writeFileSync(client, code)
  const window = await opened()
  const connection = await shown(window, ({ state }) => state === 'altered')
  expect(connection).toMatchObject({ level: 'observed', note: expect.stringMatching(/^This agent is no longer held\..*never heard of it/) })
  expect(await canaries(window)).toEqual([expect.objectContaining({ held: false })])
})

test('a changed entry is not run', async () => {
  const file = connect()
  const marker = join(home.root, 'ran')
  mkdirSync(home.root, { recursive: true })
  writeFileSync(file, readFileSync(file, 'utf8').replace('"/bin/sh"', `"/usr/bin/touch", "${marker}", "/bin/sh"`))
  expect(connector.inspect().state).toBe('altered')
  expect(connector.trial('PaddockCanary', { token: 'x' })).toBeUndefined()
  const window = await opened()
  expect(await canaries(window)).toEqual([])
  expect(() => readFileSync(marker)).toThrow()
})

test('who calls a tool of that name without an open token is judged like anybody', async () => {
  const window = await opened()
  const asked = say(home.folders.endpoint, JSON.parse(hookLine(home, { tool: 'PaddockCanary', input: { token: 'a guess' }, waits: 300 })))
  await asked
  expect((await window.call('timeline', { limit: 100 })).some(({ body }) => body.kind === 'decision' && body.toolName === 'PaddockCanary')).toBe(true)
})
