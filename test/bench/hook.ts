import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startBroker } from '../../electron/broker/broker.ts'
import { foldersOf } from '../../electron/broker/folders.ts'
import { hookEntry } from '../../electron/connectors/claude-code/hook-entry.ts'
import { connectorsFor, hookProgram } from '../../electron/connectors/installed.ts'
import { figure, quantile, sample, type Figure } from './figures.ts'

const SAMPLES = 60

/** What an agent waits for on each call: the whole hook command against a real broker, beside a bare Node and curl. */
export async function measureHook(): Promise<Figure[]> {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'paddock-bench-')))
  const folders = foldersOf({ PADDOCK_HOME: join(root, 'paddock'), HOME: root })
  mkdirSync(join(root, 'app'))
  const started = await startBroker({ folders, version: '0.0.0', connectors: connectorsFor(folders, {}) })
  if (!started.ok) throw new Error(started.error)
  try {
    const { command, args } = hookEntry(hookProgram(folders.endpoint))
    const message = JSON.stringify({
      session_id: 'bench',
      cwd: join(root, 'app'),
      hook_event_name: 'PreToolUse',
      tool_name: 'Bash',
      tool_input: { command: 'git status' },
      tool_use_id: '1',
    })
    const runs = {
      hook: [] as number[],
      bare: [] as number[],
      curl: [] as number[],
    }
    // Interleaved, so that what else the machine does meets all of them alike.
    await sample(SAMPLES, 5, async (index) => {
      const keep = index >= 5
      const hook = await time(command, args, message)
      const bare = await time(process.execPath, ['-e', '0'], message)
      const curl = await time('curl', ['--version'], '')
      if (!keep) return
      runs.hook.push(hook)
      runs.bare.push(bare)
      runs.curl.push(curl)
    })
    const [hook, bare, curl] = [runs.hook, runs.bare, runs.curl].map((times) => Float64Array.from(times).toSorted()) as [Float64Array, Float64Array, Float64Array]
    const ratio = quantile(hook, 0.5) / quantile(bare, 0.5)
    return [
      { ...figure('the whole hook command, decision on disk', hook, 'ms'), target: { text: `${ratio.toFixed(2)} times a bare Node, <= 1.3`, reached: ratio <= 1.3 } },
      figure('node -e 0', bare, 'ms'),
      figure('curl --version', curl, 'ms'),
    ]
  } finally {
    await started.value.close()
    rmSync(root, { recursive: true, force: true })
  }
}

/** Microseconds from spawn to exit. Not finding the program counts as its time. */
function time(command: string, args: readonly string[], input: string): Promise<number> {
  return new Promise((resolve) => {
    const start = performance.now()
    const child = spawn(command, args, { stdio: ['pipe', 'ignore', 'ignore'] })
    const end = (): void => resolve((performance.now() - start) * 1000)
    child.on('error', end)
    child.on('exit', end)
    child.stdin.on('error', () => {})
    child.stdin.end(input)
  })
}
