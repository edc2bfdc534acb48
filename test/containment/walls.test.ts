import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { bubblewrapHere } from '../../electron/containment/linux/bubblewrap.ts'
import { landlockAbi } from '../../electron/containment/linux/landlock.ts'
import { admits, levelOf } from '../../electron/containment/walls.ts'
import { ContainedMachine } from './contained-machine.ts'
import { withoutBubblewrap, withoutNetworkNamespaces } from './without-bubblewrap.ts'

const wall = (name: string, stands = true) => ({ name, how: `${name} work`, stands })

describe('an agent starts', () => {
  test('where all walls stand', () => {
    expect(admits([wall('files'), wall('programs')], [])).toEqual({ ok: true })
    expect(levelOf([wall('files'), wall('programs')])).toBe('Held by files (files work), programs (programs work).')
  })

  test('without a wall only when the operator names it, and the level says so', () => {
    const walls = [wall('programs'), wall('network', false), wall('signals', false)]
    expect(admits(walls, ['network'])).toMatchObject({ ok: false, error: expect.stringMatching(/Missing is signals \(signals work\)\..*--without signals\.$/) })
    expect(admits(walls, ['network', 'signals'])).toEqual({ ok: true })
    expect(levelOf(walls)).toBe('Held by programs (programs work); less than contained, because missing is network (network work), signals (signals work).')
  })

  test('never where no wall stands, whatever the operator names', () => {
    expect(admits([wall('files', false), wall('programs', false)], ['files', 'programs'])).toMatchObject({ ok: false, error: expect.stringContaining('nothing holds it on this machine') })
  })
})

describe('on a kernel with an older Landlock', () => {
  let machine: ContainedMachine
  beforeEach(async (ctx) => {
    if (process.platform !== 'linux') return ctx.skip('agents are contained this way on Linux only')
    if (landlockAbi() < 6) return ctx.skip(`this kernel's own Landlock is older (ABI ${landlockAbi()})`)
    machine = await new ContainedMachine().start()
  })
  afterEach(() => machine?.close())

  test('nothing starts, and it is told what is missing and how to go without', async () => {
    const { code, stderr } = await machine.run(['touch', 'started'], { options: ['--landlock', '5'] })
    expect([code, existsSync(join(machine.workspace, 'started'))]).toEqual([1, false])
    expect(stderr).toMatch(/Missing is signals \(nothing: Landlock 6 is needed, Linux 6\.12\)\..*--without signals/)
    expect((await machine.run(['true'], { options: ['--without', 'sails'] })).code).toBe(2)
  })

  test('what the operator does without is in the record', async () => {
    const { code } = await machine.run(['true'], { options: ['--policy', 'coding', '--landlock', '5', '--without', 'signals'] })
    expect(code).toBe(0)
    const [started] = (await machine.timeline()).filter((row) => row.kind === 'contained' && row.change === 'started')
    expect(started).toMatchObject({ message: expect.stringMatching(/^Held by files \(Landlock 5 and the supervisor\).*; less than contained, because missing is signals/) })
  })

  const BARE = ['--policy', 'coding', '--landlock', '0', '--without', 'files', '--without', 'network', '--without', 'signals']

  test('without any, the supervisor alone still refuses and asks', async () => {
    machine.write('.ssh/id_rsa', 'PRIVATE')
    machine.write('notes.txt', 'noted')
    const { stdout } = await machine.sh('cat ~/.ssh/id_rsa ~/notes.txt; echo x > ~/new; echo done', { options: BARE })
    expect(stdout).toBe('done\n')
    expect(machine.asked.flatMap(({ effects }) => effects)).toMatchObject([{ kind: 'read', path: join(machine.home, 'notes.txt') }, { kind: 'write', path: join(machine.home, 'new') }])
  })

  test('nothing goes past the supervisor where no ruleset holds it', async (ctx) => {
    const library = join(import.meta.dirname, '../../out/native/fence-first.so')
    if (!existsSync(library)) ctx.skip('the library was not built: there is no C compiler on this machine')
    machine.write('.ssh/id_rsa', 'PRIVATE')
    const { stdout } = await machine.sh(`LD_PRELOAD=${library} cat ~/.ssh/id_rsa; echo done`, { options: BARE })
    expect(stdout).toBe('done\n')
  })

  test('a terminal is told what holds the agent, and what was kept from it', async (ctx) => {
    if (!existsSync('/usr/bin/script')) ctx.skip('there is no script(1) to make a terminal with')
    const cli = join(import.meta.dirname, '../../electron/cli/paddock.ts')
    const env = { HOME: machine.home, PADDOCK_HOME: join(machine.root, 'paddock'), PATH: process.env['PATH'] ?? '', TERM: 'xterm', SHOP_TOKEN: 'x' }
    const child = spawn('/usr/bin/script', ['-qec', `${process.execPath} ${cli} run --policy coding -- echo begun`, '/dev/null'], { cwd: machine.workspace, env, stdio: ['ignore', 'pipe', 'inherit'] })
    let shown = ''
    child.stdout.on('data', (chunk: Buffer) => (shown += chunk.toString()))
    await new Promise((resolve) => child.once('close', resolve))
    const [level, kept, begun] = shown.split('\r\n').filter((line) => !line.includes('Warning'))
    expect(level).toMatch(/^Paddock: Held by files \(Landlock \d+ and the supervisor\), programs \(the supervisor\)/)
    expect(kept).toBe('Paddock: Kept from the agent\'s environment: SHOP_TOKEN. A policy passes one on with "environment: { pass: [NAME] }".')
    expect(begun).toBe('begun')
  })
})

describe('the extra wall', () => {
  let machine: ContainedMachine
  beforeEach(async (ctx) => {
    if (process.platform !== 'linux') return ctx.skip('agents are contained this way on Linux only')
    if (landlockAbi() < 6) return ctx.skip(`this kernel's Landlock (ABI ${landlockAbi()}) can't hold an agent`)
    machine = await new ContainedMachine().start()
  })
  afterEach(() => machine?.close())

  const level = async (): Promise<string> => {
    expect((await machine.run(['true'])).code).toBe(0)
    const started = (await machine.timeline()).find((row) => row.kind === 'contained' && row.change === 'started')
    return String(started && 'message' in started && started.message)
  }

  test('stands where bubblewrap works, and the record says so', async (ctx) => {
    if ((await bubblewrapHere())?.ownNetwork !== true) return ctx.skip('bubblewrap is not there, or can make no network namespace')
    expect(await level()).toMatch(/, namespaces \(bubblewrap [\d.]+\)\.$/)
  })

  test('stands without a network of its own where none can be made, and says that', async (ctx) => {
    const through = withoutNetworkNamespaces(machine.root)
    if (typeof through === 'string') return ctx.skip(through)
    machine.through = through
    expect(await level()).toMatch(/namespaces \(bubblewrap [\d.]+, without a network of its own\)\.$/)
    const service = `const s = require('net').createServer((c) => c.end('own')).listen(0, '127.0.0.1', () => require('net').connect(s.address().port).on('data', (d) => { console.log(String(d)); process.exit() }))`
    expect((await machine.run([process.execPath, '-e', service])).stdout).toBe('own\n')
  })

  test('is not there without bubblewrap, and nothing is missing', async (ctx) => {
    const through = withoutBubblewrap()
    if (typeof through === 'string') return ctx.skip(through)
    machine.through = through
    expect(await level()).toMatch(/^Held by (?!.*(namespaces|missing))/)
  })
})
