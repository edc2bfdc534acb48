import { execFile, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import { join } from 'node:path'
import { promisify } from 'node:util'
import psList from 'ps-list'
import si from 'systeminformation'
import * as z from 'zod'
import { Discovery } from '../../electron/discovery/discovery.ts'
import { reportOf } from '../../electron/discovery/report.ts'
import { Watch } from '../../electron/discovery/watch.ts'
import { AGENTS } from '../discovery/agent-shapes.ts'
import { contextOf, shippedKnowledge } from '../discovery/look.ts'
import { which, World } from '../discovery/world.ts'
import { figure, quantile, sample, type Figure } from './figures.ts'

const PROCESSES = 1000
const SOCKETS = 500
const STARTS = 30
const WATCHED_MS = 15_000
const run = promisify(execFile)
const cost = z.object({ cpu: z.number(), megabytes: z.number(), events: z.boolean() })

/** One value instead of a distribution. */
const single = (what: string, value: number, unit: Figure['unit'], target?: Figure['target']): Figure => ({ what, p50: value, p99: value, unit, ...(target && { target }) })

/** Scans, time to detect and the cost of watching, on a machine with 1,000 more processes and 500 more sockets. */
export async function measureDiscovery(): Promise<Figure[]> {
  const world = await World.open()
  const crowd = await makeCrowd(world)
  try {
    return [...(await scans(world)), ...(await detection(world)), ...(await watching(world))]
  } finally {
    await crowd()
    await world.close()
  }
}

async function scans(world: World): Promise<Figure[]> {
  const knowledge = shippedKnowledge(world.home)
  const context = contextOf(knowledge, world.home)
  const first = await sample(5, 1, async () => reportOf(await new Discovery(knowledge.catalogue, world.home).picture(), context))
  const kept = new Discovery(knowledge.catalogue, world.home)
  const whole = await sample(30, 3, async () => reportOf(await kept.picture(), context))
  const peer = await systeminformation()
  const p50 = quantile(whole, 0.5)
  const figures = [
    figure('a first scan: processes, sockets, who is an agent', first, 'ms'),
    { ...figure('a full scan again', whole, 'ms'), target: { text: 'p50 <= 50 ms', reached: p50 <= 50_000 } },
    { ...figure('systeminformation: processes and connections', peer, 'ms'), target: { text: `at least 10 x ours (${(quantile(peer, 0.5) / p50).toFixed(0)} x)`, reached: quantile(peer, 0.5) >= 10 * p50 } },
    figure('ps-list: processes alone', await sample(10, 1, () => psList()), 'ms'),
  ]
  if (which('ss') !== undefined) figures.push(figure('ss -tunapH: sockets alone', await sample(10, 1, () => run('ss', ['-tunapH'], { maxBuffer: 1 << 26 })), 'ms'))
  return figures
}

/** It keeps what it has read for half a second, so that a measurement waits for that to be over. */
async function systeminformation(): Promise<Float64Array> {
  const times: number[] = []
  for (let at = 0; at < 5; at++) {
    await new Promise((resolve) => setTimeout(resolve, 700))
    const start = performance.now()
    await si.processes()
    await si.networkConnections()
    times.push((performance.now() - start) * 1000)
  }
  return Float64Array.from(times).toSorted()
}

/** From the start of an agent until it is told of. */
async function detection(world: World): Promise<Figure[]> {
  const figures: Figure[] = []
  for (const [polling, limit, text] of [[false, 100, 'p95 <= 100 ms'], [true, 1200, 'p95 <= 1200 ms']] as const) {
    const knowledge = shippedKnowledge(world.home)
    const found = new Map<number, () => void>()
    const watch = new Watch(new Discovery(knowledge.catalogue, world.home, { patient: true }), () => contextOf(knowledge, world.home), ({ change, agent }) => change === 'found' && found.get(agent.pid)?.())
    await watch.start({ polling })
    if (!polling && watch.eventsProblem !== undefined) continue
    const shapes = AGENTS.filter(({ what }) => ['a Node agent over fetch', 'a Python agent over urllib', 'an npm agent behind node', 'a shell script with curl'].includes(what))
    const times: number[] = []
    for (let at = 0; at < STARTS; at++) {
      const start = performance.now()
      const child = world.start(shapes[at % shapes.length]!)
      await Promise.race([new Promise<void>((resolve) => found.set(child.pid!, resolve)), new Promise((resolve) => setTimeout(resolve, 10_000))])
      times.push((performance.now() - start) * 1000)
      await world.end(child)
      // Starts fall anywhere between two looks.
      await new Promise((resolve) => setTimeout(resolve, (at * 137) % 1000))
    }
    const sorted = Float64Array.from(times).toSorted()
    const p95 = quantile(sorted, 0.95) / 1000
    figures.push({ ...figure(`start of an agent to its report, ${polling ? 'polling' : 'by events'} (p95 ${p95.toFixed(0)} ms)`, sorted, 'ms'), target: { text, reached: p95 <= limit } })
    if (!polling) figures.push(await brief(world, found))
    watch.stop()
  }
  return figures
}

/** Agents that live 50 ms. */
async function brief(world: World, found: Map<number, () => void>): Promise<Figure> {
  const shape = AGENTS.find(({ what }) => what === 'a shell script with curl')!
  let caught = 0
  for (let at = 0; at < STARTS; at++) {
    const child = world.start(shape)
    found.set(child.pid!, () => (caught += 1))
    await new Promise((resolve) => setTimeout(resolve, 50))
    await world.end(child)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  return single('agents that live 50 ms and are reported', (caught / STARTS) * 100, '%', { text: '>= 95 %', reached: caught >= STARTS * 0.95 })
}

/** What it costs to go on watching. */
async function watching(world: World): Promise<Figure[]> {
  const figures: Figure[] = []
  for (const mode of ['events', 'polling']) {
    const before = started()
    const { stdout } = await run(process.execPath, ['--expose-gc', join(import.meta.dirname, 'discovery-watch.ts'), mode, String(WATCHED_MS)], { env: { PATH: process.env['PATH'], HOME: world.home } })
    const { cpu, megabytes, events } = cost.parse(JSON.parse(stdout))
    const others = (started() - before) / (WATCHED_MS / 1000)
    const how = `${events ? 'with events' : 'polling'} (${others.toFixed(0)} processes a second begin)`
    figures.push(single(`watching ${how}: one core`, cpu, '%', { text: '<= 1 %', reached: cpu <= 1 }), single(`watching ${events ? 'with events' : 'polling'}: memory`, megabytes, 'MB', { text: '<= 30 MB', reached: megabytes <= 30 }))
  }
  return figures
}

/** How many processes this machine has started since it runs: a quiet machine costs less to watch. */
function started(): number {
  return Number(/^processes (\d+)$/m.exec(readFileSync('/proc/stat', 'latin1'))?.[1] ?? 0)
}

/** Processes with long command lines, and connections to oneself; gives back what ends them. */
async function makeCrowd(world: World): Promise<() => Promise<void>> {
  const word = 'x'.repeat(380)
  const script = `i=0; while [ $i -lt ${PROCESSES} ]; do sh -c 'sleep 600 & wait' ${word} </dev/null >/dev/null 2>&1 & i=$((i+2)); done; wait`
  const crowd: ChildProcess = world.spawn('sh', ['-c', script], { PATH: process.env['PATH'] ?? '' })
  const sockets: Socket[] = []
  const server = createServer((socket) => void sockets.push(socket.on('error', () => {}))).listen(0, '127.0.0.1')
  await once(server, 'listening')
  for (let at = 0; at < SOCKETS / 2; at++) {
    const socket = connect((server.address() as AddressInfo).port, '127.0.0.1').on('error', () => {})
    sockets.push(socket)
    await once(socket, 'connect')
  }
  await new Promise((resolve) => setTimeout(resolve, 4000))
  return async () => {
    await world.end(crowd)
    for (const socket of sockets) socket.destroy()
    await new Promise((resolve) => server.close(resolve))
  }
}

