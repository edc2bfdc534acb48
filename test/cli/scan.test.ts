import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { ScanReport } from '../../electron/contract/finding.ts'
import { AGENTS } from '../discovery/agent-shapes.ts'
import { which, World } from '../discovery/world.ts'
import { CLI, User } from './run.ts'

beforeEach((context) => context.skip(process.platform !== 'linux', 'agents are looked for on Linux only'))

let user: User
let world: World
let pid: number
const shape = AGENTS.find(({ what }) => what === 'a Node agent over fetch')!
beforeAll(async () => {
  user = new User()
  world = await World.open()
  const child = world.start({ ...shape, env: { ...shape.env, DEPLOY_PROD_TOKEN: 'not-a-token' } })
  pid = child.pid!
  await world.connected()
})
afterAll(async () => {
  await world.close()
  await user.remove()
})

async function scan(): Promise<ScanReport> {
  const { stdout, code } = await user.paddock(['scan', '--json'])
  expect(code).toBe(0)
  return ScanReport.parse(JSON.parse(stdout))
}

describe('paddock scan', () => {
  test('tells as JSON which agent runs, how it is known, and what it can reach', async () => {
    const { agents, findings, servers, tookMs } = await scan()
    const agent = agents.find((one) => one.pid === pid)
    expect(agent).toMatchObject({ agent: 'custom', name: 'agent.mjs', authorized: false, level: 'observed', startedBy: { pid: process.pid }, credentials: [{ kind: 'secret', name: 'DEPLOY_PROD_TOKEN', where: 'environment', production: true }] })
    expect(agent?.connections).toEqual([expect.objectContaining({ protocol: 'tcp', state: 'established', remote: world.model.replace('http://', ''), model: expect.stringContaining('environment names') })])
    expect(findings.filter((one) => one.pid === pid).map(({ kind }) => kind)).toEqual(['unauthorized-agent', 'exposed-credential'])
    expect(servers).toEqual([])
    expect(tookMs).toBeGreaterThan(0)
    expect(JSON.stringify(agents)).not.toContain('not-a-token')
  })

  test('takes who is authorised from agents.yaml, and says which line', async () => {
    mkdirSync(user.folders.config, { recursive: true })
    const file = join(user.folders.config, 'agents.yaml')
    writeFileSync(file, `paddock: 1\nagents:\n  - { agent: custom, programs: ["${world.root}/**"] }\n`)
    const { agents, findings } = await scan()
    expect(agents.find((one) => one.pid === pid)).toMatchObject({ authorized: true, authorizedBy: `${file}:3` })
    expect(findings.filter((one) => one.pid === pid).map(({ kind }) => kind)).toEqual(['exposed-credential'])
    writeFileSync(file, 'paddock: 1\nagents: [{ agent: custom }]\n')
    const faulty = await scan()
    expect(faulty.agents.find((one) => one.pid === pid)).toMatchObject({ authorized: false })
    expect(faulty.findings).toContainEqual(expect.objectContaining({ kind: 'registry', message: expect.stringContaining(`${file}:2:`) }))
  })

  test('goes on with what is shipped when a file of the catalogue is faulty', async () => {
    mkdirSync(join(user.folders.config, 'discovery'), { recursive: true })
    writeFileSync(join(user.folders.config, 'discovery/mine.yaml'), 'agents:\n  all: { name: All, kind: cli, programs: ["*"] }\n')
    const { agents, findings } = await scan()
    expect(agents.map((one) => one.pid)).toContain(pid)
    expect(findings).toContainEqual(expect.objectContaining({ kind: 'registry', message: expect.stringContaining('mine.yaml:2:') }))
  })

  test('knows an agent that the user has added', async () => {
    writeFileSync(join(user.folders.config, 'discovery/mine.yaml'), `agents:\n  house-agent: { name: House agent, kind: cli, npm: ["@house/agent"] }\n`)
    const child = world.start({ what: 'house', files: { 'node_modules/@house/agent/package.json': '{"name":"@house/agent","bin":"a.js"}', 'node_modules/@house/agent/a.js': 'setInterval(() => {}, 1000)' }, command: ['NODE', 'node_modules/@house/agent/a.js'] })
    await expect.poll(async () => (await scan()).agents.find((one) => one.pid === child.pid)).toMatchObject({ agent: 'house-agent', name: 'House agent' })
  })

  test('prints for people without --json, and as CycloneDX', async () => {
    const { stdout } = await user.paddock(['scan'])
    expect(stdout).toContain(`agent.mjs (process ${pid}`)
    expect(stdout).toContain('NOT AUTHORISED')
    const bom = JSON.parse((await user.paddock(['scan', '--format', 'cyclonedx'])).stdout) as { bomFormat: string; specVersion: string; components: { name: string; properties: object[] }[] }
    expect(bom).toMatchObject({ bomFormat: 'CycloneDX', specVersion: '1.6' })
    expect(bom.components).toContainEqual(expect.objectContaining({ name: 'agent.mjs', type: 'application', properties: expect.arrayContaining([{ name: 'paddock:authorized', value: 'false' }]) }))
  })

  test('goes on where it may not look, and says what it can not see', async ({ skip }) => {
    if (process.getuid?.() !== 0 || which('setpriv') === undefined) return skip('needs root and setpriv, to be another user')
    const nobody = ['--reuid', '65534', '--regid', '65534', '--clear-groups', 'env', 'HOME=/', 'PADDOCK_HOME=/nonexistent']
    const { stdout, code } = await user.run('setpriv', [...nobody, process.execPath, CLI, 'scan', '--json'], '')
    expect(code).toBe(0)
    expect(ScanReport.parse(JSON.parse(stdout)).gaps).toEqual([expect.stringContaining('without root')])
  })

  test('prints a line for each change with --watch, until it is interrupted', async () => {
    const watching = user.start(process.execPath, [join(import.meta.dirname, '../../out/cli/paddock.js'), 'scan', '--watch', '--json'])
    await user.printed(watching, /"change":"watching".*\n/)
    const found = user.printed(watching, /(\{"change":"found".*"agent":"custom".*\})\n/)
    const child = world.start(shape)
    expect(JSON.parse((await found)[1]!)).toMatchObject({ change: 'found', agents: [{ pid: child.pid, agent: 'custom' }], findings: [{ kind: 'unauthorized-agent' }], servers: [] })
    const gone = user.printed(watching, /(\{"change":"gone".*\})\n/)
    await world.end(child)
    expect(JSON.parse((await gone)[1]!)).toMatchObject({ change: 'gone', agents: [{ pid: child.pid }] })
    watching.kill('SIGINT')
    await expect.poll(() => watching.exitCode).toBe(0)
  })
})
