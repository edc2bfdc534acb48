import { readFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { isAlive } from '../../electron/broker/leftovers.ts'
import { landlockAbi } from '../../electron/containment/linux/landlock.ts'
import { allBelow, type ProcessIdentity } from '../../electron/containment/linux/tree.ts'
import { AbsolutePath, AgentId, SessionId } from '../../electron/contract/ids.ts'
import type { ContainedAgent } from '../../electron/contract/operator.ts'
import { ContainedMachine, type Ended } from '../containment/contained-machine.ts'

// What the operator sees and does of contained agents: real agents under the real kernel, through the operator's own interface.

let machine: ContainedMachine
const environment = { ...process.env }
beforeEach(async (ctx) => {
  if (process.platform !== 'linux') return ctx.skip('agents are contained this way on Linux only')
  if (landlockAbi() < 6) return ctx.skip(`this kernel's Landlock (ABI ${landlockAbi()}) can't hold an agent`)
  machine = await new ContainedMachine().start()
})
afterEach(async () => {
  for (const name of ['PATH', 'HOME', 'PADDOCK_HOME', 'DISPLAY', 'WAYLAND_DISPLAY']) {
    if (environment[name] === undefined) delete process.env[name]
    else process.env[name] = environment[name]
  }
  await machine?.close()
})

const runs = async (): Promise<ContainedAgent[]> => (await machine.operator.call('state', {})).contained

/** The one contained agent, once it runs. */
async function theRun(): Promise<ContainedAgent> {
  await expect.poll(async () => (await runs()).length).toBe(1)
  return (await runs())[0]!
}

/** Waits for a file that the agent writes into its workspace. */
const written = (file: string) => expect.poll(() => readOrNothing(join(machine.workspace, file))).not.toBe('')

function readOrNothing(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}

describe('the state', () => {
  test('names each contained agent with its process, what holds it, its policies and how often it asked', async () => {
    expect(await runs()).toEqual([])
    machine.write('notes.txt', 'noted')
    const { child, ended } = machine.begin(['sh', '-c', 'cat ~/notes.txt; cat ~/notes.txt; echo > ready; while [ ! -e go ]; do sleep 0.05; done'])
    await written('ready')
    const run = await theRun()
    expect(run).toMatchObject({ agent: 'sh', workspace: machine.workspace, policies: ['coding'], asked: 2 })
    expect(allBelow(child.pid!).map(({ pid }) => pid)).toContain(run.pid)
    expect(run.program).toMatch(/^\/.*\/sh$/)
    expect(run.session).toMatch(/^run-/)
    expect(Date.now() - run.startedAt).toBeGreaterThanOrEqual(0)
    expect(run.walls.filter(({ stands }) => stands).map(({ name }) => name)).toEqual(expect.arrayContaining(['files', 'programs', 'network', 'signals']))
    machine.write('work/go', '')
    await ended
    await expect.poll(runs).toEqual([])
  })

  test('knows an agent by its program, and the policies that apply to it', async () => {
    const program = machine.write('bin/claude', '#!/bin/sh\nsleep 60\n', 0o755)
    machine.policy('paddock: 1\nname: mine\nextends: [coding]\nmatch: { agents: [claude-code] }\n')
    await expect.poll(() => machine.revision()).toBe(2)
    machine.begin([program], { options: [] })
    expect(await theRun()).toMatchObject({ agent: 'claude-code', program, policies: expect.arrayContaining(['mine']) as unknown })
    await machine.operator.call('endContained', { session: (await theRun()).session })
  })
})

describe('ending', () => {
  /** An agent that starts something which detaches itself and ignores what could end it. Gives the processes of its whole tree. */
  async function withDaemon(): Promise<{ supervisor: number; tree: ProcessIdentity[]; ended: Promise<Ended> }> {
    machine.reply = () => ({ verdict: 'allow' })
    const { child, ended } = machine.begin(['sh', '-c', 'setsid sh -c "trap : TERM HUP INT; echo > daemon; while :; do sleep 1; done" & wait'])
    await written('daemon')
    const tree = allBelow(child.pid!)
    expect(tree.length).toBeGreaterThanOrEqual(2)
    return { supervisor: child.pid!, tree, ended }
  }

  test('takes the agent and everything that it started, and is on record', async () => {
    const { tree, ended } = await withDaemon()
    const { session } = await theRun()
    expect(await machine.operator.call('endContained', { session })).toEqual({ done: true })
    expect(tree.filter(isAlive)).toEqual([])
    expect((await ended).code).toBe(137)
    await expect.poll(runs).toEqual([])
    const changes = (await machine.timeline()).flatMap((body) => (body.kind === 'contained' && body.session === session ? [body.change] : []))
    expect(changes).toEqual(['ended', 'ending', 'started'])
  })

  test('ends a paused operation as well', async () => {
    machine.reply = () => undefined
    machine.write('notes.txt', 'noted')
    machine.begin(['sh', '-c', 'cat ~/notes.txt > copy'])
    await expect.poll(() => machine.asked.length).toBe(1)
    expect(await machine.operator.call('endContained', { session: (await theRun()).session })).toEqual({ done: true })
    await expect.poll(async () => (await machine.operator.call('state', {})).requests).toEqual([])
    expect(readOrNothing(join(machine.workspace, 'copy'))).toBe('')
  })

  test('works by force where the supervisor does not answer', async () => {
    const { supervisor, tree } = await withDaemon()
    const { session } = await theRun()
    process.kill(supervisor, 'SIGSTOP')
    expect(await machine.operator.call('endContained', { session })).toEqual({ done: true })
    expect(tree.filter(isAlive)).toEqual([])
  })

  test('of what does not run says so', async () => {
    const reply = await machine.operator.call('endContained', { session: SessionId.parse('run-nothing') })
    expect(reply).toEqual({ done: false, message: 'This agent does not run contained any more.' })
  })
})

describe('starting', () => {
  const agent = AgentId.parse('claude-code')

  /** A desktop with a terminal program and an agent on the PATH, as the broker finds them. */
  function desktop(terminal = '#!/bin/sh\npwd > "$HOME/opened"\nprintf "%s\\n" "$@" >> "$HOME/opened"\nshift\nexec "$@"\n'): void {
    machine.write('bin/xterm', terminal, 0o755)
    machine.write('bin/claude', '#!/bin/sh\nsleep 60\n', 0o755)
    Object.assign(process.env, { HOME: machine.home, PADDOCK_HOME: join(machine.root, 'paddock'), DISPLAY: ':77', PATH: join(machine.home, 'bin') + delimiter + environment['PATH'] })
  }

  test('opens a terminal in the folder, where the agent then runs contained; no shell reads any of it', async () => {
    desktop()
    const planned = await machine.operator.call('planContained', { agent })
    if (!('plan' in planned)) throw new Error(planned.problem)
    const { folder, command, argv, terminal } = planned.plan
    expect([folder, command, terminal]).toEqual([machine.home, ['claude'], 'xterm'])
    expect(argv.slice(2)).toEqual(['run', '--', 'claude'])
    expect(argv[1]).toMatch(/\/out\/cli\/paddock\.js$/)

    const hostile = join(machine.home, 'it\'s "$(touch pwned)" `touch pwned`;touch pwned')
    machine.write('it\'s "$(touch pwned)" `touch pwned`;touch pwned/.keep', '')
    expect(await machine.operator.call('startContained', { agent, folder: AbsolutePath.parse(hostile) })).toEqual({ started: `xterm in ${hostile}` })
    const run = await theRun()
    expect(run).toMatchObject({ agent, workspace: hostile })
    expect(readOrNothing(join(machine.home, 'opened')).split('\n')).toEqual([hostile, '-e', ...argv.slice(0, 3), '--hold', ...argv.slice(3), ''])
    expect(await machine.operator.call('endContained', { session: run.session })).toEqual({ done: true })

    // Where it worked last is where it is offered to start next.
    expect(await machine.operator.call('planContained', { agent })).toMatchObject({ plan: { folder: hostile } })
  })

  test('says why it is not possible', async () => {
    const start = async (folder: string) => machine.operator.call('startContained', { agent, folder: AbsolutePath.parse(folder) })
    delete process.env['DISPLAY']
    delete process.env['WAYLAND_DISPLAY']
    expect(await machine.operator.call('planContained', { agent })).toEqual({ plan: expect.not.objectContaining({ terminal: expect.anything() as unknown }) as unknown })
    expect(await start(machine.home)).toEqual({ problem: 'No terminal program was found where Paddock runs. Copy the command into a terminal of yours.' })
    desktop('#!/bin/sh\nexit 3\n')
    expect(await start(join(machine.home, 'nothing'))).toEqual({ problem: `${join(machine.home, 'nothing')} is not a folder that can be entered.` })
    expect(await start(machine.home)).toEqual({ problem: 'xterm could not be opened: xterm ended at once (exit code 3).' })
    expect(await machine.operator.call('planContained', { agent: AgentId.parse('unheard-of') })).toEqual({ problem: expect.stringContaining('paddock run --agent unheard-of') as unknown })
    await expect(machine.operator.call('startContained', { agent, folder: 'work' })).rejects.toThrow('an absolute path is needed')
  })
})
