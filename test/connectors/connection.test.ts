import { execFileSync } from 'node:child_process'
import { chmodSync, existsSync, lstatSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { applyPatch } from 'diff'
import fc from 'fast-check'
import { afterEach, describe, expect, test } from 'vitest'
import { claudeCodeConnector } from '../../electron/connectors/claude-code/connector.ts'
import type { ConnectionChange, Connector } from '../../electron/connectors/connector.ts'

interface Site {
  settings: string
  connector: Connector
  /** The same user after Paddock was installed somewhere else. */
  moved: Connector
}

const homes: string[] = []
afterEach(() => homes.splice(0).forEach((home) => rmSync(home, { recursive: true, force: true })))

function site(settings?: string, env: Record<string, string> = {}): Site {
  const home = mkdtempSync(join(tmpdir(), 'paddock-connect-'))
  homes.push(home)
  const file = join(home, '.claude/settings.json')
  if (settings !== undefined) {
    mkdirSync(dirname(file))
    writeFileSync(file, settings)
  }
  const client = join(home, 'hook.cjs')
  writeFileSync(client, '')
  const at = (endpoint: string): Connector =>
    claudeCodeConnector({
      home,
      env,
      backups: join(home, 'backups'),
      program: { node: process.execPath, nodeIsElectron: false, client, endpoint },
    })
  return { settings: file, connector: at('/run/paddock/agents.sock'), moved: at('/other/agents.sock') }
}

const read = (file: string): string => readFileSync(file, 'utf8')

/** Plans and applies; the error of either. */
function change(connector: Connector, what: ConnectionChange): string | undefined {
  const plan = connector.plan(what)
  if (!plan.ok) return plan.error
  const applied = connector.apply(what, plan.value.digest)
  return applied.ok ? undefined : applied.error
}

const PRETTY = `{
    "model": "opus",
    "hooks": {
        "PreToolUse": [
            { "matcher": "Bash", "hooks": [{ "type": "command", "command": "lint" }] }
        ],
        "Stop": []
    },
    "env": { "A": "1" }
}
`

describe('connecting', () => {
  test('adds one entry that sees every tool and blocks when it fails', () => {
    const { settings, connector } = site()
    expect(change(connector, 'connect')).toBeUndefined()
    const [group] = JSON.parse(read(settings)).hooks.PreToolUse
    expect(group.matcher).toBe('*')
    expect(group.hooks).toEqual([expect.objectContaining({ type: 'command', onFailure: 'block', timeout: expect.any(Number) })])
    expect(connector.inspect()).toMatchObject({ state: 'connected', level: 'hooked', file: settings })
  })

  test('gives up before Claude Code does', () => {
    const { settings, connector } = site()
    change(connector, 'connect')
    const [{ hooks: [hook] }] = JSON.parse(read(settings)).hooks.PreToolUse
    expect(Number(hook.args.at(-1))).toBeLessThan(hook.timeout * 1000)
  })

  test('leaves every other byte as the user wrote it', () => {
    const { settings, connector } = site(PRETTY)
    change(connector, 'connect')
    const [before, after] = read(settings).split('"lint" }] }')
    expect(PRETTY.startsWith(`${before}"lint" }] }`)).toBe(true)
    expect(after!.endsWith(PRETTY.split('"lint" }] }')[1]!)).toBe(true)
    expect(after).toContain('\n                "matcher": "*"')
  })

  test('shows exactly what it will do', () => {
    const { settings, connector } = site(PRETTY)
    const plan = connector.plan('connect')
    if (!plan.ok) throw new Error(plan.error)
    expect(read(settings)).toBe(PRETTY)
    expect(connector.apply('connect', plan.value.digest).ok).toBe(true)
    expect(applyPatch(PRETTY, plan.value.diff)).toBe(read(settings))
  })

  test('twice is once', () => {
    const { settings, connector } = site(PRETTY)
    change(connector, 'connect')
    const once = read(settings)
    expect(connector.plan('connect')).toMatchObject({ ok: true, value: { diff: '' } })
    expect(change(connector, 'connect')).toBeUndefined()
    expect(read(settings)).toBe(once)
  })

  test('is refused when the file is no longer the one that was shown', () => {
    const { settings, connector } = site(PRETTY)
    const plan = connector.plan('connect')
    if (!plan.ok) throw new Error(plan.error)
    writeFileSync(settings, PRETTY.replace('opus', 'sonnet'))
    expect(connector.apply('connect', plan.value.digest)).toMatchObject({ ok: false, error: expect.stringContaining('has changed') })
    expect(connector.apply('disconnect', plan.value.digest).ok).toBe(false)
    expect(read(settings)).toBe(PRETTY.replace('opus', 'sonnet'))
  })

  test('makes a settings file that only the user can read, and keeps the mode of one that is there', () => {
    const fresh = site()
    change(fresh.connector, 'connect')
    expect(statSync(fresh.settings).mode & 0o777).toBe(0o600)
    const there = site(PRETTY)
    chmodSync(there.settings, 0o640)
    change(there.connector, 'connect')
    expect(statSync(there.settings).mode & 0o777).toBe(0o640)
    expect(readdirSync(dirname(there.settings))).toEqual(['settings.json'])
  })

  test('follows a symbolic link, also to a file that is not there yet', () => {
    const { settings, connector } = site()
    const target = join(dirname(dirname(settings)), 'dotfiles/claude.json')
    mkdirSync(dirname(settings))
    symlinkSync('../dotfiles/claude.json', settings)
    change(connector, 'connect')
    expect(lstatSync(settings).isSymbolicLink()).toBe(true)
    expect(read(target)).toContain('PreToolUse')
    change(connector, 'disconnect')
    expect(lstatSync(settings).isSymbolicLink()).toBe(true)
    expect(existsSync(target)).toBe(false)
  })

  test('finds the settings that CLAUDE_CONFIG_DIR moves', () => {
    const folder = mkdtempSync(join(tmpdir(), 'paddock-config-'))
    homes.push(folder)
    const { connector } = site(undefined, { CLAUDE_CONFIG_DIR: folder })
    change(connector, 'connect')
    expect(existsSync(join(folder, 'settings.json'))).toBe(true)
    expect(connector.guardedFiles).toContain(join(folder, 'settings.json'))
  })

  test('again after Paddock has moved renews the entry, and disconnecting still gives the first file back', () => {
    const { settings, connector, moved } = site(PRETTY)
    change(connector, 'connect')
    expect(moved.inspect()).toMatchObject({ state: 'altered', level: 'observed' })
    expect(change(moved, 'connect')).toBeUndefined()
    expect(read(settings).match(/Paddock is deciding/g)).toHaveLength(1)
    expect(moved.inspect().state).toBe('connected')
    change(moved, 'disconnect')
    expect(read(settings)).toBe(PRETTY)
  })
})

describe('a settings file that can not be used is left alone, with an error that says what to do', () => {
  test.each<[string, string, string]>([
    ['not JSON', '{ "model": ', 'is not strict JSON'],
    // Claude Code 2.1.330 reads none of these, so a hook in them would hold nothing.
    ['comments', '{ // mine\n}', 'line 1, column 3'],
    ['a trailing comma', '{ "a": 1, }', 'is not strict JSON'],
    ['a list', '[]', 'is not a JSON object'],
    ['hooks of another shape', '{ "hooks": [] }', '"hooks"'],
    ['a list of hooks of another shape', '{ "hooks": { "PreToolUse": {} } }', '"hooks.PreToolUse"'],
    ['a group of another shape', '{ "hooks": { "PreToolUse": [{ "matcher": 3 }] } }', '"hooks.PreToolUse.0.matcher"'],
    ['a setting of the wrong kind', '{ "permissions": "all" }', '"permissions"'],
    ['a key that is there twice', '{ "hooks": {}, "hooks": {} }', 'twice'],
    ['all hooks switched off', '{ "disableAllHooks": true }', 'Take it out first'],
  ])('%s', (_what, text, says) => {
    const { settings, connector } = site(text)
    expect(change(connector, 'connect')).toContain(says)
    expect(read(settings)).toBe(text)
    expect(connector.inspect().state).toBe('not-connected')
  })

  test('bytes that are not UTF-8', () => {
    const { settings, connector } = site('')
    writeFileSync(settings, Buffer.from([0x7b, 0xff, 0x7d]))
    expect(change(connector, 'connect')).toContain('not UTF-8')
    expect(readFileSync(settings)).toEqual(Buffer.from([0x7b, 0xff, 0x7d]))
  })

  test('a read-only file, even for the superuser', () => {
    const { settings, connector } = site(PRETTY)
    chmodSync(settings, 0o444)
    expect(change(connector, 'connect')).toContain('chmod u+w')
    expect(read(settings)).toBe(PRETTY)
  })

  test('a folder in its place', () => {
    const { settings, connector } = site()
    mkdirSync(settings, { recursive: true })
    expect(change(connector, 'connect')).toContain('it is a folder')
  })

  test('a folder that can not be written to', (ctx) => {
    const { settings, connector } = site(PRETTY)
    if (process.getuid?.() === 0) {
      // Nothing stops the superuser but the file system itself.
      try {
        execFileSync('chattr', ['+i', dirname(settings)], { stdio: 'ignore' })
      } catch {
        return ctx.skip('runs as the superuser, on a file system without immutable folders')
      }
    } else chmodSync(dirname(settings), 0o500)
    try {
      expect(change(connector, 'connect')).toContain('Nothing was changed')
      expect(read(settings)).toBe(PRETTY)
    } finally {
      if (process.getuid?.() === 0) execFileSync('chattr', ['-i', dirname(settings)])
      else chmodSync(dirname(settings), 0o700)
    }
  })
})

const connected = (): Site => {
  const at = site(PRETTY)
  change(at.connector, 'connect')
  return at
}

const edit = (file: string, by: (text: string) => string): void => writeFileSync(file, by(read(file)))

describe('the state tells when the hook does not hold', () => {
  test.each<[string, (at: Site) => void, string]>([
    ['the entry was taken out', ({ settings }) => writeFileSync(settings, PRETTY), 'taken out'],
    ['the file is gone', ({ settings }) => rmSync(settings), 'taken out'],
    ['the entry fails open now', ({ settings }) => edit(settings, (text) => text.replace('"block"', '"continue"')), 'was changed'],
    ['the entry sees one tool only', ({ settings }) => edit(settings, (text) => text.replace('"*"', '"Read"')), 'was changed'],
    ['the entry is there twice', ({ settings }) => edit(settings, (text) => { const value = JSON.parse(text); value.hooks.PreToolUse.push(value.hooks.PreToolUse.at(-1)); return JSON.stringify(value) }), 'was changed'],
    ['all hooks are switched off', ({ settings }) => edit(settings, (text) => text.replace('{', '{ "disableAllHooks": true,')), 'disableAllHooks'],
    ['the file is broken', ({ settings }) => edit(settings, (text) => text.slice(1)), 'not strict JSON'],
    ['the client is missing', ({ settings }) => rmSync(join(dirname(dirname(settings)), 'hook.cjs')), 'is missing'],
  ])('%s', (_what, meddle, note) => {
    const at = connected()
    meddle(at)
    expect(at.connector.inspect()).toMatchObject({ state: 'altered', level: 'observed', note: expect.stringContaining(note) })
  })

  test('disconnecting what was taken out by hand forgets it', () => {
    const { settings, connector } = connected()
    writeFileSync(settings, PRETTY)
    expect(change(connector, 'disconnect')).toBeUndefined()
    expect(read(settings)).toBe(PRETTY)
    expect(connector.inspect().state).toBe('not-connected')
  })

  test('the program is looked for, not run', () => {
    const { settings, connector } = site(undefined, { PATH: '' })
    expect(connector.inspect().installed).toBe(false)
    const program = join(dirname(dirname(settings)), '.local/bin/claude')
    mkdirSync(dirname(program), { recursive: true })
    writeFileSync(program, '')
    expect(connector.inspect().installed).toBe(true)
  })
})

/** A group of somebody else's hooks. */
const group = fc.record({ matcher: fc.constantFrom('Bash', 'Write|Edit', '*'), hooks: fc.array(fc.record({ type: fc.constant('command'), command: fc.string() }), { maxLength: 2 }) })
/** Names of settings that Paddock has no opinion on. */
const otherKey = fc.string({ minLength: 1 }).filter((key) => !['hooks', 'disableAllHooks', 'model', 'permissions', 'env', 'cleanupPeriodDays', 'statusLine', 'sandbox', 'enabledPlugins', '__proto__'].includes(key))
const hooks = fc.record({ PreToolUse: fc.array(group, { maxLength: 3 }), Stop: fc.array(group, { maxLength: 1 }) }, { requiredKeys: [] })
const settingsValue = fc
  .tuple(fc.dictionary(otherKey, fc.jsonValue(), { maxKeys: 4 }), fc.option(hooks, { nil: undefined }), fc.boolean())
  .map(([others, own, first]) => (own === undefined ? others : first ? { hooks: own, ...others } : { ...others, hooks: own }))
const layout = fc.record({
  indent: fc.constantFrom(undefined, 2, 4, '\t'),
  eol: fc.constantFrom('\n', '\r\n'),
  end: fc.constantFrom('', '\n', '\n\n'),
  bom: fc.constantFrom('', '\uFEFF'),
})
const settingsText = fc
  .tuple(settingsValue, layout)
  .map(([value, { indent, eol, end, bom }]) => bom + (JSON.stringify(value, null, indent) + end).replaceAll('\n', eol))

describe('disconnecting', () => {
  test('gives back every file byte for byte', () => {
    fc.assert(
      fc.property(fc.option(settingsText, { nil: undefined }), (text) => {
        const { settings, connector } = site(text)
        expect(change(connector, 'connect')).toBeUndefined()
        expect(connector.inspect().state).toBe('connected')
        expect(change(connector, 'disconnect')).toBeUndefined()
        if (text === undefined) expect(existsSync(settings)).toBe(false)
        else expect(readFileSync(settings)).toEqual(Buffer.from(text))
        expect(connector.inspect().state).toBe('not-connected')
      }),
      { numRuns: 200 },
    )
  })

  test('takes out nothing but its own when the user has changed something since', () => {
    const SINCE = '"addedSince": [1, {"x": "y"}], '
    fc.assert(
      fc.property(settingsText, (text) => {
        const { settings, connector } = site(text)
        change(connector, 'connect')
        // At the very front, as a user's editor might.
        const edited = read(settings).replace('{', `{${SINCE}`)
        writeFileSync(settings, edited)
        expect(change(connector, 'disconnect')).toBeUndefined()
        const rest = read(settings)
        expect(rest).toContain(SINCE.slice(0, -2))
        const { addedSince, ...value } = JSON.parse(rest.replace('\uFEFF', ''))
        expect(addedSince).toEqual([1, { x: 'y' }])
        expect(value).toEqual(JSON.parse(text.replace('\uFEFF', '')))
      }),
      { numRuns: 200 },
    )
  })

  test('keeps the layout of everything else, too', () => {
    const { settings, connector } = site(PRETTY)
    change(connector, 'connect')
    writeFileSync(settings, read(settings).replace('opus', 'sonnet'))
    change(connector, 'disconnect')
    expect(read(settings)).toBe(PRETTY.replace('opus', 'sonnet'))
  })

  test('keeps hooks that came into the containers it had made', () => {
    const { settings, connector } = site('{}')
    change(connector, 'connect')
    const mine = { matcher: 'Bash', hooks: [{ type: 'command', command: 'mine' }] }
    const value = JSON.parse(read(settings))
    value.hooks.PreToolUse.unshift(mine)
    writeFileSync(settings, JSON.stringify(value, null, 2))
    change(connector, 'disconnect')
    expect(JSON.parse(read(settings))).toEqual({ hooks: { PreToolUse: [mine] } })
  })

  test('takes out an entry that was changed', () => {
    const { settings, connector } = site(PRETTY)
    change(connector, 'connect')
    writeFileSync(settings, read(settings).replace('"block"', '"continue"'))
    change(connector, 'disconnect')
    expect(read(settings)).toBe(PRETTY)
  })

  test('without the backup still takes out the entry', () => {
    const { settings, connector } = site(PRETTY)
    change(connector, 'connect')
    rmSync(join(dirname(dirname(settings)), 'backups'), { recursive: true })
    change(connector, 'disconnect')
    expect(read(settings)).toBe(PRETTY)
  })
})
