import { AxeBuilder } from '@axe-core/playwright'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { launchChromium } from '../support/chromium.ts'
import { connection, contained, grant, morning, request, state } from './fixtures.ts'
import { openHeadless, openWindow, Stage, type OpenPage } from './stage.ts'

let browser: Browser
beforeAll(async () => {
  browser = await launchChromium()
})
afterAll(() => browser.close())

/** A broker that has something to show in every view, and something wrong. */
function busyStage(): Stage {
  const full = state({
    requests: [request({ claim: '\u202Eharmless' }), request()],
    contained: [contained()],
    grants: [grant('g1', ['network: nodejs.org:443'], 3)],
    connections: [connection(), connection({ agent: 'codex', name: 'Codex', state: 'altered', level: 'observed', note: 'Its hook is gone.' })],
    policy: { ...state().policy, errors: ['my-rules.yaml:7:5 unknown key "comands"'] },
  })
  const stage = new Stage(full)
  stage.events = morning(60)
  stage.plan = { plan: { agent: full.connections[0]!.agent, file: '/settings.json', diff: '@@ -1 +1 @@\n-{}\n+{"hooks":{}}\n', digest: 'd' } }
  stage.containedPlan = { plan: { folder: '/home/ada', command: ['claude'], argv: ['/opt/node', '/opt/paddock.js', 'run', '--', 'claude'], terminal: 'xterm' } }
  return stage
}

/** A broker of a machine where Paddock was just installed. */
function freshStage(): Stage {
  return new Stage(state({ connections: [connection({ state: 'not-connected', level: 'observed' })], policy: { ...state().policy, files: [] } }))
}

/** Goes through every view and opens what can be opened; calls `look` at each stop. */
async function crawl(page: Page, look: (where: string) => Promise<void>): Promise<void> {
  for (const view of ['Timeline', 'Agents', 'Policies', 'Grants']) {
    await page.getByRole('link', { name: new RegExp(`^${view}`) }).click()
    await page.getByRole('heading', { name: view, exact: true }).waitFor()
    if (view === 'Timeline') await page.locator('.timeline-line').nth(3).click({ timeout: 1000 }).catch(() => {})
    if (view === 'Agents') {
      for (const name of [/^(Disconnect|Connect)…/, 'Start contained…']) await page.getByRole('button', { name }).first().click()
      for (const end of await page.getByRole('button', { name: 'End…' }).all()) await end.click()
    }
    await look(view)
  }
}

async function accessibilityProblems(page: Page): Promise<string[]> {
  const { violations } = await new AxeBuilder({ page }).analyze()
  return violations.flatMap((violation) => violation.nodes.map((node) => `${violation.id}: ${node.html}: ${node.failureSummary}`))
}

describe.each(['light', 'dark'] as const)('in %s', (colorScheme) => {
  const kinds: Record<string, (stage: Stage) => Promise<OpenPage>> = {
    'the headless page': (stage) => openHeadless(browser, stage, { colorScheme, viewport: { width: 1280, height: 800 } }),
    'the console window': (stage) => openWindow(browser, stage, 'console', { colorScheme }),
  }
  for (const [name, openPage] of Object.entries(kinds))
    test.each([
      ['a busy machine', busyStage],
      ['a fresh one', freshStage],
    ])(`${name} of %s is accessible and keeps to its content security policy in every view`, async (_, makeStage) => {
      const { page, complaints, close } = await openPage(makeStage())
      const problems: Record<string, string[]> = {}
      await crawl(page, async (where) => {
        const found = await accessibilityProblems(page)
        if (found.length > 0) problems[where] = found
      })
      expect(problems).toEqual({})
      expect(complaints).toEqual([])
      await close()
    })

  test('the prompt window is accessible, also at 200 % zoom and when it waits, has answered or lost the broker', async () => {
    const stage = busyStage()
    const { page, complaints, close } = await openWindow(browser, stage, 'prompt', { colorScheme, viewport: { width: 280, height: 360 } })
    await page.getByRole('alertdialog').waitFor()
    expect(await accessibilityProblems(page)).toEqual([])
    await page.setViewportSize({ width: 520, height: 640 })
    await page.getByRole('button', { name: /^Allow/ }).click()
    await page.locator('.notice').waitFor()
    expect(await accessibilityProblems(page)).toEqual([])
    stage.set({ requests: [] })
    await page.getByText('Nothing waits for you.').waitFor()
    expect(await accessibilityProblems(page)).toEqual([])
    stage.vanish()
    await page.getByRole('alert').waitFor()
    expect(await accessibilityProblems(page)).toEqual([])
    expect(complaints).toEqual([])
    await close()
  })
})

test('at 200 % zoom everything of the prompt can be reached and nothing lies over anything', async () => {
  const stage = new Stage(state({ requests: [request()] }))
  const { page, close } = await openWindow(browser, stage, 'prompt', { viewport: { width: 260, height: 320 } })
  for (const target of [page.getByRole('radio').last(), page.getByRole('button', { name: /^Deny/ }), page.getByRole('button', { name: /^Allow/ })])
    await target.click({ trial: true })
  expect(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth)).toBe(true)
  await close()
})

test('with reduced motion nothing moves', async () => {
  const { page, close } = await openHeadless(browser, busyStage(), { reducedMotion: 'reduce' })
  await page.getByRole('alertdialog').waitFor()
  expect(await page.evaluate(() => document.getAnimations().length)).toBe(0)
  const durations = await page.locator('*').evaluateAll((elements) => elements.map((element) => getComputedStyle(element).transitionDuration))
  expect(new Set(durations)).toEqual(new Set(['0s']))
  await close()
})

test('the content security policy stops what an injected page could try', async () => {
  const { page, complaints, close } = await openHeadless(browser, busyStage())
  const blocked = await page.evaluate(async () => {
    // In a task of the page's own: what the test runs directly is let off.
    await new Promise((resolve) => setTimeout(resolve))
    // oxlint-disable-next-line unicorn/consistent-function-scoping -- it runs in the page
    const attempt = (run: () => unknown): string => {
      try {
        run()
        return 'done'
      } catch (error) {
        return (error as Error).name
      }
    }
    const script = document.createElement('script')
    const reached = await fetch('http://127.0.0.1:1/').then(() => 'done', () => 'blocked')
    return {
      evaluated: attempt(() => Reflect.construct(Function, ['return 1'])),
      html: attempt(() => (document.body.innerHTML = '<b>')),
      script: attempt(() => (script.text = 'window.injected = true')),
      reached,
    }
  })
  expect(blocked).toEqual({ evaluated: 'EvalError', html: 'TypeError', script: 'TypeError', reached: 'blocked' })
  await expect.poll(() => complaints.filter((text) => text.startsWith('connect-src')).length).toBe(1)
  await close()
})
