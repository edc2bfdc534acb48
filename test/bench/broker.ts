import { mkdirSync, mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { startBroker } from '../../electron/broker/broker.ts'
import { foldersOf } from '../../electron/broker/folders.ts'
import { connectorsFor } from '../../electron/connectors/installed.ts'
import { figure, sample, type Figure } from './figures.ts'

const SAMPLES = 2000
const WARM_UP = 300

/** A call as a hook makes it: one connection, one line, the answer, with the decision on disk. Beside it a bare echo. */
export async function measureBroker(): Promise<Figure[]> {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'paddock-bench-')))
  const folders = foldersOf({ PADDOCK_HOME: join(root, 'paddock'), HOME: root })
  const workspace = join(root, 'app')
  mkdirSync(workspace)
  const started = await startBroker({ folders, version: '0.0.0', connectors: connectorsFor(folders, {}) })
  if (!started.ok) throw new Error(started.error)
  const echo = await startEcho(join(root, 'echo.sock'))
  try {
    const allowed = hookLine(workspace, 'Read', { file_path: join(workspace, 'file.ts') })
    const shell = hookLine(workspace, 'Bash', { command: 'git status && npm test -- --run src/parser.test.ts' })
    const file = await sample(SAMPLES, WARM_UP, () => exchange(folders.endpoint, allowed))
    const command = await sample(SAMPLES, WARM_UP, () => exchange(folders.endpoint, shell))
    const bare = await sample(SAMPLES, WARM_UP, () => exchange(echo.address, allowed))
    return [
      withTarget(figure('file call, decision durable', file)),
      withTarget(figure('shell call, decision durable', command)),
      figure('the same line to a bare echo', bare),
    ]
  } finally {
    await echo.stop()
    await started.value.close()
    rmSync(root, { recursive: true, force: true })
  }
}

function withTarget(measured: Figure): Figure {
  return { ...measured, target: { text: '<= 1 ms', reached: measured.p50 <= 1000 } }
}

function hookLine(workspace: string, tool: string, input: object): string {
  const message = { hook_event_name: 'PreToolUse', session_id: 'bench', cwd: workspace, tool_name: tool, tool_input: input }
  return `${JSON.stringify({ type: 'hook', agent: 'claude-code', payload: JSON.stringify(message), waits: 60_000 })}\n`
}

function exchange(address: string, line: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect(address, () => socket.write(line))
    socket.on('error', reject)
    socket.on('data', () => {})
    socket.on('close', () => resolve())
  })
}

/** What a socket costs without a broker: a server in a thread of its own that sends each line back. */
async function startEcho(address: string): Promise<{ address: string; stop(): Promise<number> }> {
  const code = `
    const { parentPort, workerData } = require('node:worker_threads')
    require('node:net').createServer((socket) => socket.on('data', (data) => socket.end(data)))
      .listen(workerData, () => parentPort.postMessage('ready'))`
  const worker = new Worker(code, { eval: true, workerData: address })
  await new Promise((resolve) => worker.once('message', resolve))
  return { address, stop: () => worker.terminate() }
}
