import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Browser } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { launchChromium } from '../support/chromium.ts'
import { request, state } from '../renderer/fixtures.ts'
import { openWindow, Stage, type OpenPage } from '../renderer/stage.ts'
import { watched } from './watched.ts'

// What the operator sees of the monitor: pictures go to test-results/.

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

test('the console shows each session with its score, what raised it, and what it has read and holds', async () => {
  const stage = new Stage(state({ sessions: [watched(), watched({ session: 'quiet', response: 'none', score: 0, learned: 24, taint: { read: [], holds: [] }, deviations: [] })] }))
  open = await openWindow(browser, stage, 'console', { viewport: { width: 1280, height: 800 } })
  const { page } = open
  await page.getByRole('navigation').getByRole('link', { name: 'Sessions' }).click()
  const suspect = page.getByRole('article').first()
  await suspect.getByText('score 5.8').waitFor()
  const text = (await suspect.textContent())!
  for (const part of ['Asks', '+4', 'not what the person said', 'calls 5, 12', 'ASI01', 'has read: forum.example.net', 'holds: /home/ada/work/parser/.env', 'may not send', 'learning this agent here: 7 of 20 sessions'])
    expect(text).toContain(part)
  // The newest first.
  expect(text.indexOf('+4')).toBeLessThan(text.indexOf('+2'))
  await expect(page.getByRole('article').last().textContent()).resolves.toContain('Nothing unusual so far')
  await page.screenshot({ path: join(pictures, 'console-sessions.png') })
})

const paused = watched({ response: 'pause', score: 12.4, halt: { state: 'paused', at: Date.now() - 30_000, why: 'its score came to 12.4. It sends ~/.ssh/id_ed25519 to 203.0.113.9. It hides what it does: history of the shell.', calls: [4, 11] } })

for (const colorScheme of ['light', 'dark'] as const)
  test(`a paused session says why, and can be resumed or ended, in ${colorScheme}`, async () => {
    const stage = new Stage(state({ sessions: [paused] }))
    open = await openWindow(browser, stage, 'console', { viewport: { width: 1280, height: 800 }, colorScheme })
    const { page } = open
    await page.getByText('A session is paused').waitFor()
    await page.getByRole('navigation').getByRole('link', { name: 'Sessions' }).click()
    const card = page.getByRole('article').first()
    const text = (await card.textContent())!
    for (const part of ['Paused', 'its score came to 12.4', 'Calls 5, 12', 'Resume…', 'End…']) expect(text).toContain(part)
    await page.screenshot({ path: join(pictures, `console-paused-${colorScheme}.png`) })
    await card.getByRole('button', { name: colorScheme === 'light' ? 'Resume…' : 'End…' }).click()
    const sure = card.getByRole('button', { name: colorScheme === 'light' ? 'Let it go on' : 'End the session', disabled: false })
    await page.screenshot({ path: join(pictures, `console-paused-sure-${colorScheme}.png`) })
    await sure.click()
    await card.getByText(colorScheme === 'light' ? 'Asks' : 'Ended by you').or(card.getByText('Noticed')).first().waitFor()
    expect(stage.calls).toEqual([`${colorScheme === 'light' ? 'resume' : 'end'} ${paused.session}`])
  })

test('a console without sessions says when one appears', async () => {
  open = await openWindow(browser, new Stage(state()), 'console', { viewport: { width: 900, height: 600 } })
  await open.page.getByRole('navigation').getByRole('link', { name: 'Sessions' }).click()
  await open.page.getByText('with its first call').waitFor()
})

test('the prompt says what the monitor found before what the call would do', async () => {
  const { score, response, deviations, taint } = watched()
  const weighing = { call: 11, score, response, deviations: deviations.slice(1), taint }
  const stage = new Stage(state({ requests: [request({ weighing })] }))
  open = await openWindow(browser, stage, 'prompt', { viewport: { width: 560, height: 900 } })
  const { page } = open
  await page.getByText('This session departs from the normal').waitFor()
  const text = (await page.getByRole('alertdialog').textContent())!
  for (const part of ['score 5.8', 'not what the person said', 'calls 5, 12', 'has read: forum.example.net']) expect(text).toContain(part)
  expect(text.indexOf('departs from the normal')).toBeLessThan(text.indexOf('What it would do'))
  await page.screenshot({ path: join(pictures, 'prompt-monitor.png') })
})
