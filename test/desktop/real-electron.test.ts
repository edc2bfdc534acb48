import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { _electron, type ElectronApplication, type Page } from 'playwright-core'
import { afterEach, beforeEach, expect, test, vi, type TestContext } from 'vitest'
import type { Role } from '../../electron/contract/operator.ts'
import { pages } from '../../electron/desktop/pages.ts'
import { judged, makeHome, recorded, write, type Home } from '../broker/fixture.ts'

// A few things that only the real Electron can show. Wherever it can't run, all of this is skipped and says why.

const root = join(import.meta.dirname, '../..')
const soon = { timeout: 20_000, interval: 50 }
const whyNot = reasonToSkip()

let home: Home
let app: ElectronApplication

beforeEach(async (context: TestContext) => {
  if (whyNot) return context.skip(whyNot)
  home = makeHome()
  app = await _electron.launch({
    executablePath: binary(),
    args: [join(root, 'test/support/real-electron-entry.js')],
    chromiumSandbox: true,
    env: { ...(process.env as Record<string, string>), HOME: home.folders.home, PADDOCK_HOME: join(home.root, 'paddock') },
  })
})
afterEach(async () => {
  if (whyNot) return
  await app.close()
  home.remove()
})

function binary(): string {
  const named = join(root, 'node_modules/electron/path.txt')
  const name = existsSync(named) ? readFileSync(named, 'utf8') : 'electron'
  return join(process.env['ELECTRON_OVERRIDE_DIST_PATH'] ?? join(root, 'node_modules/electron/dist'), name)
}

function reasonToSkip(): string | undefined {
  if (!existsSync(binary())) return 'no Electron binary'
  if (process.platform !== 'linux') return undefined
  if (!process.env['DISPLAY'] && !process.env['WAYLAND_DISPLAY']) return 'no display for Electron'
  return process.getuid?.() === 0 ? "Electron's sandbox does not work for root" : undefined
}

async function pageOf(role: Role): Promise<Page> {
  return vi.waitFor(() => app.windows().find((page) => page.url().startsWith(pages[role].origin)) ?? Promise.reject(new Error('no page yet')), soon)
}

interface Seen {
  url: string
  visible: boolean
  focused: boolean
}

const windows = (): Promise<Seen[]> =>
  app.evaluate(({ BrowserWindow }) =>
    BrowserWindow.getAllWindows().map((window) => ({
      url: window.webContents.getURL(),
      visible: window.isVisible(),
      focused: window.isFocused(),
    })),
  )
const prompt = async (): Promise<Seen | undefined> => (await windows()).find(({ url }) => url === pages.prompt.url)

test('the pages load from their own schemes and reach the broker', async () => {
  await (await pageOf('console')).getByRole('main', { name: 'Timeline' }).waitFor()
  await (await pageOf('prompt')).getByText('Nothing waits for you.').waitFor()
  expect((await prompt())?.visible).toBe(false)
})

test('a page is sandboxed and sees one name of ours', async () => {
  const page = await pageOf('prompt')
  const seen = await page.evaluate(() => ['paddock', 'require', 'process', 'electron'].filter((name) => name in window))
  expect(seen).toEqual(['paddock'])
})

test('a page can not leave its bundle', async () => {
  const page = await pageOf('console')
  await page.evaluate(() => location.assign('https://example.com/'))
  await page.evaluate(() => window.open('https://example.com/'))
  expect(await page.evaluate(() => fetch('https://example.com/').catch((error: Error) => error.name))).toBe('TypeError')
  expect(page.url()).toBe(pages.console.url)
  expect(app.windows()).toHaveLength(2)
})

test('a call that waits shows the prompt without taking the keyboard, and a click answers it', async () => {
  const page = await pageOf('prompt')
  await page.getByText('Nothing waits for you.').waitFor()
  const told = judged(home, write(join(home.workspace, 'asked')))
  await vi.waitFor(async () => expect(await prompt()).toMatchObject({ visible: true, focused: false }), soon)
  await page.locator('.answers.armed').waitFor()
  await page.getByRole('button', { name: /Allow/ }).click()
  expect((await told).verdict).toBe('allow')
  await vi.waitFor(async () => expect((await prompt())?.visible).toBe(false), soon)
})

test('quitting ends the broker, and what waits is denied', async () => {
  await (await pageOf('prompt')).getByText('Nothing waits for you.').waitFor()
  const told = judged(home, write(join(home.workspace, 'too-late')))
  await vi.waitFor(async () => expect((await prompt())?.visible).toBe(true), soon)
  await app.close()
  expect((await told).verdict).toBe('deny')
  expect(recorded(home).events.at(-1)).toMatchObject({ kind: 'broker', change: 'stopped' })
})
