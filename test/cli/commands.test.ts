import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import manifest from '../../package.json' with { type: 'json' }
import { User } from './run.ts'

let user: User
beforeEach(() => {
  user = new User()
})
afterEach(() => user.remove())

describe('paddock', () => {
  test.each([
    [],
    ['connect'],
    ['disconnect'],
    ['hook'],
    ['serve'],
    ['status'],
    ['log'],
    ['log', 'tail'],
    ['log', 'verify'],
    ['eval'],
    ['policy'],
    ['policy', 'check'],
    ['policy', 'schema'],
    ['policy', 'trust'],
  ])('%s %s --help says what it does', async (...words) => {
    const { stdout, stderr, code } = await user.paddock([...words.filter(Boolean), '--help'])
    expect({ stderr, code }).toEqual({ stderr: '', code: 0 })
    expect(stdout).toMatch(/^Usage: paddock /)
    expect(stdout.split('\n')[2]).toMatch(/^[A-Z]/)
  })

  test('--version is that of the package', async () => {
    expect(await user.paddock(['--version'])).toEqual({ stdout: `${manifest.version}\n`, stderr: '', code: 0 })
  })

  test.each<[string, string[], string]>([
    ['no command', [], 'Usage'],
    ['an unknown command', ['fly'], 'unknown command'],
    ['an unknown option', ['status', '--fly'], 'unknown option'],
    ['a missing argument', ['connect'], 'missing required argument'],
    ['too many arguments', ['connect', 'claude-code', 'codex'], 'too many arguments'],
    ['a number that is none', ['log', 'tail', '-n', 'many'], 'not a whole number'],
    ['an agent it does not know', ['connect', 'hal-9000'], 'It knows: claude-code'],
  ])('%s is bad usage: exit code 2', async (_what, args, says) => {
    const { stderr, code } = await user.paddock(args)
    expect(code).toBe(2)
    expect(stderr).toContain(says)
  })
})

describe('paddock status', () => {
  test('says that no broker runs, and what that means', async () => {
    const { stdout, code } = await user.paddock(['status'])
    expect(code).toBe(1)
    expect(stdout).toContain('The broker is not running')
    expect(stdout).toContain('Claude Code')
  })

  test('--json', async () => {
    const { stdout, code } = await user.paddock(['status', '--json'])
    expect(code).toBe(1)
    expect(JSON.parse(stdout)).toMatchObject({ running: false, agents: [{ agent: 'claude-code', state: 'not-connected', level: 'observed' }] })
  })
})

describe('paddock hook', () => {
  test('refuses without a broker, as the installed hook does', async () => {
    const { stdout, stderr, code } = await user.paddock(['hook', 'claude-code'], '{}')
    expect({ stdout, code }).toEqual({ stdout: '', code: 2 })
    expect(stderr).toContain('not running')
  })
})
