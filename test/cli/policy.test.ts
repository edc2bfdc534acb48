import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { journalFile, journalKeyFile, userPolicies } from '../../electron/broker/folders.ts'
import type { Call } from '../../electron/contract/call.ts'
import { EventBody } from '../../electron/contract/event.ts'
import { Journal } from '../../electron/journal/journal.ts'
import { readOrCreateKey } from '../../electron/journal/key.ts'
import { User, type Ended } from './run.ts'

let user: User
beforeEach(() => {
  user = new User()
})
afterEach(() => user.remove())

const policy = (command: string, ...args: string[]): Promise<Ended> => user.paddock(['policy', command, ...args])

function write(name: string, text: string): string {
  const file = join(user.root, name)
  writeFileSync(file, text)
  return file
}

const json = ({ stdout }: Ended): Record<string, unknown> => JSON.parse(stdout) as Record<string, unknown>

test.each(['explain', 'diff', 'simulate', 'suggest'])('paddock policy %s --help says what it does', async (command) => {
  const { stdout, stderr, code } = await policy(command, '--help')
  expect({ stderr, code }).toEqual({ stderr: '', code: 0 })
  expect(stdout.split('\n')[2]).toMatch(/^[A-Z]/)
})

describe('paddock policy check', () => {
  const good = 'paddock: 1\nname: mine\nextends: [coding]\ncommands:\n  allow: [frobnicate plan]\ntests:\n  - { call: frobnicate plan, expect: allow }\n  - { call: cat ~/.ssh/id_rsa, expect: deny }\n'

  test('says that a good file is good', async () => {
    const file = write('mine.yaml', good)
    const { stdout, stderr, code } = await policy('check', file)
    expect({ stderr, code }).toEqual({ stderr: '', code: 0 })
    expect(stdout).toMatch(/mine\.yaml: policy "mine", \d+ rules, no errors, 2 of 2 tests passed\n$/)
  })

  test('warns of doubtful rules: exit code 0, with --strict 1', async () => {
    const file = write('mine.yaml', 'paddock: 1\nname: mine\ncommands:\n  allow:\n    - python *\n')
    const { stdout, stderr, code } = await policy('check', file)
    expect(code).toBe(0)
    expect(stderr).toContain(`${file}:5:7 warning: commands.allow: python *: python runs any code that it is given; name what it may run`)
    expect(stdout).toContain('no errors, 1 warning')
    expect((await policy('check', '--strict', file)).code).toBe(1)
  })

  test('names a test that fails, and why: exit code 1', async () => {
    const file = write('mine.yaml', `${good}  - { call: git push, expect: allow }\n`)
    const { stderr, code } = await policy('check', file)
    expect(code).toBe(1)
    expect(stderr).toContain(`${file}:9:5 test: git push: expected allow, came ask. It runs git push: That publishes your work. (commands.ask: git push *, policies/coding.yaml:`)
  })

  test('runs tests in the workspace that they name, with the floor above the policy', async () => {
    const file = write(
      'mine.yaml',
      [
        'paddock: 1\nname: mine\ndefault: allow\nfiles: { write: { deny: ["${workspace}/dist/**"] } }\ntests:',
        '  - { call: { tool: write, path: dist/a }, expect: deny, workspace: ~/app }',
        `  - { call: "echo x > ${user.home}/app/dist/a", expect: deny, workspace: ~/app }`,
        '  - { call: { tool: write, path: /workspace/dist/a }, expect: deny }',
        `  - { call: { tool: write, path: ${user.env.PADDOCK_HOME}/config/policies/x.yaml }, expect: deny }`,
      ].join('\n'),
    )
    expect(await policy('check', file)).toMatchObject({ code: 0, stdout: expect.stringContaining('4 of 4 tests passed') as string })
  })

  test('names errors: exit code 1', async () => {
    const file = write('mine.yaml', 'paddock: 1\nname: mine\ncomands: {}\n')
    expect(await policy('check', file)).toMatchObject({ code: 1, stderr: `${file}:3:1 unknown key "comands", did you mean "commands"?\n` })
  })

  test('reads the user’s own folder when no file is named; --json', async () => {
    mkdirSync(userPolicies(user.folders), { recursive: true })
    writeFileSync(join(userPolicies(user.folders), 'mine.yaml'), 'paddock: 1\nname: mine\nnetwork: { allow: ["*.com"] }\ntests: [{ call: ls, expect: deny }]\n')
    const ended = await policy('check', '--json')
    expect(ended.code).toBe(1)
    expect(json(ended)).toMatchObject({
      ok: false,
      errors: [],
      failures: [{ line: 4, column: 9, call: 'ls', expected: 'deny', came: 'ask', why: [expect.stringContaining('It runs ls: no rule covers it.'), expect.any(String)] }],
      warnings: [{ line: 3, column: 20, kind: 'broad', suggestion: expect.stringContaining('name the hosts') as string }],
      policies: [{ name: 'mine', rules: 1, tests: 1 }],
    })
  })

  test('passes what the documentation shows', async () => {
    const page = readFileSync(join(import.meta.dirname, '../../docs/policy.md'), 'utf8')
    const shown = /\*\*Tests in the file\.[^]*?```yaml\n([^]*?)```/.exec(page)![1]!
    const { stdout, stderr, code } = await policy('check', '--strict', write('web-app.yaml', shown))
    expect({ stderr, code }).toEqual({ stderr: '', code: 0 })
    expect(stdout).toContain('5 of 5 tests passed')
  })

  test.each(['base', 'coding', 'code-review', 'customer-support'])('has no error and no test that fails in the shipped policy %s', async (name) => {
    expect(await policy('check', join(user.folders.shipped, `${name}.yaml`))).toMatchObject({ code: 0 })
  })
})

describe('paddock policy schema', () => {
  test('prints what the build has written for editors', async () => {
    const { stdout, code } = await policy('schema')
    expect(code).toBe(0)
    expect(stdout).toBe(readFileSync(join(import.meta.dirname, '../../out/policy.schema.json'), 'utf8'))
    expect(JSON.parse(stdout)).toMatchObject({ $schema: expect.stringContaining('json-schema.org') as string, properties: { tests: { type: 'array' } } })
  })
})

describe('paddock policy explain', () => {
  test('shows the call, its effects, the rules, and what would allow it', async () => {
    const { stdout, code } = await policy('explain', '--policy', 'coding', '--workspace', '/w', '--', 'git push origin main | tee log')
    expect(code).toBe(0)
    const lines = stdout.split('\n')
    expect(lines.slice(0, 2)).toEqual(['ASK  git push origin main | tee log', 'agent claude-code, workspace /w'])
    expect(stdout).toMatch(/├─ ask {3}runs git push origin main\n│ {2}├─ user: commands\.ask: git push \*.*\(policies\/coding\.yaml:\d+\) {2}<- decides\n/)
    expect(stdout).toMatch(/└─ allow writes \/w\/log\n {3}└─ user: files\.write\.allow: \$\{workspace\}\/\*\*.*<- decides\n/)
    expect(stdout).toMatch(/To allow it:\n {2}Change or remove "commands\.ask: git push \*" \(policies\/coding\.yaml:\d+\)/)
  })

  test('takes the words of a command as they are, and a call as JSON', async () => {
    expect((await policy('explain', '--', 'git', 'commit', '-m', 'fix it; rm -rf /')).stdout).toMatch(/^ALLOW {2}git commit -m 'fix it; rm -rf \/'\n/)
    expect((await policy('explain', '{"tool":"fetch","url":"https://x.example/a"}')).stdout).toContain('connects to x.example:443')
  })

  test('names the line to add, and the file that it belongs to', async () => {
    const added = (await policy('explain', '--', 'frobnicate', 'plan')).stdout
    expect(added).toContain('Add "commands.allow: frobnicate plan" to ')
    expect(added).toContain('remembered-claude-code.yaml (a new policy, with "extends: [base, coding]" and "match: { agents: [claude-code] }").')
    const file = write('mine.yaml', 'paddock: 1\nname: mine\n')
    expect((await policy('explain', '--policy', file, '--', 'frobnicate plan')).stdout).toContain(`Add "commands.allow: frobnicate plan" to ${file}.`)
  })

  test('and following that advice does allow it', async () => {
    const file = write('mine.yaml', 'paddock: 1\nname: mine\ncommands:\n  allow: [ls *]\n')
    const call = `curl -H 'a: b c' https://api.example.com/{x,y}`
    const { changes } = json(await policy('explain', '--json', '--policy', file, '--', call)) as { changes: { kind: string; rule: { section: string; pattern: string } }[] }
    expect(changes.map(({ kind }) => kind)).toEqual(['add', 'add'])
    const rules = changes.map(({ rule }) => `${rule.section}: { allow: [${JSON.stringify(rule.pattern)}] }`)
    writeFileSync(file, `paddock: 1\nname: mine\n${rules.join('\n')}\n`)
    expect(json(await policy('explain', '--json', '--policy', file, '--', call))).toMatchObject({ verdict: 'allow', changes: [] })
  })

  test('says that no rule can help where that is so', async () => {
    const { stdout } = await policy('explain', '--', `rm -rf ${user.env.PADDOCK_HOME}/config; frobnicate plan`)
    expect(stdout).toContain('floor: files.delete.deny: ${paddock}')
    expect(stdout).toMatch(/No rule can allow it: .* is built in/)
    expect(stdout).not.toContain('Add "')
  })

  test('--json has the same as data', async () => {
    expect(json(await policy('explain', '--json', '--policy', 'coding', '--', 'git push'))).toMatchObject({
      call: { tool: 'shell', command: 'git push' },
      verdict: 'ask',
      effects: [{ does: 'runs git push', verdict: 'ask', grant: true, matched: [{ rule: 'commands.ask: git push *', decides: true }], default: { verdict: 'ask', decides: false } }],
      changes: [{ kind: 'edit', message: expect.stringContaining('Change or remove') as string }],
    })
  })

  test.each([
    ['a call that is none', ['{"tool":"shel"}'], 'not a call'],
    ['broken JSON', ['{"tool"'], 'not JSON'],
    ['a policy that is none', ['--policy', 'nope', '--', 'ls'], 'no policy of that name'],
    ['no call', [], 'missing required argument'],
  ])('%s is bad input: exit code 2', async (_what, args, says) => {
    expect(await policy('explain', ...args)).toMatchObject({ code: 2, stderr: expect.stringContaining(says) as string })
  })
})

describe('paddock policy diff', () => {
  test('says how two policies differ', async () => {
    const before = write('a.yaml', 'paddock: 1\nname: mine\ndefault: ask\ncommands: { allow: ["git {status,diff} *", make] }\n')
    const after = write('b.yaml', 'paddock: 1\nname: mine\ndefault: deny\ncommands: { allow: ["git diff *"], deny: [make] }\n')
    const { stdout, code } = await policy('diff', before, after)
    expect(code).toBe(0)
    expect(stdout.trimEnd().split('\n')).toEqual(['~ default: ask -> deny', `~ commands: make: allow -> deny  (${after}:4)`, `- commands.allow: git status *  (${before}:4)`])
  })

  test('with calls, says which are decided differently', async () => {
    const calls = write('calls.jsonl', '{"id":"1","call":{"tool":"shell","command":"git push"}}\n\n{"call":{"tool":"shell","command":"ls"}}\n')
    const ended = await policy('diff', 'code-review', 'coding', '--calls', calls, '--json')
    expect(json(ended)).toMatchObject({ same: false, calls: { calls: 2, unchanged: 1, counts: { 'deny -> ask': 1 } } })
  })

  test('of a policy with itself is nothing', async () => {
    expect((await policy('diff', 'coding', 'coding')).stdout).toBe('The policies say the same.\n')
  })

  test('names the line of a call that can not be read: exit code 2', async () => {
    const calls = write('calls.jsonl', '{"call":{"tool":"shell","command":"ls"}}\n{"call":"ls"}\n')
    expect(await policy('diff', 'coding', 'base', '--calls', calls)).toMatchObject({ code: 2, stderr: expect.stringContaining('calls.jsonl:2: not a call') as string })
  })
})

type Past = [day: string, call: Call, answer?: 'allow' | 'deny']

const shell = (command: string): Call => ({ tool: 'shell', command })

const THREE_DAYS: Past[] = [
  ['2026-03-02', shell('npm test')],
  ['2026-03-02', shell('git diff')],
  ['2026-03-02', shell('git diff --stat')],
  ['2026-03-02', shell('git diff --cached')],
  ['2026-03-03', { tool: 'write', path: '/w/src/a.ts' }],
  ['2026-03-03', shell('git push origin a'), 'allow'],
  ['2026-03-03', shell('frobnicate apply'), 'deny'],
  ['2026-03-03', shell('python3 -c "print(1)"'), 'allow'],
  ['2026-03-04', shell('git diff --name-only')],
  ['2026-03-04', shell('make all')],
]

/** A journal of this user with these calls, decided as the policy `coding` does, or as the operator answered. */
async function threeDays(): Promise<void> {
  const judged = await user.paddock(['eval', '--policy', 'coding', '--workspace', '/w'], THREE_DAYS.map(([, call]) => JSON.stringify({ call })).join('\n'))
  const decisions = judged.stdout.trimEnd().split('\n').map((line) => JSON.parse(line) as { decision: string; effects: unknown; reasons: unknown })
  const key = readOrCreateKey(journalKeyFile(user.folders))
  const journal = key.ok ? Journal.open(journalFile(user.folders), key.value) : key
  if (!journal.ok) throw new Error(journal.error)
  vi.useFakeTimers({ toFake: ['Date'] })
  try {
    for (const [index, [day, call, answer]] of THREE_DAYS.entries()) {
      const { decision, effects, reasons } = decisions[index]!
      vi.setSystemTime(`${day}T12:00:00Z`)
      const caller = { agent: 'claude-code', session: 's', workspace: '/w' }
      const body = { kind: 'decision', caller, cwd: '/w', toolName: 'Bash', call, effects, reasons, revision: 1, verdict: answer ?? decision, by: answer ? 'operator' : 'policy' }
      expect(journal.value.append(EventBody.parse(body)).ok).toBe(true)
    }
  } finally {
    vi.useRealTimers()
    journal.value.close()
  }
}

describe('paddock policy simulate', () => {
  test('says what another policy would have decided on recorded calls, newly allowed ones first', async () => {
    await threeDays()
    const open = write('open.yaml', 'paddock: 1\nname: open\ndefault: deny\nfiles: { read: { allow: ["/w/**"] }, write: { allow: ["/w/**"] } }\ncommands: { allow: ["frobnicate *", "git *", "python3 *"] }\n')
    const { stdout, code } = await policy('simulate', '--policy', open)
    expect(code).toBe(0)
    expect(stdout).toContain('10 calls,')
    const [head, rest] = stdout.split('Other changes')
    expect(head).toContain('NEWLY ALLOWED: these would run without asking')
    expect(head).toMatch(/ask -> allow\s+claude-code: git push origin a\n/)
    expect(head).toMatch(/ask -> allow\s+claude-code: frobnicate apply\n/)
    expect(rest).toMatch(/allow -> deny\s+claude-code: npm test {2}It runs npm test: no rule covers it\. \(default, .*open\.yaml:3\)/)
  })

  test('under the policy that decided, nothing changes; --json', async () => {
    await threeDays()
    expect(json(await policy('simulate', '--policy', 'coding', '--json'))).toEqual({ calls: 10, unchanged: 10, counts: {}, changes: [] })
  })

  test('takes calls from a file, or another journal; not from both', async () => {
    const calls = write('calls.jsonl', '{"call":{"tool":"shell","command":"make"},"workspace":"/w","agent":"codex"}\n')
    expect((await policy('simulate', '--policy', 'code-review', '--calls', calls)).stdout).toMatch(/1 call, 0 decided as before; allow -> deny: 1\n[^]*codex: make/)
    expect(await policy('simulate', '--calls', calls, '--from', 'x.db')).toMatchObject({ code: 2 })
    expect(await policy('simulate', '--from', join(user.root, 'none.db'))).toMatchObject({ code: 2, stderr: expect.stringContaining('There is no journal') as string })
  })

  test('takes what `paddock log tail --json` prints', async () => {
    await threeDays()
    const file = write('rows.jsonl', (await user.paddock(['log', 'tail', '--json'])).stdout)
    expect(json(await policy('simulate', '--policy', 'coding', '--calls', file, '--json'))).toMatchObject({ calls: 10, unchanged: 10 })
  })
})

describe('paddock policy suggest', () => {
  test('prints a policy for what was allowed, with how often each rule was needed', async () => {
    await threeDays()
    const { stdout, code } = await policy('suggest')
    expect(code).toBe(0)
    expect(stdout).toContain('extends: [base]\nmatch: { agents: [claude-code] }\ndefault: ask\n')
    expect(stdout).toContain('  write:\n    allow:\n      - "${workspace}/src/a.ts" # 1 call\n')
    expect(stdout).toContain('- "git diff *" # 3 calls\n')
    expect(stdout).toContain('- "npm test" # 1 call\n')
    expect(stdout).not.toMatch(/frobnicate|python/)
  })

  test('never turns into an allow what asks: those rules stay', async () => {
    await threeDays()
    const { stdout } = await policy('suggest')
    expect(stdout).not.toContain('git push origin a')
    expect(stdout).toContain('    - {"pattern":"git push *","why":"That publishes your work."}\n')
    expect(stdout).toContain('- {"pattern":"${workspace}/.git/hooks/**"')
  })

  test('says what it could not learn from, and how it does on the days held back', async () => {
    await threeDays()
    const { stdout } = await policy('suggest')
    expect(stdout).toContain('# Learned from 6 allowed calls on 2 days: 2026-03-02 to 2026-03-03. The rules allow 5 of them.')
    expect(stdout).toContain("# 1 call did something that can't be known")
    expect(stdout).toContain('# Tried on 2 calls of 2026-03-04: it would have asked about 1 (50 %) and denied 0; 0 were asked about then.')
    expect(json(await policy('suggest', '--json', '--hold-back', '2', '--days', '1'))).toMatchObject({ days: ['2026-03-02'], heldBack: { days: ['2026-03-03', '2026-03-04'], calls: 6 } })
  })

  test('is a policy that check has no doubts about, and puts nothing in force', async () => {
    await threeDays()
    const before = json(await policy('explain', '--json', '--', 'git diff x'))
    const file = write('suggested.yaml', (await policy('suggest')).stdout)
    expect(await policy('check', '--strict', file)).toMatchObject({ code: 0, stderr: '' })
    expect(json(await policy('explain', '--json', '--', 'git diff x'))).toEqual(before)
  })

  test('says so when there is nothing to learn from: exit code 1', async () => {
    await threeDays()
    expect(await policy('suggest', '--agent', 'codex')).toMatchObject({ code: 1, stderr: 'The journal has no calls of codex.\n' })
    expect(await policy('suggest', '--hold-back', '3')).toMatchObject({ code: 1, stderr: expect.stringContaining('held back') as string })
  })
})
