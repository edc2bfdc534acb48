import type { Browser } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { serveHeadless, type Headless } from '../../electron/headless/serve.ts'
import { launchChromium } from '../support/chromium.ts'
import { request, state } from './fixtures.ts'
import { announcedAddress, builtRenderer, Stage } from './stage.ts'

let browser: Browser
let stage: Stage
let served: Headless
let lines: string[]
beforeAll(async () => {
  browser = await launchChromium()
})
afterAll(() => browser.close())
beforeEach(async () => {
  stage = new Stage(state())
  lines = []
  served = await serve()
})
afterEach(async () => {
  await Promise.all(browser.contexts().map((context) => context.close()))
  await served.close()
})

async function serve(port?: number): Promise<Headless> {
  const result = await serveHeadless(stage, {
    ...(port !== undefined && { port }),
    renderer: builtRenderer,
    announce: (line) => lines.push(line),
  })
  if (!result.ok) throw new Error(result.error)
  return result.value
}

const newestAddress = (): string => announcedAddress(lines.at(-1)!)

test('the announced address opens the page, and the code leaves the address bar at once', async () => {
  const page = await browser.newPage()
  await page.goto(newestAddress())
  await page.getByText('Protected').waitFor()
  expect(page.url()).toBe(`${served.address}#/timeline`)
  await page.reload()
  await page.getByText('Protected').waitFor()
})

test('a code that was used is refused on a page that says what to do, and the next one works', async () => {
  const address = newestAddress()
  const first = await browser.newPage()
  await first.goto(address)
  await first.getByText('Protected').waitFor()

  const second = await (await browser.newContext()).newPage()
  await second.goto(address)
  await second.getByRole('heading', { name: 'Paddock did not let this page in' }).waitFor()
  await second.getByText('This code was used already. Paddock has announced a new address').waitFor()
  await second.goto('about:blank')
  await second.goto(newestAddress())
  await second.getByText('Protected').waitFor()
})

test('a page without a session says where to get one', async () => {
  const page = await browser.newPage()
  await page.goto(served.address)
  await page.getByText('Open the newest address that Paddock announced in its terminal.').waitFor()
})

test('the prompt appears beside the console, also where there is room for one of them only', async () => {
  const page = await browser.newPage({ viewport: { width: 600, height: 700 } })
  await page.goto(newestAddress())
  await page.getByText('Protected').waitFor()
  stage.set({ requests: [request()] })
  await page.getByRole('button', { name: /^Allow once/ }).click()
  await expect.poll(() => stage.answers.map((answer) => answer.verdict)).toEqual(['allow'])
})

test('a page whose connection is lost says so, comes back by itself, and shows what waits', async () => {
  const page = await browser.newPage()
  await page.goto(newestAddress())
  await page.getByText('Protected').waitFor()
  stage.vanish()
  await page.getByText('Broker gone').waitFor()
  stage.set({ requests: [request()] })
  await page.getByRole('alertdialog').waitFor()
  await page.getByText('Broker gone').waitFor({ state: 'detached' })
})

test('a session ends with the process that gave it', async () => {
  const page = await browser.newPage()
  await page.goto(newestAddress())
  await page.getByText('Protected').waitFor()
  await served.close()
  await page.getByText('Broker gone').waitFor()
  served = await serve(Number(new URL(served.address).port))
  await page.getByText('This tab holds no session.').waitFor()
})
