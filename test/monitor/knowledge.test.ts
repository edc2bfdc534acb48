import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Broker } from '../../electron/broker/broker.ts'
import { startBroker } from '../../electron/broker/broker.ts'
import { managedProfiles } from '../../electron/broker/profile-store.ts'
import { connectorsFor } from '../../electron/connectors/installed.ts'
import { EndpointReply } from '../../electron/contract/endpoint.ts'
import type { OperatorClient } from '../../electron/contract/operator-client.ts'
import { profilesText } from '../../electron/monitor/profile-file.ts'
import { judged, makeHome, openWindow, recorded, say, type Home } from '../broker/fixture.ts'
import { profileOf } from './sessions.ts'

// What a user or IT adds to what the monitor knows: files in `behaviour/`, and profiles that IT ships.

const POLICY = `
paddock: 1
name: mine
match: { agents: [claude-code] }
default: allow
`
const HOUSE = `
classes:
  house: { points: 4, most: 4, what: breaks a rule of the house, tags: [ASI02] }
behaviours:
  - { class: house, kind: speaks to the old billing system, commands: [billctl] }
  - { class: recon, kind: lists the machines of the house, commands: [house-ls] }
`

/** A saved file is read within a second or two. */
const SOON = { timeout: 10_000 }

let home: Home
let managed: string
let broker: Broker
let window: OperatorClient & { close(): void }
beforeEach(() => {
  home = makeHome(POLICY)
  managed = join(home.root, 'managed')
})
afterEach(async () => {
  window?.close()
  await broker?.close()
  home.remove()
})

async function begin(): Promise<void> {
  const started = await startBroker({ folders: home.folders, version: '0.0.0', connectors: connectorsFor(home.folders, {}), managed })
  if (!started.ok) throw new Error(started.error)
  broker = started.value
  window = openWindow(broker, 'prompt', 'console')
}

const save = (folder: string, name: string, text: string): void => {
  mkdirSync(join(folder, 'behaviour'), { recursive: true })
  writeFileSync(join(folder, 'behaviour', name), text)
}
const problems = async (): Promise<string[]> => (await window.call('state', {})).monitor.problems
const noticed = async (command: string, session: string): Promise<string[]> => {
  void judged(home, { tool: 'Bash', input: { command }, session, waits: 2500 })
  const sessions = await expect.poll(async () => (await window.call('state', {})).sessions.find(({ session: id }) => id === session)).toBeDefined().then(async () => (await window.call('state', {})).sessions)
  return sessions.find(({ session: id }) => id === session)!.deviations.map(({ why }) => why)
}

describe('files that add to what the monitor knows', () => {
  test('of the user and of IT count from the start, and from when they are saved', async () => {
    save(managed, 'house.yaml', HOUSE)
    await begin()
    expect(await noticed('billctl --dump', 's1')).toEqual(['It breaks a rule of the house: speaks to the old billing system.'])
    expect(await noticed('fridge open', 's2')).toEqual([])
    save(home.folders.config, 'mine.yaml', 'behaviours:\n  - { class: house, kind: opens the fridge, commands: [fridge open] }\n')
    await expect.poll(() => recorded(home).events.filter(({ kind }) => kind === 'knowledge').length, SOON).toBe(1)
    expect(await noticed('fridge open', 's3')).toEqual(['It breaks a rule of the house: opens the fridge.'])
  })

  test('with an error are refused whole, with the line, and what was known before stays', async () => {
    save(home.folders.config, 'mine.yaml', HOUSE)
    await begin()
    save(home.folders.config, 'mine.yaml', `${HOUSE}  - { class: nowhere, kind: x, commands: [other] }\n`)
    await expect.poll(problems, SOON).toEqual([expect.stringMatching(/behaviour\/mine\.yaml:7:14: behaviours\.2\.class: there is no class "nowhere"$/)])
    expect(await noticed('billctl --dump', 's1')).toHaveLength(1)
    const status = EndpointReply.parse(await say(home.folders.endpoint, { type: 'status' }))
    expect(status).toMatchObject({ knowledgeErrors: [expect.stringContaining('nowhere')] })
    expect(recorded(home).events).toContainEqual({ kind: 'knowledge', errors: [expect.stringContaining('nowhere')] })
    rmSync(join(home.folders.config, 'behaviour'), { recursive: true })
    await expect.poll(problems, SOON).toEqual([])
    expect(await noticed('billctl --dump', 's2')).toEqual([])
  })

  test.each([
    ['a word that acts', 'reading: transfer peek', /mine\.yaml:1:10: reading: "transfer" stands for something that acts/],
    ['a class that is there', 'classes:\n  recon: { points: 0.1, most: 0.1, what: x, tags: [] }', /mine\.yaml:2:10: classes\.recon: there is a class "recon" already/],
    ['an expression for everything', "signs:\n  - { kind: x, pattern: '.*' }", /mine\.yaml:2:25: signs\.0\.pattern: it matches everything/],
    ['a pattern for everything', 'behaviours:\n  - { class: recon, kind: x, reads: ["**"] }', /it matches everything/],
    ['a section that there is not', 'detectors: []', /mine\.yaml:1:1: /],
  ])('can not weaken what is there: %s', async (_, text, problem) => {
    save(home.folders.config, 'mine.yaml', text)
    await begin()
    expect(await problems()).toEqual([expect.stringMatching(problem)])
  })
})

describe('a profile that IT ships', () => {
  test('counts on a new machine from the first session on, and nothing that happens there changes it', async () => {
    mkdirSync(managed)
    const its = profilesText([{ ...profileOf(['tool:Bash', 'program:curl', 'host:intranet.corp.example'], 60), agent: 'claude-code' }])
    writeFileSync(managedProfiles(managed), its)
    await begin()
    expect(await noticed('curl -s https://intranet.corp.example/x', 's1')).toEqual([])
    expect(await noticed('curl -s https://elsewhere.example/x', 's2')).toEqual([expect.stringContaining('never connected to elsewhere.example in 60 sessions')])
    const { sessions } = await window.call('state', {})
    expect(sessions[0]).toMatchObject({ learned: 60, origin: 'managed' })
    // Sessions that go there teach the own profile, which IT's goes before.
    window.close()
    await broker.close()
    await begin()
    for (const session of ['a', 'b', 'c']) await noticed('curl -s https://elsewhere.example/x', session)
    await broker.close()
    await begin()
    expect(await noticed('curl -s https://elsewhere.example/x', 's9')).toHaveLength(1)
  })
})
