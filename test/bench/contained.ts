import { execFileSync, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { copyFileSync, existsSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { join } from 'node:path'
import { createInterface, type Interface } from 'node:readline'
import { windowsContainment } from '../../electron/containment/windows/windows.ts'
import { containmentFor } from '../../electron/containment/platform.ts'
import { findProgram } from '../../electron/containment/program.ts'
import { ContainedMachine } from '../containment/contained-machine.ts'
import { quantile, type Figure } from './figures.ts'

const ROOT = join(import.meta.dirname, '../..')
const CLI = join(ROOT, 'out/cli/paddock.js')
const SRT = join(ROOT, 'node_modules/@anthropic-ai/sandbox-runtime/dist/cli.js')
const PATH = process.env['PATH'] ?? ''
const STARTS = 15
const ROUNDS = 20
/** Of what takes long. */
const LONG_ROUNDS = 8
const EXECS = 200
const OPERATIONS = 200
const FILES = 5000

/** How a command is run: with nothing around it, by `paddock run`, or by sandbox-runtime's own command. */
interface Way {
  name: 'plain' | 'contained' | 'sandbox-runtime'
  command: (command: readonly string[]) => string[]
}

export interface ContainedFigures {
  figures: Figure[]
  /** What could not be measured, and why. */
  missing: string[]
}

/**
 * What it costs to be contained. Plain, contained and sandboxed runs take turns, and a figure is the median of the differences between
 * neighbours: what else the machine does meets them alike.
 */
export async function measureContained(): Promise<ContainedFigures> {
  const missing: string[] = []
  const away = await whyNot()
  if (away !== undefined) return { figures: [], missing: [away] }
  const machine = await new ContainedMachine().start()
  machine.reply = () => ({ verdict: 'allow', remember: 'session' })
  const listener = createServer((socket) => socket.on('error', () => {})).listen(0, '127.0.0.1')
  await once(listener, 'listening')
  const { port } = listener.address() as AddressInfo
  try {
    furnish(machine, port)
    const ways = waysOn(machine, missing)
    return { figures: [...(await starts(machine, ways)), ...(await operations(machine, ways, port)), ...(await inside(machine, ways, missing))], missing }
  } finally {
    listener.close()
    await machine.close()
  }
}

async function whyNot(): Promise<string | undefined> {
  const containment = await containmentFor()
  if (containment === windowsContainment) return `contained runs: ${process.platform} has none`
  const walls = (await containment.walls()).filter(({ stands }) => !stands)
  if (walls.length > 0) return `contained runs: ${walls.map(({ name, how }) => `${name} (${how})`).join(', ')}`
  return existsSync(CLI) ? undefined : 'contained runs: build first, "npm run build"'
}

function waysOn(machine: ContainedMachine, missing: string[]): Way[] {
  const plain: Way = { name: 'plain', command: (command) => [...command] }
  const contained: Way = { name: 'contained', command: (command) => [process.execPath, CLI, 'run', '--policy', 'measured', '--', ...command] }
  const needed = ['bwrap', 'socat', 'rg'].filter((program) => findProgram(program, PATH, '/') === undefined)
  if (needed.length > 0) {
    missing.push(`sandbox-runtime: it needs ${needed.join(', ')}`)
    return [plain, contained]
  }
  const settings = machine.write('srt.json', JSON.stringify({ network: { allowedDomains: [], deniedDomains: [] }, filesystem: { denyRead: [], allowWrite: [machine.workspace, '/tmp'], denyWrite: [] } }))
  return [plain, contained, { name: 'sandbox-runtime', command: (command) => [process.execPath, SRT, '--settings', settings, ...command] }]
}

/** A workspace with a repository, a package and a program, a file outside, and a policy that asks about that and about the listener. */
function furnish(machine: ContainedMachine, port: number): void {
  machine.policy(`paddock: 1\nname: measured\nextends: [coding]\nfiles: { read: { ask: ["\${home}/notes.txt"] } }\nnetwork: { ask: ["127.0.0.1:${port}"] }\n`, 'measured')
  machine.write('notes.txt', 'noted')
  machine.write('.gitconfig', '[user]\n\tname = A\n\temail = a@example.com\n')
  machine.write('work/package.json', JSON.stringify({ name: 'measured', version: '1.0.0', scripts: { test: 'node --test' } }))
  for (let at = 0; at < 3; at++) machine.write(`work/src/some-${at}.test.js`, `const { test } = require('node:test')\ntest('adds', () => require('node:assert').equal(1 + 1, 2))\n`)
  const functions = Array.from({ length: 2000 }, (_, at) => `int f${at}(int a) { int b = a * ${at}; for (int i = 0; i < a; i++) b ^= i * ${at}; return b; }`)
  machine.write('work/program.c', `#include <stdio.h>\n#include <stdlib.h>\n#include <string.h>\n${functions.join('\n')}\nint main(void) { return f1(2); }\n`)
  copyFileSync(join(import.meta.dirname, 'contained-driver.ts'), join(machine.workspace, 'driver.mts'))
  git(machine, 'init', '-q')
}

/** A repository of a usual size, or its `git status` takes no longer than a start of git. */
function fill(machine: ContainedMachine): void {
  for (let at = 0; at < FILES; at++) machine.write(`work/src/part-${at % 100}/file-${at}.js`, `module.exports = ${at}\n`)
  git(machine, 'add', '-A')
  git(machine, 'commit', '-qm', 'one')
}

function git(machine: ContainedMachine, ...args: string[]): void {
  execFileSync('git', args, { cwd: machine.workspace, env: environmentOf(machine) })
}

async function starts(machine: ContainedMachine, ways: readonly Way[]): Promise<Figure[]> {
  const taken = await inTurns(ways, STARTS, 2, async ({ command }) => {
    const start = performance.now()
    await once(begin(machine, command(['/bin/true']), 'ignore'), 'close')
    return performance.now() - start
  })
  return over('start of /bin/true', taken, 'ms', 120)
}

/** By a driver that runs the whole time, so that all is warm and what was granted is known. */
async function operations(machine: ContainedMachine, ways: readonly Way[], port: number): Promise<Figure[]> {
  const drivers = ways.map((way) => new Driver(machine, way))
  // Its sandbox has a network of its own, in which the listener is not.
  const reaching = drivers.filter(({ name }) => name !== 'sandbox-runtime')
  const loop = `i=0; while [ $i -lt ${EXECS} ]; do /bin/true; i=$((i+1)); done`
  const execs = await inTurns(drivers, ROUNDS, 3, async (driver) => (await driver.does({ command: ['sh', '-c', loop] })) / 1000 / EXECS)
  const opens = await inTurns(drivers, ROUNDS, 3, async (driver) => (await driver.does({ opens: join(machine.home, 'notes.txt'), times: OPERATIONS })) / 1000 / OPERATIONS)
  const connects = await inTurns(reaching, ROUNDS, 3, async (driver) => (await driver.does({ connects: port, times: OPERATIONS })) / 1000 / OPERATIONS)
  await Promise.all(drivers.map((driver) => driver.end()))
  return [...over('a program that is started', execs, 'ms', 0.5), ...over('a granted file that is opened', opens, 'ms', 0.3), ...over('a granted connection', connects, 'ms', 0.3)]
}

async function inside(machine: ContainedMachine, ways: readonly Way[], missing: string[]): Promise<Figure[]> {
  fill(machine)
  const drivers = ways.map((way) => new Driver(machine, way))
  const commands: [string[], number][] = [
    [['git', 'status'], ROUNDS * 2],
    [['npm', 'test'], LONG_ROUNDS],
    [['cc', '-O1', '-c', 'program.c', '-o', 'program.o'], LONG_ROUNDS],
  ]
  const figures: Figure[] = []
  for (const [command, rounds] of commands) {
    if (findProgram(command[0]!, PATH, '/') === undefined) {
      missing.push(`${command.slice(0, 2).join(' ')}: there is no ${command[0]} here`)
      continue
    }
    const taken = await inTurns(drivers, rounds, 2, async (driver) => (await driver.does({ command })) / 1000)
    figures.push(...inPercent(command.slice(0, 2).join(' '), taken))
  }
  await Promise.all(drivers.map((driver) => driver.end()))
  return figures
}

type Taken = Map<Way['name'], number[]>

async function inTurns<One extends { name: Way['name'] }>(each: readonly One[], rounds: number, warmUp: number, time: (one: One) => Promise<number>): Promise<Taken> {
  const taken: Taken = new Map(each.map(({ name }) => [name, []]))
  for (let round = -warmUp; round < rounds; round++) {
    for (const one of each) {
      const took = await time(one)
      if (round >= 0) taken.get(one.name)!.push(took)
    }
  }
  return taken
}

/** What each way takes over plain execution. */
function over(what: string, taken: Taken, unit: 'ms', most: number): Figure[] {
  return differences(taken).map(({ name, added, least }) => ({
    what: `${what}, ${name}: added to ${least.plain.toFixed(2)} (by minima ${least.added.toFixed(2)})`,
    p50: quantile(added, 0.5),
    p99: quantile(added, 0.99),
    unit,
    ...(name === 'contained' && { target: { text: `<= ${most} ms`, reached: quantile(added, 0.5) <= most } }),
  }))
}

function inPercent(what: string, taken: Taken): Figure[] {
  const plain = quantile(Float64Array.from(taken.get('plain')!).toSorted(), 0.5)
  return differences(taken).map(({ name, added, least }) => {
    const share = (quantile(added, 0.5) / plain) * 100
    return {
      what: `${what}, ${name}: added to ${plain.toFixed(0)} ms (by minima ${((least.added / least.plain) * 100).toFixed(1)} %)`,
      p50: share,
      p99: (quantile(added, 0.99) / plain) * 100,
      unit: '%' as const,
      ...(name === 'contained' && { target: { text: '<= 2 %', reached: share <= 2 } }),
    }
  })
}

function differences(taken: Taken): { name: Way['name']; added: Float64Array; least: { plain: number; added: number } }[] {
  const plain = taken.get('plain')!
  return [...taken]
    .filter(([name]) => name !== 'plain')
    .map(([name, times]) => {
      const least = Math.min(...plain)
      return { name, added: Float64Array.from(times, (time, at) => time - plain[at]!).toSorted(), least: { plain: least, added: Math.min(...times) - least } }
    })
}

/** A process that does one job after the other. */
class Driver {
  readonly name: Way['name']
  readonly #child: ChildProcess
  readonly #lines: Interface

  constructor(machine: ContainedMachine, { name, command }: Way) {
    this.name = name
    this.#child = begin(machine, command([process.execPath, 'driver.mts']), 'pipe')
    this.#lines = createInterface({ input: this.#child.stdout! })
  }

  /** Microseconds that it took. */
  does(job: object): Promise<number> {
    return new Promise((resolve, reject) => {
      const gone = (): void => reject(new Error(`The driver of ${this.name} runs ended.`))
      this.#child.once('exit', gone)
      this.#lines.once('line', (line) => {
        this.#child.off('exit', gone)
        resolve(Number(line))
      })
      this.#child.stdin!.write(`${JSON.stringify(job)}\n`)
    })
  }

  async end(): Promise<void> {
    this.#child.stdin!.end()
    await once(this.#child, 'close')
  }
}

function begin(machine: ContainedMachine, [program = '', ...args]: readonly string[], input: 'ignore' | 'pipe'): ChildProcess {
  return spawn(program, args, { cwd: machine.workspace, env: environmentOf(machine), stdio: [input, input === 'pipe' ? 'pipe' : 'ignore', 'inherit'] })
}

function environmentOf(machine: ContainedMachine): Record<string, string> {
  return { HOME: machine.home, PADDOCK_HOME: join(machine.root, 'paddock'), PATH }
}
