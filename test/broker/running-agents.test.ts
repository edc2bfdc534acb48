import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { startBroker, type Broker } from '../../electron/broker/broker.ts'
import { connectorsFor } from '../../electron/connectors/installed.ts'
import { channelPair } from '../../electron/contract/channel.ts'
import type { RunningAgent } from '../../electron/contract/finding.ts'
import { operatorClient, type OperatorClient } from '../../electron/contract/operator-client.ts'
import { AGENTS } from '../discovery/agent-shapes.ts'
import { World } from '../discovery/world.ts'
import { hookLine, makeHome, say, type Home } from './fixture.ts'

beforeEach((context) => context.skip(process.platform !== 'linux', 'agents are looked for on Linux only'))

let world: World
let home: Home
let broker: Broker
let client: OperatorClient
beforeAll(async () => (world = await World.open()))
afterAll(() => world.close())
beforeEach(async () => {
  home = makeHome()
  rmSync(join(home.folders.config, 'agents.yaml'))
  const opened = await startBroker({ folders: home.folders, version: '0.0.0', connectors: connectorsFor(home.folders, {}), discover: true })
  if (!opened.ok) throw new Error(opened.error)
  broker = opened.value
  const [own, its] = channelPair()
  broker.attach(its, ['console'])
  client = operatorClient(own)
})
afterEach(async () => {
  await broker.close()
  home.remove()
})

const shape = AGENTS.find(({ what }) => what === 'a Node agent over fetch')!

async function shown(pid: number | undefined): Promise<RunningAgent | undefined> {
  const { running } = await client.call('state', {})
  return running.agents.find((agent) => agent.pid === pid)
}

async function started(): Promise<RunningAgent> {
  const child = world.start(shape)
  await expect.poll(() => shown(child.pid)).toBeDefined()
  return (await shown(child.pid))!
}

const rows = async (kind: string): Promise<unknown[]> => (await client.call('timeline', { limit: 200 })).flatMap(({ body }) => (body.kind === kind ? [body] : []))
const stateOf = (pid: number): string => /\) (\w)/.exec(readFileSync(`/proc/${pid}/stat`, 'latin1'))?.[1] ?? ''

test('an agent is restarted contained only when that was confirmed, and is not ended where it can not be started anew', async () => {
  const agent = await started()
  const { pid, startedAt } = agent
  const program = { PATH: process.env['PATH'], DISPLAY: process.env['DISPLAY'], WAYLAND_DISPLAY: process.env['WAYLAND_DISPLAY'] }
  const bin = join(home.root, 'bin')
  mkdirSync(bin)
  try {
    Object.assign(process.env, { PATH: bin })
    expect(await client.call('restartContained', { pid, startedAt, confirmed: true })).toEqual({ problem: expect.stringContaining('No terminal program') })
    expect(stateOf(pid)).not.toBe('')
    writeFileSync(join(bin, 'xterm'), `#!/bin/sh\nprintf '%s\\n' "$@" > '${home.root}/opened'\n`, { mode: 0o755 })
    Object.assign(process.env, { PATH: `${bin}:/usr/bin:/bin`, DISPLAY: ':77' })
    expect(await client.call('restartContained', { pid, startedAt, confirmed: false })).toEqual({ asks: expect.stringContaining(`process ${pid}`) })
    expect(stateOf(pid)).not.toBe('T')
    expect(await client.call('restartContained', { pid, startedAt, policy: 'mine', confirmed: true })).toEqual({ started: expect.stringContaining('xterm in ') })
    await expect.poll(() => readFileSync(join(home.root, 'opened'), 'utf8')).toMatch(/\nrun\n--hold\n--agent\ncustom\n--policy\nmine\n--\n/)
    await expect.poll(() => shown(pid)).toBeUndefined()
    expect(await rows('response')).toContainEqual(expect.objectContaining({ action: 'restart', pid }))
  } finally {
    for (const [name, value] of Object.entries(program)) if (value === undefined) delete process.env[name]
      else process.env[name] = value
  }
})

test('an agent that is registered with a policy is held to that one', async () => {
  home.policy('paddock: 1\nname: strict\nmatch: { agents: [nobody] }\ndefault: deny\n')
  const ask = async (): Promise<unknown> => {
    const reply = await say(home.folders.endpoint, JSON.parse(hookLine(home, { tool: 'Read', input: { file_path: join(home.workspace, 'a') } })))
    return JSON.parse((reply as { stdout: string }).stdout)
  }
  const verdict = (decision: string): object => ({ hookSpecificOutput: { permissionDecision: decision } })
  await expect.poll(ask).toMatchObject(verdict('allow'))
  writeFileSync(join(home.folders.config, 'agents.yaml'), `paddock: 1\nagents: [{ agent: claude-code, workspaces: ["${home.workspace}/**"], policy: strict }]\n`)
  await expect.poll(ask).toMatchObject(verdict('deny'))
})

describe('an agent that nobody authorised', () => {
  test('is shown and on record, and nothing is done to it', async () => {
    const agent = await started()
    expect(agent).toMatchObject({ agent: 'custom', authorized: false, level: 'observed', paused: false, findings: [{ kind: 'unauthorized-agent' }] })
    expect(await rows('finding')).toContainEqual(expect.objectContaining({ finding: expect.objectContaining({ kind: 'unauthorized-agent', pid: agent.pid }) }))
    expect(stateOf(agent.pid)).not.toBe('T')
  })

  test('is paused, resumed and ended from the console, which is on record', async () => {
    const { pid, startedAt } = await started()
    const act = (action: 'pause' | 'resume' | 'end') => client.call('respondToAgent', { pid, startedAt, action, confirmed: true })
    expect(await act('pause')).toEqual({ done: true })
    expect(stateOf(pid)).toBe('T')
    expect(await shown(pid)).toMatchObject({ paused: true })
    expect(await act('resume')).toEqual({ done: true })
    expect(await shown(pid)).toMatchObject({ paused: false })
    expect(await act('end')).toEqual({ done: true })
    await expect.poll(() => shown(pid)).toBeUndefined()
    expect(await act('end')).toMatchObject({ done: false, message: 'This agent has ended.' })
    expect((await rows('response')).map((row) => (row as { action: string }).action)).toEqual(['end', 'resume', 'pause'])
  })

  test('is authorised with a policy: the lines are shown first, written, and in force at once', async () => {
    const { pid, startedAt, folder } = await started()
    const file = join(home.folders.config, 'agents.yaml')
    writeFileSync(file, '# mine\npaddock: 1\nagents:\n  - { agent: codex } # as agreed\n')
    const registration = { pid, startedAt, as: 'authorized', policy: 'coding' } as const
    const planned = await client.call('planRegistration', registration)
    expect(planned).toEqual({ file, adds: expect.stringContaining(`${folder}/**`) })
    expect(readFileSync(file, 'utf8')).not.toContain('custom')
    expect(await client.call('applyRegistration', registration)).toEqual({ done: true })
    expect(await shown(pid)).toMatchObject({ authorized: true, authorizedBy: expect.stringContaining(`${file}:`), findings: [] })
    expect(readFileSync(file, 'utf8')).toMatch(/^# mine\npaddock: 1\nagents:\n {2}- \{ agent: codex \} # as agreed\n {2}- agent: custom\n/)
  })

  test('is held as firmly as was seen: its hook has asked', async () => {
    const line = hookLine(home, { tool: 'Read', input: { file_path: join(home.workspace, 'a') } })
    const hook = `require('net').connect(${JSON.stringify(home.folders.endpoint)}).write(${JSON.stringify(line)})`
    const files = { 'agent.mjs': `import { spawn } from 'node:child_process'\nspawn(process.execPath, ['-e', ${JSON.stringify(hook)}], { stdio: 'ignore' })\n${Object.values(shape.files ?? {})[0]}` }
    const child = world.start({ ...shape, files })
    await expect.poll(() => shown(child.pid)).toMatchObject({ level: 'hooked' })
    const status = await say(home.folders.endpoint, { type: 'status' })
    expect(status).toMatchObject({ held: [expect.objectContaining({ pid: child.pid, level: 'hooked' })] })
  })

  test('is ignored for its folder', async () => {
    const { pid, startedAt } = await started()
    expect(await client.call('applyRegistration', { pid, startedAt, as: 'ignored' })).toEqual({ done: true })
    expect(await shown(pid)).toMatchObject({ authorized: false, findings: [] })
  })

  test('is judged anew when the registry is saved, and a faulty one authorises nobody', async () => {
    const { pid } = await started()
    const file = join(home.folders.config, 'agents.yaml')
    writeFileSync(file, `paddock: 1\nagents: [{ agent: custom, programs: ["${world.root}/**"] }]\n`)
    await expect.poll(() => shown(pid)).toMatchObject({ authorized: true })
    writeFileSync(file, 'paddock: 1\nagents: [{ agent: custom }]\n')
    await expect.poll(() => shown(pid)).toMatchObject({ authorized: false })
    expect((await client.call('state', {})).running.findings).toContainEqual(expect.objectContaining({ kind: 'registry', message: expect.stringContaining(`${file}:2:`) }))
    expect(await client.call('planRegistration', { pid, startedAt: (await shown(pid))!.startedAt, as: 'authorized' })).toEqual({ problem: expect.stringContaining('Correct the file first') })
  })

  test('is not looked for where the registry says so, until it says otherwise', async () => {
    const { pid } = await started()
    const file = join(home.folders.config, 'agents.yaml')
    writeFileSync(file, 'paddock: 1\nwatch: false\n')
    await expect.poll(async () => (await client.call('state', {})).running).toMatchObject({ agents: [], gaps: [expect.stringContaining(file)] })
    writeFileSync(file, 'paddock: 1\n')
    await expect.poll(() => shown(pid)).toBeDefined()
  })

  test('that the catalogue learns of is shown from then on', async () => {
    const files = { 'node_modules/@house/agent/package.json': '{"name":"@house/agent","bin":"a.js"}', 'node_modules/@house/agent/a.js': 'setInterval(() => {}, 1000)' }
    const child = world.start({ what: 'house', files, command: ['NODE', 'node_modules/@house/agent/a.js'] })
    await started()
    expect(await shown(child.pid)).toBeUndefined()
    writeFileSync(join(home.folders.config, 'discovery/mine.yaml'), 'agents:\n  house-agent: { name: House agent, kind: cli, npm: ["@house/agent"] }\n')
    await expect.poll(() => shown(child.pid)).toMatchObject({ agent: 'house-agent' })
  })
})
