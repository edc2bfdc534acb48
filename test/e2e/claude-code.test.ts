import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { journalFile, journalKeyFile } from '../../electron/broker/folders.ts'
import type { EventBody } from '../../electron/contract/event.ts'
import { Journal } from '../../electron/journal/journal.ts'
import { readOrCreateKey } from '../../electron/journal/key.ts'
import { launchChromium } from '../support/chromium.ts'
import type { ScriptedCall } from '../support/stub-model.ts'
import { Machine } from './machine.ts'

// The real Claude Code, driven by a scripted model, under a real broker. Whether a call ran is judged by what it left
// on disk.

const POLICY = `
paddock: 1
name: mine
extends: [coding]
match: { agents: [claude-code] }
commands:
  ask: ["touch asked*"]
  deny:
    - pattern: touch denied*
      why: This name is taken.
      advice: Use the name "allowed" instead.
tools:
  allow: ["notes/write_*"]
  deny: ["notes/erase_*"]
`

let machine: Machine
let browser: Browser | undefined
let page: Page | undefined

beforeEach(async (ctx) => {
  const prepared = await Machine.prepare()
  if (typeof prepared === 'string') return ctx.skip(prepared)
  machine = prepared
  machine.policy(POLICY)
  machine.connect()
}, 300_000)
afterEach(async () => {
  await page?.close()
  page = undefined
  await machine?.remove()
})
beforeAll(async () => {
  browser = await launchChromium()
})
afterAll(() => browser?.close())

const bash = (command: string): ScriptedCall => ({ name: 'Bash', input: { command, description: 'Make a file' } })

/** The operator's page, opened with the code that the broker announced. */
async function openPage(address: string): Promise<Page> {
  page = await browser!.newPage()
  await page.goto(address)
  await page.getByText('Protected').waitFor()
  return page
}

/** A real click, as soon as the card takes one. */
async function answer(window: Page, verdict: 'Allow' | 'Deny'): Promise<void> {
  await window.getByRole('alertdialog').getByRole('button', { name: new RegExp(`^${verdict}`) }).click()
}

/** Everything the broker recorded, as another process reads it. */
function recorded(): EventBody[] {
  const key = readOrCreateKey(journalKeyFile(machine.folders))
  const journal = key.ok ? Journal.openReadOnly(journalFile(machine.folders), key.value) : key
  if (!journal.ok) throw new Error(journal.error)
  const events = [...journal.value.after(0)].map(({ body }) => body)
  expect(journal.value.verify().problem).toBeUndefined()
  journal.value.close()
  return events
}

const decisions = (): Extract<EventBody, { kind: 'decision' }>[] => recorded().filter((event) => event.kind === 'decision')

describe('a call of Claude Code', () => {
  test('inside policy runs without a word', async () => {
    await machine.serve()
    const session = await machine.claude([bash('touch allowed')], { mode: 'default' })
    await session.results
    expect(machine.has('allowed')).toBe(true)
    expect(decisions()).toMatchObject([{ verdict: 'allow', by: 'policy', call: { command: 'touch allowed' } }])
  })

  test('that policy denies does not run, and the model is told why and what to do instead', async () => {
    await machine.serve()
    const session = await machine.claude([bash('touch denied'), bash('true && touch denied2')])
    const [first, second] = await session.results
    expect(machine.has('denied')).toBe(false)
    expect(machine.has('denied2')).toBe(false)
    expect(first).toContain('This name is taken.')
    expect(first).toContain('Use the name "allowed" instead.')
    expect(first).toContain('mine.yaml:')
    expect(second).toContain('This name is taken.')
  })

  test('that needs a person runs once they click Allow, and no other call with it', async () => {
    const { address } = await machine.serve()
    const window = await openPage(address)
    const session = await machine.claude([bash('touch asked'), bash('touch denied')], { mode: 'default' })
    await window.getByRole('alertdialog').getByText('touch asked').first().waitFor()
    expect(machine.has('asked')).toBe(false)
    await answer(window, 'Allow')
    await session.results
    expect(machine.has('asked')).toBe(true)
    expect(machine.has('denied')).toBe(false)
    expect(decisions()).toMatchObject([
      { verdict: 'allow', by: 'operator', call: { command: 'touch asked' } },
      { verdict: 'deny', by: 'policy' },
    ])
  })

  test('that needs a person does not run when they click Deny, and the model is told so', async () => {
    const { address } = await machine.serve()
    const window = await openPage(address)
    const session = await machine.claude([bash('touch asked')])
    await answer(window, 'Deny')
    const [told] = await session.results
    expect(machine.has('asked')).toBe(false)
    expect(told).toContain('The user denied this call.')
  })

  test('that needs a person does not run when nobody answers', async () => {
    machine.policy(`${POLICY}approval: { timeout: 2s }\n`)
    await machine.serve()
    const session = await machine.claude([bash('touch asked')])
    const [told] = await session.results
    expect(machine.has('asked')).toBe(false)
    expect(told).toContain('nobody answered')
    expect(decisions()).toMatchObject([{ verdict: 'deny', by: 'timeout' }])
  })

  test('that waits does not run when the broker is killed', async () => {
    const broker = await machine.serve()
    const window = await openPage(broker.address)
    const session = await machine.claude([bash('touch asked')])
    await window.getByRole('alertdialog').waitFor()
    await broker.stop('SIGKILL')
    const [told] = await session.results
    expect(machine.has('asked')).toBe(false)
    expect(told).toContain('stopped before it decided')
    expect(recorded().at(-1)).toMatchObject({ kind: 'asked' })
  })

  test('that waits does not run when the broker is quit', async () => {
    const broker = await machine.serve()
    const window = await openPage(broker.address)
    const session = await machine.claude([bash('touch asked')])
    await window.getByRole('alertdialog').waitFor()
    await broker.stop('SIGTERM')
    const [told] = await session.results
    expect(machine.has('asked')).toBe(false)
    expect(told).toContain('Paddock was quit.')
  })
})

describe('every tool is judged', () => {
  test('file tools, by the file', async () => {
    await machine.serve()
    const inside = join(machine.workspace, 'inside.txt')
    writeFileSync(inside, 'one')
    const secret = machine.write('.ssh/id_rsa', 'not for you')
    const startup = machine.write('.bashrc', '# mine')
    const session = await machine.claude([
      { name: 'Read', input: { file_path: inside } },
      { name: 'Edit', input: { file_path: inside, old_string: 'one', new_string: 'two' } },
      { name: 'Write', input: { file_path: join(machine.workspace, 'new.txt'), content: 'new' } },
      { name: 'Read', input: { file_path: secret } },
      { name: 'Read', input: { file_path: '~/.ssh/../.ssh/id_rsa' } },
      { name: 'Write', input: { file_path: join(machine.home, '.zshrc'), content: 'touch /tmp/x' } },
      { name: 'Write', input: { file_path: join(machine.home, '.claude/settings.json'), content: '{}' } },
      { name: 'Write', input: { file_path: join(machine.workspace, '.claude/settings.json'), content: '{"disableAllHooks":true}' } },
    ])
    const told = await session.results
    expect(told[0]).toContain('one')
    expect(readFileSync(inside, 'utf8')).toBe('two')
    expect(machine.has('new.txt')).toBe(true)
    expect(told.slice(3, 5).join()).not.toContain('not for you')
    expect(told.slice(3).every((text) => text.includes("Paddock's policy denies this call"))).toBe(true)
    expect(readFileSync(startup, 'utf8')).toBe('# mine')
    expect(existsSync(join(machine.home, '.zshrc'))).toBe(false)
    expect(machine.connector.inspect().state).toBe('connected')
    expect(machine.has('.claude/settings.json')).toBe(false)
  })

  test('MCP tools, by server and name', async () => {
    await machine.serve()
    const server = join(import.meta.dirname, '../support/agents/notes-server.js')
    const mcpServers = { notes: { command: process.execPath, args: [server, machine.workspace] } }
    const config = machine.write('mcp.json', JSON.stringify({ mcpServers }))
    writeFileSync(join(machine.workspace, 'kept'), '')
    const session = await machine.claude(
      [
        { name: 'mcp__notes__write_note', input: { name: 'written' } },
        { name: 'mcp__notes__erase_note', input: { name: 'kept' } },
      ],
      { args: ['--mcp-config', config, '--strict-mcp-config'] },
    )
    await session.results
    expect(machine.has('written')).toBe(true)
    expect(machine.has('kept')).toBe(true)
    expect(decisions()).toMatchObject([
      { verdict: 'allow', call: { tool: 'mcp', server: 'notes', name: 'write_note' } },
      { verdict: 'deny', call: { tool: 'mcp', server: 'notes', name: 'erase_note' } },
    ])
  })

  test('the second command tool', async () => {
    await machine.serve()
    const session = await machine.claude([{ name: 'Monitor', input: { command: 'touch denied', description: 'Watch', timeout_ms: 1000 } }])
    await session.results
    expect(machine.has('denied')).toBe(false)
    expect(decisions()).toMatchObject([{ verdict: 'deny', toolName: 'Monitor' }])
  })
})

/** Runs one command that policy would allow; gives what the model was told. */
const attempt = async (): Promise<string> => {
  const session = await machine.claude([bash('touch allowed')])
  const [told] = await session.results
  expect(machine.has('allowed')).toBe(false)
  return told!
}
const settings = (): string => join(machine.home, '.claude/settings.json')
/** Puts another program in the place of the hook client. */
const replaceClient = (code: string): void => {
  const client = machine.write('client.cjs', code)
  const text = readFileSync(settings(), 'utf8').replace(/"[^"]*hook\.cjs"/, JSON.stringify(client))
  writeFileSync(settings(), text)
}

describe('nothing runs when Paddock fails', () => {
  test('no broker runs', async () => {
    expect(await attempt()).toContain('not running')
  })

  test('the broker died and left its socket', async () => {
    const broker = await machine.serve()
    await broker.stop('SIGKILL')
    expect(existsSync(machine.folders.endpoint)).toBe(true)
    expect(await attempt()).toContain('not running')
  })

  test('the hook client is missing', async () => {
    await machine.serve()
    replaceClient('')
    rmSync(join(machine.home, 'client.cjs'))
    expect(await attempt()).toContain('Paddock did not answer')
  })

  test('the program of the hook is missing', async () => {
    await machine.serve()
    writeFileSync(settings(), readFileSync(settings(), 'utf8').replace('"/usr/bin/env"', '"/usr/bin/no-such-env"'))
    await attempt()
  })

  test.each<[string, string]>([
    ['crashes', 'throw new Error("x")'],
    ['is killed', 'process.kill(process.pid, "SIGKILL")'],
    ['ends with an exit code of its own', 'process.exit(3)'],
    ['is empty', ''],
    ['writes text', 'console.log("allow")'],
    ['writes something that only looks like JSON', 'console.log("{allow}")'],
    ['writes an answer that does not exist', 'console.log(JSON.stringify({ hookSpecificOutput: { hookEventName: "PreToolUse", permissionDecision: "maybe" } }))'],
  ])('the hook client %s', async (_what, code) => {
    await machine.serve()
    replaceClient(code)
    await attempt()
  })

  test('the hook client hangs', async () => {
    await machine.serve()
    replaceClient('setInterval(() => {}, 1000)')
    writeFileSync(settings(), readFileSync(settings(), 'utf8').replace(/"timeout": \d+/, '"timeout": 2'))
    await attempt()
  })
})

describe('a repository does not reach into the hook', () => {
  test('by the environment its settings give to hooks', async () => {
    await machine.serve()
    const ran = join(machine.root, 'injected')
    const allow = JSON.stringify({ hookSpecificOutput: { hookEventName: 'PreToolUse', permissionDecision: 'allow' } })
    const code = machine.write('work/inject.cjs', `require('node:fs').writeFileSync(${JSON.stringify(ran)}, ''); console.log(${JSON.stringify(allow)}); process.exit(0)`)
    const shell = machine.write('work/inject.sh', `touch ${ran}; echo '${allow}'; exit 0`)
    const env = { NODE_OPTIONS: `--require ${code}`, NODE_PATH: machine.workspace, ENV: shell, BASH_ENV: shell, PADDOCK_HOME: machine.workspace }
    machine.write('work/.claude/settings.json', JSON.stringify({ env }))
    const session = await machine.claude([bash('touch denied')])
    const [told] = await session.results
    expect(machine.has('denied')).toBe(false)
    expect(told).toContain('This name is taken.')
    expect(existsSync(ran)).toBe(false)
  })
})

describe('after disconnecting', () => {
  test('Claude Code runs as if Paddock had never been there', async () => {
    const plan = machine.connector.plan('disconnect')
    if (!plan.ok) throw new Error(plan.error)
    expect(machine.connector.apply('disconnect', plan.value.digest).ok).toBe(true)
    const session = await machine.claude([bash('touch allowed')])
    await session.results
    expect(machine.has('allowed')).toBe(true)
    expect(existsSync(join(machine.home, '.claude/settings.json'))).toBe(false)
  })
})
