import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { AxeBuilder } from '@axe-core/playwright'
import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { PendingRequest } from '../../electron/contract/request.ts'
import { launchChromium } from '../support/chromium.ts'
import { connection, contained, operation, state } from './fixtures.ts'
import { openWindow, Stage, type OpenPage } from './stage.ts'

// What the operator sees of contained agents; pictures go to test-results/.

const pictures = join(import.meta.dirname, '../../test-results')
let browser: Browser
let open: OpenPage | undefined
beforeAll(async () => {
  mkdirSync(pictures, { recursive: true })
  browser = await launchChromium()
})
afterEach(async () => {
  await open?.close()
  open = undefined
})
afterAll(() => browser.close())

async function accessibilityProblems(page: Page): Promise<string[]> {
  const { violations } = await new AxeBuilder({ page }).analyze()
  return violations.flatMap((violation) => violation.nodes.map((node) => `${violation.id}: ${node.html}: ${node.failureSummary}`))
}

async function prompt(request: PendingRequest, picture?: string): Promise<{ page: Page; text: string; complaints: string[] }> {
  open = await openWindow(browser, new Stage(state({ requests: [request] })), 'prompt', { viewport: { width: 560, height: 820 } })
  const { page, complaints } = open
  await page.getByRole('alertdialog').waitFor()
  if (picture !== undefined) await page.screenshot({ path: join(pictures, `contained-${picture}.png`) })
  return { page, text: (await page.getByRole('alertdialog').textContent())!, complaints }
}

const folder = '/home/ada/.cache/pip/http-v2'
const inFolder = {
  program: '/usr/bin/python3.12',
  argv: ['python3', '-m', 'pip', 'install', '-r', 'requirements.txt'],
  effects: [{ kind: 'write', path: folder, recursive: true }],
  first: { kind: 'write', path: `${folder}/1a2b3c4d` },
}

describe('the prompt for what a contained program is about to do', () => {
  test.each([
    ['opening a file', 'open', {}, ['wants to read a file outside its fence', 'File to read', '/home/ada/notes.txt', 'Program', '/usr/bin/cat', 'Started as', 'cat /home/ada/notes.txt', 'paused right now', 'Allow once']],
    [
      'starting a program',
      'exec',
      { program: '/usr/bin/psql', argv: ['psql', '-h', 'db.internal', '-c', 'drop table users'], effects: [{ kind: 'exec', program: 'psql', args: ['-h', 'db.internal', '-c', 'drop table users'] }] },
      ['wants to start a program', '/usr/bin/psql', "psql -h db.internal -c 'drop table users'", 'nothing has started', 'This operation only', 'Allow once'],
    ],
    [
      'connecting by name',
      'connect',
      { program: '/usr/bin/curl', argv: ['curl', '-T', 'build.tar', 'https://files.example.net'], effects: [{ kind: 'connect', host: 'files.example.net', port: 443 }] },
      ['wants to connect to a host', 'Host', 'files.example.net:443', '/usr/bin/curl', 'curl -T build.tar https://files.example.net'],
    ],
    [
      'work in a folder',
      'folder',
      inFolder,
      ['wants to write files in a folder outside its fence', 'Folder', folder, 'Right now it', `writes ${folder}/1a2b3c4d`, 'covers every file that this command writes in the folder', 'Deny refuses only this one', 'What this command does in the folder', 'Allow in this folder'],
    ],
    ['a rename', 'rename', { program: '/usr/bin/mv', argv: ['mv', 'a', 'b'], effects: [{ kind: 'write', path: '/home/ada/b' }, { kind: 'delete', path: '/home/ada/a' }] }, ['reach outside its fence', 'File to write', '/home/ada/b', 'File to delete', '/home/ada/a']],
  ])('shows for %s the real program, its words, what it waits for, and that it waits', async (_, picture, call, parts) => {
    const { page, text, complaints } = await prompt(operation(call), picture)
    for (const part of parts) expect(text).toContain(part)
    for (const part of ['48377', '/home/ada/work/parser', 'named by Paddock']) expect(text).toContain(part)
    expect(await accessibilityProblems(page)).toEqual([])
    expect(complaints).toEqual([])
  })

  test('stays honest with words of thousands of characters, hostile paths and letters that deceive', async () => {
    const path = `/home/ada/${'deep/'.repeat(400)}\u202Egpj.exe\u202C\n<img src=x>`
    const argv = ['cat', 'x'.repeat(4000), '\u001b[8mhidden', path]
    const { page, text, complaints } = await prompt(operation({ argv, effects: [{ kind: 'read', path }] }), 'hostile')
    expect(text).toContain('‹U+202E›gpj.exe‹U+202C›')
    expect(text).toContain('‹U+001B›[8mhidden')
    expect(text).toContain('x'.repeat(4000))
    expect(await page.getByRole('alertdialog').locator('img').count()).toBe(0)
    expect(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth)).toBe(true)
    // The answers stay in view, whatever the length of what is asked.
    for (const name of [/^Deny/, /^Allow/]) await page.getByRole('button', { name }).click({ trial: true })
    expect(await accessibilityProblems(page)).toEqual([])
    expect(complaints).toEqual([])
  })
})

async function agents(stage: Stage): Promise<Page> {
  open = await openWindow(browser, stage, 'console', { viewport: { width: 1280, height: 900 }, permissions: ['clipboard-write'] })
  await open.page.getByRole('navigation').getByRole('link', { name: 'Agents' }).click()
  return open.page
}

describe('contained runs in the console', () => {
  test('show what holds them, what does not, their policy and their questions', async () => {
    const walls = [...contained().walls.slice(0, 3), { name: 'signals', how: 'nothing: Landlock 6 is needed (Linux 6.12)', stands: false }]
    const page = await agents(new Stage(state({ contained: [contained(), contained({ session: 'run-2', agent: 'codex', walls, asked: 0 })] })))
    const whole = (await page.getByRole('article', { name: `Contained run ${contained().session}` }).textContent())!
    for (const part of ['Contained', 'claude-code in /home/ada/work/parser', 'files Landlock 7 and the supervisor', 'base, coding', '48213 /home/ada/.local/bin/claude', '3 questions so far']) expect(whole).toContain(part)
    expect(whole).not.toContain('Missing')
    const partly = (await page.getByRole('article', { name: 'Contained run run-2' }).textContent())!
    for (const part of ['Less than contained', 'Missing', 'signals nothing: Landlock 6 is needed', 'nothing so far']) expect(partly).toContain(part)
    await page.screenshot({ path: join(pictures, 'contained-runs.png') })
    expect(await accessibilityProblems(page)).toEqual([])
  })

  test('that are none take no place, and the level stays that of the hook', async () => {
    const page = await agents(new Stage(state()))
    await page.getByText('its own hook asks Paddock').waitFor()
    expect(await page.getByText('Runs contained now').count()).toBe(0)
  })

  test('are ended after one more question, which a double click does not answer', async () => {
    const stage = new Stage(state({ contained: [contained()] }))
    const page = await agents(stage)
    await page.getByRole('button', { name: 'End…' }).dblclick()
    await page.getByText('ends the agent and everything that it started').waitFor()
    expect(stage.calls).toEqual([])
    await page.screenshot({ path: join(pictures, 'contained-end.png') })
    expect(await accessibilityProblems(page)).toEqual([])
    const sure = page.getByRole('button', { name: 'End all of it' })
    await expect.poll(() => sure.getAttribute('aria-disabled')).toBe('false')
    await sure.click()
    await expect.poll(() => stage.calls).toEqual([`end ${contained().session}`])
    await expect.poll(() => page.getByText('Runs contained now').count()).toBe(0)
  })
})

describe('starting an agent contained', () => {
  const argv = ['/opt/paddock/bin/node', '/opt/paddock/out/cli/paddock.js', 'run', '--', 'claude']
  const plan = { folder: "/home/ada/ada's work", command: ['claude'], argv, terminal: 'xterm' }

  async function begin(change: object = {}): Promise<{ stage: Stage; page: Page }> {
    const stage = new Stage(state())
    stage.containedPlan = { plan: { ...plan, ...change } }
    const page = await agents(stage)
    await page.getByRole('button', { name: 'Start contained…' }).click()
    await page.getByLabel('Folder to work in').waitFor()
    return { stage, page }
  }

  test('shows the command, copies it word for word, and opens it in a terminal', async () => {
    const { stage, page } = await begin()
    const line = `cd '/home/ada/ada'\\''s work' && ${argv.join(' ')}`
    expect(await page.getByRole('region', { name: 'The command' }).textContent()).toBe(line)
    await page.getByText('paddock run -- claude').waitFor()
    await page.screenshot({ path: join(pictures, 'contained-start.png') })
    expect(await accessibilityProblems(page)).toEqual([])
    await page.getByRole('button', { name: 'Copy the command' }).click()
    await page.getByText('Copied.').waitFor()
    const field = page.getByLabel('Folder to work in')
    await field.fill('')
    await field.press('Control+V')
    expect(await field.inputValue()).toBe(line)
    await field.fill('/home/ada/other')
    await page.getByRole('button', { name: 'Open in a terminal' }).click()
    await page.getByText('Opened xterm in /home/ada').waitFor()
    expect(stage.calls).toEqual(['start claude-code in /home/ada/other'])
  })

  test('offers only the command where there is no terminal, and says what went wrong', async () => {
    const { stage, page } = await begin({ terminal: undefined })
    expect(await page.getByRole('button', { name: 'Open in a terminal' }).count()).toBe(0)
    await page.getByText('No terminal program was found').waitFor()
    await page.getByRole('button', { name: 'Close' }).click()
    stage.containedPlan = { problem: 'Containment is not available on this system.' }
    await page.getByRole('button', { name: 'Start contained…' }).click()
    await expect(page.getByRole('alert').textContent()).resolves.toBe('Containment is not available on this system.')
    expect(await accessibilityProblems(page)).toEqual([])
  })

  test('never copies what a terminal would take for keys', async () => {
    const { page } = await begin({ folder: '/home/ada/a\u001bb\u202E' })
    await expect(page.getByRole('region', { name: 'The command' }).textContent()).resolves.toContain('a‹U+001B›b‹U+202E›')
    expect(await page.getByRole('button', { name: 'Copy the command' }).getAttribute('aria-disabled')).toBe('true')
  })

  test('is offered for agents that are installed', async () => {
    const page = await agents(new Stage(state({ connections: [connection({ installed: false })] })))
    await page.getByText('not found on this machine').waitFor()
    expect(await page.getByRole('button', { name: 'Start contained…' }).count()).toBe(0)
  })
})
