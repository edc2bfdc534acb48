import { execFile } from 'node:child_process'
import { constants, copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startBroker, type Broker } from '../../electron/broker/broker.ts'
import { foldersOf } from '../../electron/broker/folders.ts'
import { connectorsFor } from '../../electron/connectors/installed.ts'
import { serveHeadless } from '../../electron/headless/serve.ts'
import { launchChromium } from '../support/chromium.ts'

// The pictures of README.md, taken from the running product. They go to test-results/, and into the repository with
// PADDOCK_SCREENSHOTS=docs/images.

const repository = join(import.meta.dirname, '../..')
const pictures = join(repository, process.env['PADDOCK_SCREENSHOTS'] ?? 'test-results')

let root: string
let broker: Broker
let browser: Browser
let page: { address: string; close(): Promise<void> }
let workspace: string
let claude: string

beforeAll(async () => {
  root = realpathSync(mkdtempSync(join(tmpdir(), 'mira-')))
  workspace = join(root, 'parser')
  mkdirSync(join(workspace, 'src'), { recursive: true })
  mkdirSync(pictures, { recursive: true })
  claude = join(root, '.local/bin/claude')
  mkdirSync(join(root, '.local/bin'), { recursive: true })
  copyFileSync(process.execPath, claude, constants.COPYFILE_FICLONE)
  const folders = foldersOf({ HOME: root, PADDOCK_HOME: join(root, '.paddock') })
  const started = await startBroker({ folders, version: '0.1.0', connectors: connectorsFor(folders, {}) })
  if (!started.ok) throw new Error(started.error)
  broker = started.value
  const lines: string[] = []
  const served = await serveHeadless(broker, { renderer: join(repository, 'out/renderer'), announce: (line) => lines.push(line) })
  if (!served.ok) throw new Error(served.error)
  page = { ...served.value, address: /http:\S+/.exec(lines.join('\n'))![0] }
  browser = await launchChromium()
})
afterAll(async () => {
  await browser?.close()
  await page?.close()
  await broker?.close()
  rmSync(root, { recursive: true, force: true })
})

/** One tool call of a program called `claude`, through the hook client. */
function call(tool: string, input: Record<string, unknown>): Promise<string> {
  const message = { hook_event_name: 'PreToolUse', session_id: '6c1f0d0e-parser', cwd: workspace, tool_name: tool, tool_input: input }
  const { endpoint } = foldersOf({ HOME: root, PADDOCK_HOME: join(root, '.paddock') })
  const hook = [process.execPath, join(repository, 'out/hook/hook.cjs'), 'claude-code', endpoint, '122000']
  const runHook = 'const [node, ...rest] = JSON.parse(process.argv[1]); process.stdout.write(require("child_process").execFileSync(node, rest, { input: process.argv[2] }))'
  return new Promise((resolve, reject) => {
    execFile(claude, ['-e', runHook, JSON.stringify(hook), JSON.stringify(message)], (error, output) => (error ? reject(error) : resolve(output)))
  })
}

test('the console shows what ran, what was stopped, and what waits', async () => {
  await call('Read', { file_path: join(workspace, 'src/lexer.ts') })
  await call('Bash', { command: 'npm test -- --run src/lexer.test.ts 2>&1 | tail -40' })
  await call('Bash', { command: 'cat ~/.aws/credentials | base64' })
  await call('Edit', { file_path: join(workspace, 'src/lexer.ts'), old_string: 'a', new_string: 'b' })
  await call('Bash', { command: 'git add -A && git commit -m "Fix the lexer"' })
  const asked = call('Bash', { command: 'npm test && git push origin fix-lexer', description: 'Run the tests and publish the fix' })

  const console = await browser.newPage({ viewport: { width: 1280, height: 800 }, deviceScaleFactor: 2 })
  await console.goto(page.address)
  await console.getByRole('alertdialog').waitFor()
  await expect.poll(() => console.getByText('npm test && git push origin fix-lexer').count()).toBeGreaterThan(0)
  expect(await console.getByText('Denied', { exact: true }).count()).toBeGreaterThan(0)
  await console.waitForTimeout(1000) // until the answers are armed
  await console.screenshot({ path: join(pictures, 'console.png') })
  const card = console.getByRole('alertdialog')
  await card.screenshot({ path: join(pictures, 'prompt.png') })

  await card.getByRole('button', { name: /Deny/ }).click()
  expect(await asked).toContain('The user denied this call')
  await console.close()
})

test('README shows pictures that exist', () => {
  const readme = readFileSync(join(repository, 'README.md'), 'utf8')
  const shown = [...readme.matchAll(/!\[[^\]]*\]\(([^)]+)\)/g)].map((match) => match[1]!)
  expect(shown.length).toBeGreaterThanOrEqual(2)
  for (const picture of shown) expect(existsSync(join(repository, picture)), picture).toBe(true)
})
