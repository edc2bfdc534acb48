import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Page } from 'playwright-core'
import { startBroker } from '../../electron/broker/broker.ts'
import { foldersOf } from '../../electron/broker/folders.ts'
import { channelPair } from '../../electron/contract/channel.ts'
import { operatorClient, type OperatorClient } from '../../electron/contract/operator-client.ts'
import type { PendingRequest } from '../../electron/contract/request.ts'
import { serveHeadless } from '../../electron/headless/serve.ts'
import { launchChromium } from '../support/chromium.ts'
import { figure, quantile, type Figure } from './figures.ts'

const ROOT = join(import.meta.dirname, '../..')
const SAMPLES = 30
const WARM_UP = 3

/** Opens one file after the other that nothing allows; says before each when it does, in milliseconds since the epoch. Its words name no file. */
const AGENT = `
const { closeSync, openSync } = require('node:fs')
const [start, count] = process.argv.slice(1)
for (let index = 0; index < Number(count); index++) {
  const file = start + index + '.txt'
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 250)
  console.log(file, performance.timeOrigin + performance.now())
  try { closeSync(openSync(file)) } catch {}
}`

/**
 * From a paused operation to the prompt on the screen: a contained program is about to open a file outside of its fence, and the file's
 * name is in the next frame of a real browser. No peer asks a person about what a running program does.
 */
export async function measureContainedPrompt(): Promise<Figure[]> {
  if (process.platform !== 'linux') return []
  // Not in the temporary folder, which contained programs may use.
  const root = realpathSync(mkdtempSync('/var/tmp/paddock-bench-'))
  const env = { HOME: join(root, 'home'), PADDOCK_HOME: join(root, 'paddock'), PATH: process.env['PATH'] ?? '' }
  const workspace = join(env.HOME, 'app')
  mkdirSync(workspace, { recursive: true })
  const start = join(env.HOME, 'outside-')
  const files = Array.from({ length: WARM_UP + SAMPLES }, (_, index) => `${start}${index}.txt`)
  files.forEach((file) => writeFileSync(file, ''))
  const started = await startBroker({ folders: foldersOf(env), version: '0.0.0', connectors: [] })
  if (!started.ok) throw new Error(started.error)
  const [address, announce] = first<string>()
  const served = await serveHeadless(started.value, { renderer: join(ROOT, 'out/renderer'), announce })
  if (!served.ok) throw new Error(served.error)
  const browser = await launchChromium()
  try {
    const page = await browser.newPage()
    const desk = operatorOf(started.value)
    const [shown, asked, began] = [new Map<string, number>(), new Map<string, number>(), new Map<string, number>()]
    await watch(page, files, (file, at) => {
      shown.set(file, at)
      void deny(desk, file).then((request) => asked.set(file, request.askedAt))
    })
    await page.goto(/http:\S+/.exec(await address)![0])
    await page.getByRole('navigation').waitFor()

    const agent = spawn(process.execPath, [join(ROOT, 'out/cli/paddock.js'), 'run', '--policy', 'coding', '--', process.execPath, '-e', AGENT, start, String(files.length)], { cwd: workspace, env, stdio: ['ignore', 'pipe', 'inherit'] })
    for await (const line of createInterface({ input: agent.stdout })) {
      const [file = '', at] = line.split(' ')
      began.set(file, Number(at))
    }
    const since = (moments: ReadonlyMap<string, number>): Float64Array => {
      const waited = files.slice(WARM_UP).map((file) => ((moments.get(file) ?? NaN) - (began.get(file) ?? NaN)) * 1000)
      if (waited.some(Number.isNaN)) throw new Error('Not every operation was shown.')
      return Float64Array.from(waited).toSorted()
    }
    const p95 = quantile(since(shown), 0.95) / 1000
    return [
      { ...figure('a paused open until the prompt is on the screen', since(shown), 'ms'), target: { text: `p95 ${p95.toFixed(1)} ms, <= 150 ms`, reached: p95 <= 150 } },
      figure('of that, until the broker asks', since(asked), 'ms'),
    ]
  } finally {
    await browser.close()
    await served.value.close()
    await started.value.close()
    rmSync(root, { recursive: true, force: true })
  }
}

/** Tells when the page's next frame has the name of one of the files, by its own clock: milliseconds since the epoch. */
async function watch(page: Page, files: readonly string[], tell: (file: string, at: number) => void): Promise<void> {
  await page.exposeFunction('shown', tell)
  await page.addInitScript((names: readonly string[]) => {
    const { shown } = window as unknown as { shown: (file: string, at: number) => void }
    const left = new Set(names)
    const look = (): void => {
      const card = document.querySelector('[role="alertdialog"]')?.textContent ?? ''
      for (const name of left) {
        if (!card.includes(name)) continue
        left.delete(name)
        requestAnimationFrame(() => shown(name, performance.timeOrigin + performance.now()))
      }
    }
    new MutationObserver(look).observe(document, { subtree: true, childList: true, characterData: true })
  }, files)
}

function operatorOf(broker: Extract<Awaited<ReturnType<typeof startBroker>>, { ok: true }>['value']): OperatorClient {
  const [window, served] = channelPair()
  broker.attach(served, ['prompt', 'console'])
  return operatorClient(window)
}

async function deny(desk: OperatorClient, file: string): Promise<PendingRequest> {
  const { requests } = await desk.call('state', {})
  const request = requests.find(({ effects }: PendingRequest) => effects.some((effect) => 'path' in effect && effect.path === file))
  if (!request) throw new Error(`Nothing asks about ${file}.`)
  const { id, digest, revision, nonce } = request
  await desk.call('answer', { id, digest, revision, nonce, verdict: 'deny', remember: 'once' })
  return request
}

/** The first value that the function is called with. */
function first<T>(): [Promise<T>, (value: T) => void] {
  const { promise, resolve } = Promise.withResolvers<T>()
  return [promise, resolve]
}
