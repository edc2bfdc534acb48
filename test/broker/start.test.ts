import { chmodSync, mkdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { startBroker } from '../../electron/broker/broker.ts'
import { journalFile, journalKeyFile } from '../../electron/broker/folders.ts'
import { connectorsFor } from '../../electron/connectors/installed.ts'
import { judged, makeHome, openWindow, read, recorded, start, until, type Home } from './fixture.ts'

let home: Home
beforeEach(() => {
  home = makeHome()
})
afterEach(() => home.remove())

/** Why the broker does not start; afterwards it must be possible to start it. */
async function refusal(): Promise<string> {
  const started = await startBroker({ folders: home.folders, version: '0.0.0', connectors: connectorsFor(home.folders, {}) })
  if (!started.ok) return started.error
  await started.value.close()
  return 'none'
}

async function startsNow(): Promise<void> {
  const broker = await start(home)
  expect((await judged(home, read(join(home.workspace, 'a')))).verdict).toBe('allow')
  await broker.close()
}

describe('the broker starts', () => {
  test('with folders for its user only', async () => {
    const broker = await start(home)
    for (const folder of [home.folders.run, home.folders.state]) expect(statSync(folder).mode & 0o777).toBe(0o700)
    for (const file of [home.folders.endpoint, journalFile(home.folders), journalKeyFile(home.folders)]) expect(statSync(file).mode & 0o777).toBe(0o600)
    await broker.close()
  })

  test('again and again, its revisions and its chain going on', async () => {
    for (let round = 0; round < 3; round += 1) await startsNow()
    const { events, problem } = recorded(home)
    expect(problem).toBeUndefined()
    expect(events.flatMap((event) => (event.kind === 'policy' ? [event.revision] : []))).toEqual([1, 2, 3])
    expect(events.filter(({ kind }) => kind === 'broker')).toHaveLength(6)
  })

  test('with a damaged end of the journal, and says so where the operator sees it', async () => {
    await startsNow()
    writeFileSync(`${journalFile(home.folders)}.head`, 'forged')
    const broker = await start(home)
    const { journal } = await openWindow(broker, 'console').call('state', {})
    expect(journal.problem).toContain('was changed')
    expect(recorded(home).events).toContainEqual({ kind: 'journal', message: journal.problem })
    await broker.close()
  })

  test('with a policy that has a mistake, and denies everything until it is mended', async () => {
    home.policy('paddock: 1\nname: mine\nfles: {}\n')
    const broker = await start(home)
    const told = await judged(home, read(join(home.workspace, 'a')))
    expect(told).toMatchObject({ verdict: 'deny', message: expect.stringContaining('mine.yaml:3') })
    const window = openWindow(broker, 'console')
    home.policy('paddock: 1\nname: mine\nmatch: { agents: [claude-code] }\ndefault: allow\n')
    await until(window, ({ policy }) => policy.errors.length === 0)
    expect((await judged(home, read(join(home.workspace, 'a')))).verdict).toBe('allow')
    await broker.close()
  })
})

describe('the broker does not start, and says what to do,', () => {
  test('beside another one', async () => {
    const first = await start(home)
    expect(await refusal()).toContain(`process ${process.pid}`)
    expect((await judged(home, read(join(home.workspace, 'a')))).verdict).toBe('allow')
    await first.close()
    await startsNow()
  })

  test('in a run folder that others may enter', async () => {
    mkdirSync(home.folders.run, { recursive: true })
    chmodSync(home.folders.run, 0o755)
    expect(await refusal()).toContain('chmod 700')
    chmodSync(home.folders.run, 0o700)
    await startsNow()
  })

  test('in a run folder that is a link', async () => {
    mkdirSync(dirname(home.folders.run), { recursive: true })
    mkdirSync(join(home.root, 'elsewhere'), { mode: 0o700 })
    symlinkSync(join(home.root, 'elsewhere'), home.folders.run)
    expect(await refusal()).toContain('must be a folder')
  })

  test('with a key that others can read', async () => {
    await startsNow()
    chmodSync(journalKeyFile(home.folders), 0o644)
    expect(await refusal()).toContain('chmod 600')
    chmodSync(journalKeyFile(home.folders), 0o600)
    await startsNow()
  })

  test('with a journal that is no database; what it was stays as it is', async () => {
    await startsNow()
    const garbage = 'not a database at all '.repeat(500)
    writeFileSync(journalFile(home.folders), garbage)
    rmSync(`${journalFile(home.folders)}-wal`, { force: true })
    expect(await refusal()).toContain('Move it away')
    expect(readFileSync(journalFile(home.folders), 'utf8')).toBe(garbage)
  })
})

describe('connections', () => {
  test('are planned, applied as planned, recorded, and shown in every window', async () => {
    mkdirSync(join(home.folders.home, '.claude'))
    const broker = await start(home)
    const window = openWindow(broker, 'console')
    const agent = (await window.call('state', {})).connections[0]!.agent
    const planned = await window.call('planConnection', { agent, change: 'connect' })
    if (!('plan' in planned)) throw new Error(planned.problem)
    expect(planned.plan.diff).toContain('PreToolUse')
    expect(await window.call('applyConnection', { agent, change: 'connect', digest: 'another' })).toMatchObject({ done: false })
    expect(await window.call('applyConnection', { agent, change: 'connect', digest: planned.plan.digest })).toEqual({ done: true })
    await until(window, ({ connections }) => connections[0]?.state === 'connected')
    expect(recorded(home).events).toContainEqual({ kind: 'connection', agent, change: 'connected', file: planned.plan.file })

    rmSync(planned.plan.file)
    await until(window, ({ connections }) => connections[0]?.state !== 'connected')
    await broker.close()
  })
})
