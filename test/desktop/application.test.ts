import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { pages } from '../../electron/desktop/pages.ts'
import { webPreferences } from '../../electron/desktop/windows.ts'
import { judged, makeHome, recorded, write, type Home } from '../broker/fixture.ts'
import { runDesktop, startDesktop, type Desktop } from '../support/electron-harness/desktop.ts'

const soon = { timeout: 20_000, interval: 50 }

let home: Home
let desktop: Desktop

async function begin(): Promise<void> {
  home = makeHome()
  desktop = await startDesktop(home)
  await shows('protected')
}

async function end(): Promise<void> {
  await desktop?.quit()
  home.remove()
}

/** Waits until the tray shows a state, by its icon. */
async function shows(state: 'protected' | 'asking' | 'degraded'): Promise<void> {
  await vi.waitFor(async () => expect((await desktop.look()).tray?.icon).toMatch(`tray-${state}.png`), soon)
}

/** A call that the policy does not know, and what became of it. */
const ask = (name: string): ReturnType<typeof judged> => judged(home, write(join(home.workspace, name)))

/** What a person would have noticed of the prompt window, since there was one. */
async function noticed(): Promise<string[]> {
  const calls = (await desktop.window('prompt'))?.calls ?? []
  return calls.filter((call) => ['show', 'showInactive', 'focus'].includes(call))
}

describe('a desktop that has started', () => {
  beforeAll(begin)
  afterAll(end)

  test('runs in the sandbox, each page under the same fixed preferences', async () => {
    const { sandboxed, windows, applicationMenu } = await desktop.look()
    expect({ sandboxed, applicationMenu }).toEqual({ sandboxed: true, applicationMenu: false })
    expect(windows.map(({ options }) => options['webPreferences'])).toEqual([0, 1].map(() => ({ ...webPreferences, preload: expect.any(String) })))
    expect(webPreferences).toMatchObject({
      contextIsolation: true,
      sandbox: true,
      nodeIntegration: false,
      nodeIntegrationInSubFrames: false,
      nodeIntegrationInWorker: false,
      webSecurity: true,
      webviewTag: false,
      experimentalFeatures: false,
      spellcheck: false,
      devTools: false,
    })
    expect(webPreferences).not.toHaveProperty('enableBlinkFeatures')
  })

  test('shows its console, and keeps the prompt hidden, on top, in a corner and out of recordings', async () => {
    expect((await desktop.window('console'))?.visible).toBe(true)
    const prompt = await desktop.window('prompt')
    expect(prompt).toMatchObject({ visible: false, options: { show: false, alwaysOnTop: true } })
    expect(prompt?.calls).toContain('setContentProtection(true)')
    expect(await noticed()).toEqual([])
  })

  test.each(['console', 'prompt'] as const)('gives the %s page a frozen channel and nothing else', async (role) => {
    const page = await desktop.page(role)
    const seen = await page.evaluate(() => {
      const world = window as unknown as Record<string, unknown> & { paddock: object }
      return {
        names: Object.keys(world.paddock).toSorted(),
        frozen: Object.isFrozen(world.paddock),
        unseen: ['require', 'process', 'module', 'ipcRenderer', 'electron', 'sendToMain'].filter((name) => name in world),
      }
    })
    expect(seen).toEqual({ names: ['onClose', 'onMessage', 'send'], frozen: true, unseen: [] })
  })

  test('has pages that never break their own policy', async () => {
    const page = await desktop.page('console')
    for (const view of ['Agents', 'Policies', 'Grants', 'Timeline']) {
      await page.getByRole('navigation').getByRole('link', { name: view }).click()
      await page.getByRole('main', { name: view }).waitFor()
    }
    const { windows } = await desktop.look()
    expect(windows.map(({ refused }) => refused)).toEqual([[], []])
  })

  test.each(['console', 'prompt'] as const)('keeps the %s page from everything outside', async (role) => {
    const page = await desktop.page(role)
    const before = page.url()
    expect(await page.evaluate(tryToGetOut)).toEqual({
      evaluate: 'EvalError',
      fetch: 'TypeError',
      markup: 'TypeError',
      worker: 'TypeError',
      socket: 'TypeError',
    })
    const refused = async (what: string) =>
      vi.waitFor(async () => expect((await desktop.window(role))?.refused).toContainEqual(expect.stringContaining(what)), soon)
    await refused('content ')
    await page.evaluate(() => window.open('https://example.com/popup'))
    await refused('popup ')
    await page.evaluate(() => location.assign('https://example.com/'))
    await refused('navigation https://example.com/')
    await page.evaluate(() => location.reload())
    await refused(`navigation ${pages[role].url}`)
    expect(page.url()).toBe(before)
  })

  test('refuses pages every permission but that of copying', async () => {
    for (const permission of ['media', 'geolocation', 'notifications', 'openExternal', 'clipboard-read', 'fileSystem', 'usb', 'not-invented-yet'])
      expect(await desktop.do({ do: 'ask-permission', permission })).toEqual({ request: false, check: false, device: false })
    expect(await desktop.do({ do: 'ask-permission', permission: 'clipboard-sanitized-write' })).toEqual({ request: true, check: true, device: false })
  })

  test('is not started twice: a second one only brings the console of the first to the front', async () => {
    await desktop.do({ do: 'close-window', url: 'app://paddock/console.html' })
    expect(await desktop.window('console')).toBeUndefined()
    expect(await runDesktop(home)).toEqual({ code: 0, output: '' })
    await vi.waitFor(async () => expect((await desktop.window('console'))?.visible).toBe(true), soon)
    expect((await desktop.look()).processes).toHaveLength(1)
  })

  test('stays in the tray without a window, and opens the console from there', async () => {
    for (const open of [{ do: 'click-menu', label: 'Open console' }, { do: 'click-tray' }] as const) {
      await desktop.do({ do: 'close-window', url: 'app://paddock/console.html' })
      await desktop.do(open)
      expect((await desktop.window('console'))?.visible).toBe(true)
    }
  })
})

test('a desktop that would be open to others does not start, and says why', async () => {
  const folder = makeHome()
  const { code, output } = await runDesktop({ ...folder, args: ['--remote-debugging-port=9222'] })
  folder.remove()
  expect(code).toBe(2)
  expect(output).toContain('--remote-debugging-port=9222')
})

describe('a call that waits', () => {
  beforeEach(begin)
  afterEach(end)

  test('brings up the prompt without taking the keyboard; a click there answers, and the prompt goes', async () => {
    const told = ask('answered')
    await shows('asking')
    expect((await desktop.look()).tray?.tooltip).toBe('Paddock: 1 call waits for you')
    await vi.waitFor(async () => expect((await desktop.window('prompt'))?.visible).toBe(true), soon)
    expect(await noticed()).toEqual(['showInactive'])

    const page = await desktop.page('prompt')
    await page.locator('.answers.armed').waitFor()
    await page.getByRole('button', { name: /Allow/ }).click()
    expect((await told).verdict).toBe('allow')
    await shows('protected')
    await vi.waitFor(async () => expect((await desktop.window('prompt'))?.visible).toBe(false), soon)
    expect(await noticed()).toEqual(['showInactive'])
    expect((await desktop.window('prompt'))?.refused).toEqual([])
  })

  test('is announced without its content, and the announcement can only lead to the prompt', async () => {
    const told = ask('a-name-not-for-the-lock-screen')
    await vi.waitFor(async () => expect((await desktop.look()).notifications).toHaveLength(1), soon)
    const [notification] = (await desktop.look()).notifications
    expect(notification).toMatchObject({ title: 'A call waits for you', actions: ['Review'], closed: false })
    expect(notification?.body).not.toContain('a-name-not-for-the-lock-screen')

    await desktop.do({ do: 'close-window', url: 'prompt://paddock/prompt.html' })
    expect((await desktop.window('prompt'))?.visible).toBe(false)
    await desktop.do({ do: 'click-notification', button: true })
    expect(await noticed()).toEqual(['showInactive', 'show'])

    const page = await desktop.page('prompt')
    await page.locator('.answers.armed').waitFor()
    await page.getByRole('button', { name: /Deny/ }).click()
    expect((await told).verdict).toBe('deny')
    await vi.waitFor(async () => expect((await desktop.look()).notifications.at(-1)?.closed).toBe(true), soon)
  })

  test('goes on waiting when the prompt is closed, and is found again in the tray', async () => {
    const told = ask('postponed')
    await shows('asking')
    await desktop.do({ do: 'close-window', url: 'prompt://paddock/prompt.html' })
    await desktop.do({ do: 'click-menu', label: 'Waiting requests' })
    expect(await noticed()).toEqual(['showInactive', 'show'])
    const another = ask('another')
    await vi.waitFor(async () => expect((await desktop.look()).tray?.tooltip).toBe('Paddock: 2 calls wait for you'), soon)
    await desktop.quit()
    expect([(await told).verdict, (await another).verdict]).toEqual(['deny', 'deny'])
  })

  test('outlives the death of the prompt page, which comes back with it', async () => {
    const told = ask('outlives')
    await shows('asking')
    const page = await desktop.page('prompt')
    const session = await page.context().newCDPSession(page)
    session.send('Page.crash').catch(() => 'its answer dies with the page')
    await vi.waitFor(() => expect(page.isClosed()).toBe(true), soon)
    const again = await desktop.page('prompt')
    await again.locator('.answers.armed').waitFor()
    await again.getByRole('button', { name: /Allow/ }).click()
    expect((await told).verdict).toBe('allow')
  })

  test('is denied when the broker is killed; the desktop says so, and goes on with a new broker', async () => {
    const told = ask('unlucky').catch((error: Error) => ({ verdict: 'no answer', message: error.message }))
    await shows('asking')
    const [broker] = (await desktop.look()).processes
    process.kill(broker!.pid, 'SIGKILL')
    await shows('degraded')
    expect((await desktop.look()).tray?.tooltip).toContain('The broker is gone: every call is denied.')
    expect((await desktop.look()).notifications.at(-1)).toMatchObject({ title: 'Paddock denies every call now', actions: [] })
    expect((await told).verdict).not.toBe('allow')
    expect(existsSync(join(home.workspace, 'unlucky'))).toBe(false)

    await shows('protected')
    const next = ask('next')
    const page = await desktop.page('prompt')
    await page.locator('.answers.armed').waitFor()
    await page.getByRole('button', { name: /Allow/ }).click()
    expect((await next).verdict).toBe('allow')
  })

  test('is denied when the person quits, and the record says that the broker stopped', async () => {
    const told = ask('too-late')
    await shows('asking')
    expect(await desktop.quit()).toBe(0)
    expect((await told).verdict).toBe('deny')
    expect(recorded(home).events.at(-1)).toMatchObject({ kind: 'broker', change: 'stopped' })
  })
})

test('a broker that can not start is said in the tray, with the reason, and tried again', async () => {
  home = makeHome()
  const other = await startDesktop(home)
  desktop = other
  await shows('protected')
  // A second installation of the same user: not the same instance for Electron, but the same broker's lock.
  desktop = await startDesktop({ ...home, env: { ELECTRON_HARNESS_DATA: home.workspace } })
  await shows('degraded')
  await vi.waitFor(async () => expect((await desktop.look()).tray?.tooltip).toContain('already guards'), soon)
  await other.quit()
  await shows('protected')
  await end()
})

/** Runs in a page, from a timer: what a debugger evaluates itself is not bound by the page's policy. */
async function tryToGetOut(): Promise<Record<string, string>> {
  const refused = (target: EventTarget): Promise<void> =>
    new Promise((resolve, reject) => {
      target.addEventListener('open', () => resolve())
      target.addEventListener('message', () => resolve())
      target.addEventListener('error', () => reject(new TypeError('blocked')))
    })
  const attempts: Record<string, () => unknown> = {
    evaluate: () => Reflect.construct(Function, ['return 1']),
    fetch: () => fetch('https://example.com/'),
    markup: () => document.body.insertAdjacentHTML('beforeend', '<b>x</b>'),
    worker: () => refused(new Worker(URL.createObjectURL(new Blob(['postMessage(1)'])))),
    socket: () => refused(new WebSocket('wss://example.com/')),
  }
  await new Promise((resolve) => setTimeout(resolve))
  const outcomes = Object.entries(attempts).map(async ([name, attempt]) => {
    try {
      await attempt()
      return [name, 'done']
    } catch (error) {
      return [name, (error as Error).name]
    }
  })
  return Object.fromEntries(await Promise.all(outcomes)) as Record<string, string>
}
