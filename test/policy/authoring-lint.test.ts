import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { formatWarning, lint } from '../../electron/policy/lint.ts'
import { segmentCovers, segmentsCover, compileSegment, matchSegment, matchSegments } from '../../electron/policy/glob.ts'
import { parsePolicy } from '../../electron/policy/parse.ts'
import { resolvePolicy } from '../../electron/policy/resolve.ts'
import { lintContext, warnings, written } from './authoring.ts'

const kinds = (body: string): string[] => warnings(body).map(({ kind }) => kind)
const command = (pattern: string): string => `commands: { allow: [${JSON.stringify(pattern)}] }`
const list = (section: string, pattern: string, verdict = 'allow'): string => `${section}: { ${verdict}: [${JSON.stringify(pattern)}] }`
const file = (kind: string, pattern: string): string => `files: { ${kind}: { allow: [${JSON.stringify(pattern)}] } }`

test('a warning names file, line and column, what is wrong and what to write instead', () => {
  expect(warnings('commands:\n  allow:\n    - git status\n    - bash *').map(formatWarning)).toEqual([
    'mine.yaml:6:7 warning: commands.allow: bash *: bash runs any code that it is given; name what it may run, such as "bash tools/build *"',
  ])
})

describe('a rule that allows more than anybody can have meant', () => {
  test.each([
    'bash *', 'python *', 'python3 *', 'python3.12 *', '/usr/bin/python3 *', 'node *', 'npx *', 'sudo *', 'sudo -E *', 'bash -c *', 'python -m *',
    'ssh *', 'docker run *', 'uv run *', 'npm exec *', 'deno *', '{ls,ruby} *', 'py* *', '*', '* *', '*sh *',
  ])('command %s', (pattern) => expect(kinds(command(pattern))).toEqual(['broad']))

  test.each([
    'git *', 'git diff *', 'npm run *', 'npm test', 'ls *', 'bash build.sh', 'bash tools/build.sh *', 'python -m pytest *', 'python', 'docker run alpine *',
    'npx eslint *', 'sudo systemctl restart app', 'rm *', 'make *', 'mytool *', '${workspace}/build.sh *',
  ])('but not command %s', (pattern) => expect(kinds(command(pattern))).toEqual([]))

  test.each(['**', '/**', '~/**', '${home}/**', '/home/**', '/home/*/**'])('all files of the user: %s', (pattern) => {
    for (const kind of ['read', 'write', 'delete']) expect(kinds(file(kind, pattern))).toEqual(['broad'])
  })

  test.each(['${workspace}/**', '~/notes/**', '/srv/data/**', '**/README.md'])('but not a folder of files: %s', (pattern) => expect(kinds(file('write', pattern))).toEqual([]))

  test.each(['*', '*:443', '*.com', '*.dev', '*.co.uk', '*.github.io', '*.amazonaws.com', '0.0.0.0/0', '::/0', '128.0.0.0/1'])('hosts of strangers: %s', (host) =>
    expect(kinds(list('network', host))).toEqual(['broad']),
  )

  test.each(['*.example.com', 'api.github.com:443', '10.0.0.0/8', 'loopback', '${registries}'])('but not hosts of somebody: %s', (host) => expect(kinds(list('network', host))).toEqual([]))

  test('tools of any server, and a default that allows', () => {
    expect(kinds(list('tools', '*/*'))).toEqual(['broad'])
    expect(kinds(list('tools', '*'))).toEqual(['broad'])
    expect(kinds(list('tools', '*/get_*'))).toEqual([])
    expect(kinds('default: allow')).toEqual(['broad'])
  })

  test('what forbids may be as broad as it likes', () => {
    expect(kinds('commands: { deny: ["* *"] }\nfiles: { write: { deny: ["**"] } }\nnetwork: { deny: ["*"] }\ntools: { ask: ["*/*"] }')).toEqual([])
  })

  test('a secret', () => {
    expect(kinds(file('read', '~/.ssh/id_rsa'))).toEqual(['secret'])
    expect(kinds(file('read', '${workspace}/.env'))).toEqual(['secret'])
  })
})

describe('a rule that can never match', () => {
  test.each([
    ['git add . && git commit', 'write one rule for each command'],
    ['cat a | sort', 'write one rule for each command'],
    ['make > build.log', 'leave the redirection out, and allow the file under "files"'],
    ['NODE_ENV=test npm test', 'leave the assignment out'],
    ['kill $(cat pid)', 'write "*" for the words that vary'],
    ['cat $HOME/notes', 'write what the variable stands for'],
    ['./build.sh *', 'write "${workspace}/build.sh", or the whole path'],
    ['~/bin/tool *', 'write "${workspace}/bin/tool", or the whole path'],
    ['/lib/tool *', 'write "/usr/lib/tool"'],
  ])('command %s: %s', (pattern, suggestion) => expect(warnings(command(pattern))).toMatchObject([{ kind: 'never', suggestion }]))

  test.each([`git commit -m 'a && b'`, 'find . -exec rm {} ;', 'grep a|b *'])('but not command %s', (pattern) => expect(kinds(command(pattern))).toEqual([]))

  test('a path that leads through a link, as this machine has it', () => {
    expect(warnings(file('read', '/lib/node/**'))).toMatchObject([{ kind: 'never', suggestion: 'write "/usr/lib/node/**"' }])
    expect(warnings(file('read', '~/code/**'))).toMatchObject([{ kind: 'never', suggestion: 'write "/data/code/**"' }])
    expect(warnings('files: { write: { deny: ["/lib/**"] } }')).toMatchObject([{ kind: 'never' }])
    expect(kinds(file('read', '/{lib,srv}/**'))).toEqual([])
  })

  test('a path, a host or a tool in a form that no effect has', () => {
    expect(warnings(file('read', '/srv//data/./x'))).toMatchObject([{ kind: 'never', suggestion: 'write "/srv/data/x"' }])
    expect(warnings(list('network', '127.1', 'deny'))).toMatchObject([{ kind: 'never', suggestion: 'write "127.0.0.1"' }])
    expect(warnings(list('tools', 'mcp__github__get_issue'))).toMatchObject([{ kind: 'never', suggestion: 'write "github/get_issue"' }])
    expect(kinds(list('tools', 'Bash(git *)'))).toEqual(['never'])
  })
})

describe('a rule beside others', () => {
  test('has no effect where a stricter one covers it', () => {
    expect(warnings('commands: { allow: ["git push --tags"], ask: ["git push *"] }')).toMatchObject([
      { kind: 'shadowed', message: 'commands.allow: git push --tags: it has no effect: commands.ask: git push * (line 3) covers all of it, and ask beats allow' },
    ])
    expect(kinds('files: { read: { allow: ["${workspace}/keys/**"], deny: ["${workspace}/**"] } }')).toEqual(['shadowed'])
    expect(kinds('network: { ask: ["a.example.com:443"], deny: ["*.example.com"] }')).toEqual(['shadowed'])
    expect(kinds('network: { allow: ["10.1.0.0/16"], deny: [private] }')).toEqual(['shadowed'])
    expect(kinds('commands: { allow: ["/opt/x/curl *"], deny: ["curl *"] }')).toEqual(['shadowed'])
    expect(kinds('tools: { allow: [github/get_issue], deny: ["*/get_*"] }')).toEqual(['shadowed'])
    expect(kinds('commands: { allow: ["{a,b} x"], deny: ["a *", "b *"] }')).toEqual(['shadowed'])
  })

  test('but not where only a part of it is stricter, or the stricter one has conditions', () => {
    expect(kinds('commands: { allow: ["git *"], ask: ["git push *"] }')).toEqual([])
    expect(kinds('network: { allow: [a.example.com], deny: ["a.example.com:80"] }')).toEqual([])
    expect(kinds('network: { allow: [a.example.com], deny: [{ pattern: a.example.com, methods: [POST] }] }')).toEqual([])
    expect(kinds('tools: { allow: [get_x], deny: ["*/get_*"] }')).toEqual([])
  })

  test('is too much when it stands there twice, or a broader one allows it', () => {
    expect(kinds('commands: { deny: ["rm *", "rm *"] }')).toEqual(['duplicate'])
    expect(warnings('commands: { allow: ["git diff *", "git *"] }')).toMatchObject([{ kind: 'redundant', line: 3, message: expect.stringContaining('git * (line 3) allows all of it already') as string }])
    expect(kinds('files: { write: { allow: ["${workspace}/src/**", "${workspace}/**"] } }')).toEqual(['redundant'])
    expect(kinds('commands: { allow: ["{a,b} x", "a x"] }')).toEqual(['redundant'])
  })

  test('but not when the broader one is itself too broad: that one will go', () => {
    expect(kinds('network: { allow: ["*", "a.example.com"] }')).toEqual(['broad'])
  })

  test('also beside those of a policy that it extends, whose own rules are not its business', () => {
    const base = parsePolicy('paddock: 1\nname: base\ncommands: { deny: ["sudo *"], allow: ["bash *", "ls *"] }', 'base.yaml')
    expect(base.ok && warnings('extends: [base]\ncommands: { allow: ["sudo id", "ls -l"] }', [base.value]).map(({ kind, message }) => [kind, message])).toEqual([
      ['shadowed', 'commands.allow: sudo id: it has no effect: commands.deny: sudo * (base.yaml:3) covers all of it, and deny beats allow'],
      ['redundant', 'commands.allow: ls -l: ls * (base.yaml:3) allows all of it already'],
    ])
  })
})

describe('whatever the file', () => {
  const word = fc.string({ unit: fc.constantFrom(...'ab*?[]{},/.-~$\\'), minLength: 1, maxLength: 8 })
  const rule = fc.record({ section: fc.constantFrom('commands', 'network', 'tools', 'files.read', 'files.write'), verdict: fc.constantFrom('allow', 'ask', 'deny'), pattern: fc.array(word, { minLength: 1, maxLength: 3 }).map((words) => words.join(' ')) })

  test('lint never throws', () => {
    fc.assert(
      fc.property(fc.array(rule, { maxLength: 8 }), (rules) => {
        const body: Record<string, unknown> = { paddock: 1, name: 'mine', files: { read: {}, write: {} }, commands: {}, network: {}, tools: {} }
        for (const { section, verdict, pattern } of rules) {
          const [first, second] = section.split('.') as [string, string?]
          const at = (second === undefined ? body[first] : (body['files'] as Record<string, unknown>)[second]) as Record<string, string[]>
          ;(at[verdict] ??= []).push(section.startsWith('files') ? `/${pattern}` : pattern)
        }
        const parsed = parsePolicy(JSON.stringify(body), 'any.yaml')
        if (!parsed.ok) return
        const policy = resolvePolicy(parsed.value, 'user', [])
        if (policy.ok) for (const { line, column } of lint(parsed.value, policy.value, lintContext)) expect(line * column).toBeGreaterThan(0)
      }),
    )
  })

  test('a pattern that is said to cover another matches all that the other matches', () => {
    const text = fc.string({ unit: fc.constantFrom(...'ab*?[!]'), maxLength: 6 })
    const sample = fc.string({ unit: fc.constantFrom(...'ab!'), maxLength: 6 })
    fc.assert(
      fc.property(text, text, sample, (general, special, each) => {
        const [wide, narrow] = [compileSegment(general), compileSegment(special)] as const
        if (segmentCovers(wide, narrow) && matchSegment(narrow, each)) expect(matchSegment(wide, each)).toBe(true)
      }),
      { numRuns: 2000 },
    )
    const path = fc.array(fc.constantFrom('a', 'b', '*', 'a*', '**'), { maxLength: 4 })
    const segments = fc.array(fc.constantFrom('a', 'b', 'ab'), { maxLength: 4 })
    fc.assert(
      fc.property(path, path, segments, (general, special, each) => {
        const [wide, narrow] = [general.map((name) => compileSegment(name)), special.map((name) => compileSegment(name))] as const
        if (segmentsCover(wide, narrow) && matchSegments(narrow, each)) expect(matchSegments(wide, each)).toBe(true)
      }),
      { numRuns: 2000 },
    )
  })
})

test('written as the suggestion says, the warning is gone', () => {
  const { file: parsed } = written(file('read', '/lib/node/**'))
  const [warning] = warnings(file('read', parsed.rules[0]!.pattern))
  expect(kinds(file('read', /"(.*)"/.exec(warning!.suggestion)![1]!))).toEqual([])
})
