import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Effect } from '../../electron/contract/effect.ts'
import { lint } from '../../electron/policy/lint.ts'
import { suggest, type PastCall, type Suggestion } from '../../electron/policy/suggest.ts'
import { suggestedPolicy } from '../../electron/policy/suggested-policy.ts'
import { formatError, parsePolicy } from '../../electron/policy/parse.ts'
import { resolvePolicy, type Policy } from '../../electron/policy/resolve.ts'
import { decided, effectsOfCommand, lintContext, WORKSPACE, written } from './authoring.ts'

const base = written('files: { read: { deny: ["${secrets}"] }, write: { deny: ["/etc/**"] } }\ncommands: { deny: ["sudo *"] }', 'base.yaml')
const context = { lint: lintContext, foldCase: false, stricter: base.policy.rules }
const past = (...effects: Effect[]): PastCall => ({ effects, workspace: WORKSPACE })
const ran = (...commands: string[]): PastCall[] => commands.map((command) => past(...effectsOfCommand(command)))
const paths = (kind: 'read' | 'write' | 'delete', ...names: string[]): PastCall[] => names.map((path) => past({ kind, path }))

const patterns = ({ rules }: Suggestion, section: string): string[] => rules.filter((rule) => rule.section === section).map(({ pattern }) => pattern)
const commands = (...runs: string[]): string[] => patterns(suggest(ran(...runs), [], context), 'commands')
const files = (kind: 'read' | 'write' | 'delete', ...names: string[]): string[] => patterns(suggest(paths(kind, ...names), [], context), `files.${kind}`)

describe('commands', () => {
  test('stand as they were where little varied', () => {
    expect(commands('npm test', 'npm test', 'npm run build')).toEqual(['npm test', 'npm run build'])
  })

  test('get a * for what varied, after what all have in common, never beyond one subcommand', () => {
    expect(commands('git diff', 'git diff --stat', 'git diff HEAD')).toEqual(['git diff *'])
    expect(commands('npm test -- a', 'npm test -- b', 'npm test -- c')).toEqual(['npm test -- *'])
    expect(commands('git status', 'git log -1', 'git log -2', 'git log -3').toSorted()).toEqual(['git log *', 'git status'])
    expect(commands('git remote show a', 'git remote add a /srv/a', 'git remote get-url a').includes('git remote *')).toBe(false)
  })

  test('of a program that runs anything are named one level deeper, or one by one', () => {
    expect(commands('python manage.py migrate', 'python manage.py test', 'python manage.py shell', 'python setup.py')).toEqual(['python manage.py *', 'python setup.py'])
    expect(commands('python a.py', 'python b.py', 'python c.py').toSorted()).toEqual(['python a.py', 'python b.py', 'python c.py'])
  })

  test('of a program without knowledge keep their first word', () => {
    expect(commands('frobnicate up 1', 'frobnicate up 2', 'frobnicate up 3', 'frobnicate down').toSorted()).toEqual(['frobnicate down', 'frobnicate up *'])
  })

  test('of the workspace are named below ${workspace}', () => {
    expect(commands('./build.sh fast')).toContain('${workspace}/build.sh fast')
  })
})

describe('files', () => {
  const at = (...names: string[]): string[] => names.map((name) => `${WORKSPACE}/${name}`)

  test('stand as they were where they are few, and as their folder where they are many', () => {
    expect(files('write', ...at('a.ts', 'src/b.ts'))).toEqual(['${workspace}/a.ts', '${workspace}/src/b.ts'])
    expect(files('write', ...at('src/a.ts', 'src/b.ts', 'src/c.ts', 'README.md'))).toEqual(['${workspace}/src/**', '${workspace}/README.md'])
    expect(files('write', ...at('src/ui/a.ts', 'src/ui/b.ts', 'src/ui/c.ts'))).toEqual(['${workspace}/src/ui/**'])
  })

  test('of all folders of the workspace are all of it to read, and never to write', () => {
    const everywhere = at('a/1', 'b/1', 'c/1', 'd/1', 'e/1')
    expect(files('read', ...everywhere)).toEqual(['${workspace}/**'])
    expect(files('write', ...everywhere)).toHaveLength(5)
  })

  test('in a hidden folder are changed one by one', () => {
    expect(files('write', ...at('.git/hooks/a', '.git/hooks/b', '.git/hooks/c'))).toHaveLength(3)
  })

  test('elsewhere stand for themselves', () => {
    expect(files('read', '/srv/a', '/srv/b', '/srv/c', '/home/mira/notes.txt')).toEqual(['/srv/a', '/srv/b', '/srv/c', '${home}/notes.txt'])
  })

  test('of a search are what it reached', () => {
    expect(patterns(suggest([past({ kind: 'read', path: WORKSPACE, recursive: true })], [], context), 'files.read')).toEqual(['${workspace}/**'])
  })
})

test('hosts and tools stand for themselves', () => {
  const { rules } = suggest([past({ kind: 'connect', host: 'api.example.com', port: 443 }, { kind: 'tool', server: 'github', name: 'get_issue' })], [], context)
  expect(rules).toEqual([
    { section: 'network', pattern: 'api.example.com:443', calls: 1 },
    { section: 'tools', pattern: 'github/get_issue', calls: 1 },
  ])
})

describe('nothing is learned', () => {
  test('from what can not be known, or touches secrets; it is counted', () => {
    const calls = [...ran('npm test', 'python -c "x"', 'cat ~/.ssh/id_rsa'), past({ kind: 'write', path: `${WORKSPACE}/.env` })]
    const suggestion = suggest(calls, [], context)
    expect(suggestion).toMatchObject({ calls: 1, covered: 1, left: { unknown: 1, secrets: 2 } })
    expect(patterns(suggestion, 'commands')).toEqual(['npm test'])
  })

  test('that would allow what was denied: the rules get narrower, or go', () => {
    const allowed = ran('git push origin a', 'git push origin b', 'git push origin c', 'npm test')
    const denied = ran('git push origin main')
    expect(patterns(suggest(allowed, denied, context), 'commands').toSorted()).toEqual(['git push origin a', 'git push origin b', 'git push origin c', 'npm test'])
    expect(patterns(suggest(allowed, ran('npm test'), context), 'commands')).toEqual(['git push origin *'])
  })

  test('that what it extends asks about or denies anyway', () => {
    expect(commands('sudo id')).toEqual(['id'])
    expect(files('write', '/etc/hosts')).toEqual([])
  })
})

/** The suggestion as the policy it would be, with what it extends. */
function asPolicy(suggestion: Suggestion): Policy {
  const text = suggestedPolicy(suggestion, { name: 'suggested', agent: 'claude-code', extends: ['base'], keeps: [] }, ['Learned.'])
  const parsed = parsePolicy(text, 'suggested.yaml')
  if (!parsed.ok) throw new Error(`${text}\n${parsed.error.map(formatError).join('\n')}`)
  const policy = resolvePolicy(parsed.value, 'user', [{ ...base.file, document: { ...base.file.document, name: 'base' } }])
  if (!policy.ok) throw new Error(policy.error.map(formatError).join('\n'))
  expect(lint(parsed.value, policy.value, lintContext), text).toEqual([])
  return policy.value
}

test('as a file it says how many calls each rule is good for', () => {
  const text = suggestedPolicy(suggest(ran('npm test', 'npm test', 'git status'), [], context), { name: 'suggested', agent: 'codex', extends: ['base'], keeps: [] }, ['Learned from 3 calls.'])
  expect(text).toBe(
    [
      '# Learned from 3 calls.',
      'paddock: 1',
      'name: suggested',
      'description: What codex was allowed to do, learned from the journal.',
      'extends: [base]',
      'match: { agents: [codex] }',
      'default: ask',
      'commands:',
      '  allow:',
      '    - "npm test" # 2 calls',
      '    - "git status" # 1 call',
      '',
    ].join('\n'),
  )
})

test('what asks or denies in the policy that it replaces stays in it', () => {
  const { policy } = written('commands: { ask: [{ pattern: "git push *", why: It publishes. }], allow: [make] }\nfiles: { write: { deny: ["**/dist/**"] } }', 'coding.yaml')
  const keeps = policy.rules.filter(({ verdict }) => verdict !== 'allow')
  const suggestion = suggest(ran('git push origin a', 'npm test'), [], { ...context, stricter: [...context.stricter, ...keeps] })
  const text = suggestedPolicy(suggestion, { name: 'suggested', agent: 'codex', extends: ['base'], keeps }, [])
  expect(text).toContain('commands:\n  allow:\n    - "npm test" # 1 call\n  ask:\n    - {"pattern":"git push *","why":"It publishes."}\n')
  expect(text).toContain('files:\n  write:\n    deny:\n      - {"pattern":"**/dist/**"}\n')
})

test('of many rules only those that were needed most are suggested', () => {
  const many = Array.from({ length: 60 }, (_, index) => `frobnicate${index} up`)
  const suggestion = suggest(ran(...many, ...many.slice(50)), [], context)
  const named = patterns(suggestion, 'commands')
  expect(named).toHaveLength(40)
  expect(named.slice(0, 10).toSorted()).toEqual(many.slice(50).toSorted())
  expect(suggestion.rare).toBeGreaterThanOrEqual(20)
})

describe('whatever was allowed', () => {
  const word = fc.constantFrom('a', 'b.ts', '-v', '--all', 'x y', "it's", '$HOME', '{a,b}', '*', '')
  const exec = fc.record({ kind: fc.constant('exec' as const), program: fc.constantFrom('git', 'npm', 'python', 'ls', 'frobnicate', 'sh'), args: fc.array(fc.oneof({ weight: 9, arbitrary: word }, { weight: 1, arbitrary: fc.constant(null) }), { maxLength: 4 }) })
  const path = fc.array(fc.constantFrom('src', 'lib', 'a', 'b', '[x]', '.git', 'c d'), { maxLength: 3 }).map((names) => [WORKSPACE, ...names].join('/'))
  const file = fc.record({ kind: fc.constantFrom('read' as const, 'write' as const), path })
  const connect = fc.record({ kind: fc.constant('connect' as const), host: fc.constantFrom('a.example', '10.0.0.1', '::1'), port: fc.constantFrom(80, 443) })
  const effect: fc.Arbitrary<Effect> = fc.oneof(exec, file, connect)
  const calls = fc.array(fc.array(effect, { minLength: 1, maxLength: 3 }).map((effects) => past(...effects)), { minLength: 1, maxLength: 12 })

  test('the suggestion allows the calls that it says it covers, and check has no doubts about it', () => {
    fc.assert(
      fc.property(calls, (allowed) => {
        const suggestion = suggest(allowed, [], context)
        const policy = asPolicy(suggestion)
        const passing = allowed.filter(({ effects }) => decided(effects, policy).verdict === 'allow').length
        expect(passing).toBe(suggestion.covered)
      }),
    )
  })

  test('all of them, where every program is one that does a known thing and nothing is only known at run time', () => {
    const plain = fc.record({ kind: fc.constant('exec' as const), program: fc.constantFrom('git', 'npm', 'ls', 'frobnicate'), args: fc.array(word, { maxLength: 4 }) })
    fc.assert(
      fc.property(fc.array(fc.oneof(plain, file, connect).map((each) => past(each)), { minLength: 1, maxLength: 12 }), (allowed) => {
        const policy = asPolicy(suggest(allowed, [], context))
        for (const { effects } of allowed) expect(decided(effects, policy).verdict).toBe('allow')
      }),
    )
  })

  test('nothing that was denied is allowed', () => {
    fc.assert(
      fc.property(calls, effect, (allowed, refused) => {
        const policy = asPolicy(suggest(allowed, [past(refused)], context))
        expect(decided([refused], policy).verdict).not.toBe('allow')
      }),
    )
  })
})
