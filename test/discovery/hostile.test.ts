import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parseCatalogue } from '../../electron/discovery/catalogue/catalogue.ts'
import { Discovery } from '../../electron/discovery/discovery.ts'
import { printable } from '../../electron/discovery/process-record.ts'
import { reportOf } from '../../electron/discovery/report.ts'
import { AGENTS } from './agent-shapes.ts'
import { onLinuxOnly } from './linux-only.ts'
import { contextOf, isRight, shippedKnowledge, startAndLook } from './look.ts'
import { World } from './world.ts'

onLinuxOnly()

let world: World
beforeAll(async () => (world = await World.open()))
afterAll(() => world.close())
const overFetch = AGENTS.find(({ what }) => what === 'a Node agent over fetch')!

describe('processes that make it hard', () => {
  test('a command line of a million bytes is cut, and its process still found', async () => {
    const shape = { ...overFetch, command: [...overFetch.command, ...Array.from({ length: 10 }, () => 'x'.repeat(100_000))] }
    const [judged] = await startAndLook(world, [shape], (all) => all.every(isRight))
    expect(judged!.found).toMatchObject([{ agent: 'custom' }])
  })

  test('line feeds and terminal escapes in arguments and folders never reach a terminal', async () => {
    const escape = '\u001b[2J'
    const name = `agent${escape}\nfake line.mjs`
    const shape = { ...overFetch, files: { [name]: Object.values(overFetch.files ?? {})[0] ?? '' }, command: ['NODE', `HERE/${name}`] }
    const [judged] = await startAndLook(world, [shape], (all) => all.every(isRight))
    const told = JSON.stringify(judged!.found)
    expect(judged!.found).toMatchObject([{ agent: 'custom' }])
    expect(JSON.stringify(JSON.parse(told), (_, value: unknown) => (typeof value === 'string' ? printable(value) : value))).toBe(told)
  })

  test('a thousand processes that come and go while it looks do not stop it', async () => {
    const knowledge = shippedKnowledge(world.home)
    const discovery = new Discovery(knowledge.catalogue, world.home)
    const child = world.spawn('sh', ['-c', 'i=0; while [ $i -lt 1000 ]; do /bin/true & i=$((i+1)); done; wait; sleep 60'], { PATH: '/usr/bin:/bin' })
    for (let round = 0; round < 30; round++) {
      const picture = await discovery.picture()
      expect(reportOf(picture, contextOf(knowledge, world.home)).agents.filter(({ processes }) => processes.includes(child.pid!))).toEqual([])
    }
  })
})

describe('a catalogue', () => {
  const entry = (fields: string): string => `agents:\n  mine:\n    name: Mine\n    kind: cli\n${fields}`
  test.for([
    ['a name with a wildcard', '    programs: ["*"]', /mine\.yaml:5:\d+: .*base name without/],
    ['the name of an interpreter', '    programs: [python3]', /mine\.yaml:5:\d+: .*match everything it runs/],
    ['a path that matches everything', '    paths: ["*"]', /mine\.yaml:5:\d+: .*matches everything/],
    ['the whole home folder', '    state: ["~/"]', /mine\.yaml:5:\d+: .*matches everything/],
    ['a folder of many programs', '    state: ["~/.config/"]', /mine\.yaml:5:\d+: .*belongs to many programs/],
    ['an unknown member', '    exes: [mine]', /mine\.yaml:3:\d+: .*[Uu]nrecognized key/],
    ['a port that is none', '    listens: [99999]', /mine\.yaml:5:\d+: /],
    ['text that is no YAML', '  : : [', /mine\.yaml:5:\d+: /],
  ] as const)('with %s is refused, and says where', ([, fields, message]) => {
    const parsed = parseCatalogue([{ file: 'mine.yaml', text: entry(fields) }])
    expect(parsed.ok ? [] : parsed.error).toEqual(expect.arrayContaining([expect.stringMatching(message)]))
  })

  test.for(['0.0.0.0/0', '::/0', '10.0.0.0/99', 'everything'])('with the prefix %s is refused', (cidr) => {
    expect(parseCatalogue([{ file: 'mine.yaml', text: `prefixes: [{ cidr: "${cidr}", owner: me, host: example.com }]` }]).ok).toBe(false)
  })
})
