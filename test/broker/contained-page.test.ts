import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { landlockAbi } from '../../electron/containment/linux/landlock.ts'
import { serveHeadless, type Headless } from '../../electron/headless/serve.ts'
import { ContainedMachine } from '../containment/contained-machine.ts'
import { announcedAddress, builtRenderer } from '../renderer/stage.ts'
import { launchChromium } from '../support/chromium.ts'

// A person at the real page, a real broker, and real programs that the kernel pauses.

let browser: Browser
let machine: ContainedMachine
let served: Headless
let page: Page
beforeAll(async () => {
  browser = await launchChromium()
})
beforeEach(async (ctx) => {
  if (process.platform !== 'linux') return ctx.skip('agents are contained this way on Linux only')
  if (landlockAbi() < 6) return ctx.skip(`this kernel's Landlock (ABI ${landlockAbi()}) can't hold an agent`)
  machine = await new ContainedMachine().start()
  // The person is at the page.
  machine.reply = () => undefined
  const lines: string[] = []
  const started = await serveHeadless(machine.broker, { renderer: builtRenderer, announce: (line) => lines.push(line) })
  if (!started.ok) throw new Error(started.error)
  served = started.value
  page = await browser.newPage({ viewport: { width: 1500, height: 900 } })
  await page.goto(announcedAddress(lines[0]!))
  await page.getByRole('navigation').waitFor()
})
afterEach(async () => {
  await page?.close()
  await served?.close()
  await machine?.close()
})
afterAll(() => browser.close())

/** Waits for the card that says all of this, and presses a button of it once it accepts an answer. */
async function answer(parts: readonly string[], button: RegExp): Promise<void> {
  const card = page.getByRole('alertdialog')
  for (const part of parts) await expect.poll(() => card.textContent().catch(() => '')).toContain(part)
  const control = card.getByRole('button', { name: button })
  await page.mouse.move(5, 5)
  await expect.poll(() => control.getAttribute('aria-disabled')).toBe('false')
  await control.click()
}

test('what a person answers at the page is what happens to the paused program', async () => {
  const notes = machine.write('notes.txt', 'what I noted')
  const diary = machine.write('diary.txt', 'what I felt')
  const run = machine.sh('cat ~/notes.txt; cat ~/diary.txt 2>/dev/null || echo refused')
  await answer(['wants to read a file outside its fence', notes, 'cat', 'paused right now', 'named by Paddock'], /^Allow once/)
  await answer([diary], /^Deny/)
  expect((await run).stdout).toBe('what I notedrefused\n')
})

test('a program, and a host, are shown with all that they are started with', async () => {
  const policy = 'paddock: 1\nname: strict\nextends: [base]\ndefault: ask\nfiles:\n  read: { allow: ["${workspace}/**"] }\ncommands: { allow: ["{sh,node} *"] }\n'
  machine.policy(policy, 'strict')
  const script = 'require("net").connect(9, "127.0.0.1").on("error", (error) => console.log(error.code))'
  const run = machine.sh(`uname -s 'two words'; node -e '${script}'`, { options: ['--policy', 'strict'] })
  await answer(['wants to start a program', "uname -s 'two words'", 'nothing has started'], /^Deny/)
  await answer(['wants to connect to a host', '127.0.0.1:9', 'node -e'], /^Deny/)
  expect((await run).stdout).toBe('EACCES\n')
})

test('a host that is reached by name is asked about by that name, with the program that wants there', async () => {
  const client = 'const { hostname, port, username, password } = new URL(process.env.HTTPS_PROXY); const headers = { "proxy-authorization": "Basic " + btoa(username + ":" + password) }; require("http").request({ hostname, port, headers, method: "CONNECT", path: "files.example.net:443" }).on("connect", ({ statusCode }) => { console.log(statusCode); process.exit() }).end()'
  machine.write('work/upload.js', client)
  const run = machine.sh('node upload.js --to files; true')
  await answer(['wants to connect to a host', 'files.example.net:443', 'node upload.js --to files', 'paused right now'], /^Deny/)
  expect((await run).stdout).toBe('403\n')
})

test('a name is asked about before it is looked up, with the program that looks', async () => {
  machine.write('work/look.js', 'require("dns").lookup("data.example.net", (error) => console.log(error ? "refused" : "found"))')
  const run = machine.sh('node look.js --up; true')
  await answer(['wants to connect to a host', 'data.example.net, any port', 'node look.js --up'], /^Deny/)
  expect((await run).stdout).toBe('refused\n')
  // Clients of DNS try again when they are refused; a person is asked once.
  expect(machine.asked).toHaveLength(1)
})

test('an Allow for a folder covers the rest of what that command does there, and not what another does', async () => {
  const [a, b] = ['a', 'b', 'c', 'd'].map((name) => machine.write(`data/set/${name}`, name))
  const run = machine.sh('cat ~/data/set/a ~/data/set/b ~/data/set/c; cat ~/data/set/d; true')
  await answer(['wants to read a file outside its fence', a!], /^Allow once/)
  await answer(['wants to read files in a folder outside its fence', join(machine.home, 'data/set'), `reads ${b}`, 'until the command ends'], /^Allow in this folder/)
  await answer([join(machine.home, 'data/set/d')], /^Deny/)
  expect((await run).stdout).toBe('abc')
})

test('the console shows the run while it is held, and ends it', async () => {
  machine.write('notes.txt', 'noted')
  const run = machine.sh('cat ~/notes.txt; sleep 60')
  await answer(['notes.txt'], /^Allow once/)
  await page.getByRole('link', { name: /^Agents/ }).click()
  const held = page.getByRole('article', { name: /^Contained run/ })
  for (const part of ['sh in', machine.workspace, '1 question so far', 'coding', 'files']) await expect.poll(() => held.textContent().catch(() => '')).toContain(part)
  await held.getByRole('button', { name: 'End…' }).click()
  const sure = held.getByRole('button', { name: 'End all of it' })
  await expect.poll(() => sure.getAttribute('aria-disabled')).toBe('false')
  await sure.click()
  expect((await run).code).toBe(137)
  await expect.poll(() => held.count()).toBe(0)
})
