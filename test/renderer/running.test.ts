import { AxeBuilder } from '@axe-core/playwright'
import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { RunningAgent, type Running } from '../../electron/contract/finding.ts'
import { launchChromium } from '../support/chromium.ts'
import { state } from './fixtures.ts'
import { openWindow, Stage, type OpenPage } from './stage.ts'

let browser: Browser
let open: OpenPage | undefined
beforeAll(async () => {
  browser = await launchChromium()
})
afterEach(async () => {
  await open?.close()
  open = undefined
})
afterAll(() => browser.close())

const agent = (change: object = {}): RunningAgent =>
  RunningAgent.parse({
    pid: 48213,
    startedAt: Date.now() - 60_000,
    agent: 'custom',
    name: 'tidy.py',
    confidence: 0.878,
    evidence: [
      { family: 'agency', what: 'its script does what a model asks for: tool_calls, subprocess', weight: 0.65 },
      { family: 'client', what: 'its script asks a model: /chat/completions', weight: 0.5 },
    ],
    authorized: false,
    level: 'observed',
    connections: [{ protocol: 'tcp', state: 'established', local: '10.0.0.4:50122', remote: '160.79.104.10:443', hosts: ['api.anthropic.com'], model: 'it is connected to api.anthropic.com' }],
    credentials: [{ kind: 'cloud', name: '~/.aws/config: shop-prod', where: 'profile', production: true }],
    program: '/usr/bin/python3.11',
    script: '/home/ada/bots/tidy.py',
    command: ['python3', 'tidy.py'],
    folder: '/home/ada/bots',
    user: 'ada',
    startedBy: { pid: 4000, program: '/usr/bin/bash' },
    processes: [48213, 48214],
    bypass: [],
    findings: [{ id: 'a', kind: 'unauthorized-agent', severity: 'high', message: 'tidy.py (process 48213) runs in /home/ada/bots, and nobody authorised it.', advice: 'Authorise it.', pid: 48213 }],
    paused: false,
    ...change,
  })

async function show(running: Partial<Running>): Promise<{ stage: Stage; page: Page }> {
  const stage = new Stage(state({ running: { agents: [], servers: [], findings: [], gaps: [], ...running } }))
  open = await openWindow(browser, stage, 'console', { viewport: { width: 1280, height: 800 } })
  const { page } = open
  await page.getByRole('navigation').getByRole('link', { name: 'Running' }).click()
  await page.getByRole('heading', { name: 'Running', exact: true }).waitFor()
  return { stage, page }
}

describe('agents that run', () => {
  test('are shown with how they are known and what they reach; who is not authorised first', async () => {
    const claude = agent({ pid: 50000, agent: 'claude-code', name: 'Claude Code', authorized: true, level: 'hooked', findings: [], credentials: [] })
    const { page } = await show({ agents: [claude, agent()] })
    const cards = page.getByRole('article')
    const [first, second] = [await cards.nth(0).textContent(), await cards.nth(1).textContent()]
    for (const part of ['Not authorised', 'tidy.py', '88 % sure', '/home/ada/bots', 'its script asks a model: /chat/completions', '160.79.104.10:443', 'shop-prod (production)', '2 processes']) expect(first).toContain(part)
    for (const part of ['Authorised', 'Claude Code', 'hooked']) expect(second).toContain(part)
    await page.getByRole('alert').getByText('An agent runs that nobody authorised: tidy.py').waitFor()
    const { violations } = await new AxeBuilder({ page }).analyze()
    expect(violations).toEqual([])
    expect(open?.complaints).toEqual([])
  })

  test('are authorised under a chosen policy once the lines were shown', async () => {
    const { stage, page } = await show({ agents: [agent()] })
    await page.getByLabel('Policy').selectOption('coding')
    await page.getByRole('button', { name: 'Authorise…' }).click()
    await page.getByText('agents: # 48213 under coding').waitFor()
    expect(stage.calls).toEqual([])
    await page.getByRole('button', { name: 'Authorise', exact: true }).click()
    await expect.poll(() => stage.calls).toEqual(['authorized 48213'])
  })

  test('are paused at once, ended after a second press, and others are asked about', async () => {
    const { stage, page } = await show({ agents: [agent()] })
    await page.getByRole('button', { name: 'Pause' }).click()
    await expect.poll(() => stage.calls).toEqual(['pause 48213'])
    await page.getByRole('button', { name: 'End…' }).click()
    await page.getByText('End tidy.py and everything it has started?').waitFor()
    stage.response = { done: false, message: 'This would also end codex (5), which is not its own.', asks: [5] }
    await page.getByRole('button', { name: 'End', exact: true }).click()
    await page.getByText('This would also end codex (5)').waitFor()
    expect(stage.calls).toEqual(['pause 48213', 'end 48213 confirmed'])
  })

  test('are restarted contained under the chosen policy, once what that ends was said', async () => {
    const { stage, page } = await show({ agents: [agent()] })
    await page.getByLabel('Policy').selectOption('coding')
    await page.getByRole('button', { name: 'Restart contained…' }).click()
    await page.getByText('End process 48213 and start it anew, contained?').waitFor()
    expect(stage.calls).toEqual([])
    await page.getByRole('button', { name: 'Restart contained', exact: true }).click()
    await expect.poll(() => stage.calls).toEqual(['restart 48213 under coding'])
    expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([])
  })

  test('say how to start them contained', async () => {
    const { page } = await show({ agents: [agent()] })
    await page.getByText('Run it contained by hand').click()
    await page.getByText('paddock run -- python3 tidy.py').waitFor()
  })

  test('and what can not be seen is said', async () => {
    const { page } = await show({ gaps: ['Of other users’ processes only the command line is seen.'] })
    await page.getByText('No agent runs').waitFor()
    await page.getByText('Of other users’ processes only').waitFor()
  })
})
