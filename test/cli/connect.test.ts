import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { whyNotOperator } from '../../electron/cli/confirm.ts'
import { User } from './run.ts'

const SETTINGS = '{\n  "model": "opus"\n}\n'

let user: User
let settings: string
beforeEach((ctx) => {
  // These commands are for people, and refuse when an agent runs the tests.
  const refusal = whyNotOperator()
  ctx.skip(refusal !== undefined, refusal)
  user = new User()
  settings = join(user.home, '.claude/settings.json')
  mkdirSync(dirname(settings))
  writeFileSync(settings, SETTINGS)
})
afterEach(() => user?.remove())

const text = (): string => readFileSync(settings, 'utf8')

describe('paddock connect', () => {
  test('shows the change and does nothing without an answer on a terminal', async () => {
    const { stdout, stderr, code } = await user.paddock(['connect', 'claude-code'], 'y\n')
    expect(code).toBe(1)
    expect(stdout).toContain('+  "hooks": {')
    expect(stderr).toContain('Nothing was changed.')
    expect(text()).toBe(SETTINGS)
  })

  test('on a terminal, does it after a yes and not after anything else', async (ctx) => {
    if (!existsSync('/usr/bin/script')) return ctx.skip('there is no script(1) to make a terminal with')
    for (const typed of ['\n', 'n\n', 'yep\n', '\u0004']) {
      const { stdout, code } = await user.onTerminal(['connect', 'claude-code'], typed)
      expect(stdout).toContain(`Change ${settings}? [y/N]`)
      expect(code).toBe(1)
      expect(text()).toBe(SETTINGS)
    }
    const { stdout, code } = await user.onTerminal(['connect', 'claude-code'], 'y\n')
    expect(code).toBe(0)
    expect(stdout).toContain('Claude Code is connected')
    expect(text()).toContain('Paddock is deciding')
  })

  test('--yes does it without asking, once', async () => {
    expect((await user.paddock(['connect', 'claude-code', '--yes'])).code).toBe(0)
    const connected = text()
    expect(connected).toContain('Paddock is deciding')
    const again = await user.paddock(['connect', 'claude-code', '--yes'])
    expect(again).toEqual({ stdout: 'Claude Code is connected already.\n', stderr: '', code: 0 })
    expect(text()).toBe(connected)
    expect(JSON.parse((await user.paddock(['status', '--json'])).stdout).agents[0]).toMatchObject({ state: 'connected', level: 'hooked' })
  })

  test('--json prints the change and does not do it', async () => {
    const { stdout, code } = await user.paddock(['connect', 'claude-code', '--json'])
    expect(code).toBe(0)
    expect(JSON.parse(stdout)).toMatchObject({ agent: 'claude-code', file: settings, diff: expect.stringContaining('+  "hooks"') })
    expect(text()).toBe(SETTINGS)
  })

  test('settings it can not use: exit code 2 and what to do', async () => {
    writeFileSync(settings, '{ // mine\n}')
    const { stderr, code } = await user.paddock(['connect', 'claude-code', '--yes'])
    expect(code).toBe(2)
    expect(stderr).toContain('Correct it, then try again.')
    expect(text()).toBe('{ // mine\n}')
  })

  test('started by an agent, refuses whatever it is given', async () => {
    // A program that runs under the name of Claude Code.
    const claude = join(user.root, 'claude')
    writeFileSync(claude, readFileSync('/bin/sh'), { mode: 0o755 })
    const command = `'${process.execPath}' '${join(import.meta.dirname, '../../out/cli/paddock.js')}' connect claude-code --yes; exit $?`
    const { stderr, code } = await user.run(claude, ['-c', command], '')
    expect(code).toBe(2)
    expect(stderr).toContain('only a person may')
    expect(text()).toBe(SETTINGS)
  })
})

describe('paddock disconnect', () => {
  test('gives the settings back byte for byte', async () => {
    await user.paddock(['connect', 'claude-code', '--yes'])
    const { stdout, code } = await user.paddock(['disconnect', 'claude-code', '--yes'])
    expect(code).toBe(0)
    expect(stdout).toContain('-  "hooks": {')
    expect(text()).toBe(SETTINGS)
  })

  test('has nothing to do where nothing is connected', async () => {
    expect(await user.paddock(['disconnect', 'claude-code', '--yes'])).toEqual({ stdout: 'Claude Code is not connected.\n', stderr: '', code: 0 })
  })
})
