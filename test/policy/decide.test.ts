import { describe, expect, test } from 'vitest'
import type { Effect } from '../../electron/contract/effect.ts'
import { decide } from '../../electron/policy/decide.ts'
import { compileGrant } from '../../electron/policy/grant-rules.ts'
import { compiled, policy } from './policy-of.ts'

const read = (path: string): Effect => ({ kind: 'read', path })
const exec = (program: string, ...args: (string | null)[]): Effect => ({ kind: 'exec', program, args })
const connect = (host: string, port?: number): Effect => ({ kind: 'connect', host, ...(port !== undefined && { port }) })

function verdict(body: string, ...effects: Effect[]): string {
  return decide(effects, compiled(policy(body))).verdict
}

describe('within one layer', () => {
  test('deny beats ask beats allow, whatever the order', () => {
    const body = 'commands: { allow: ["git *"], ask: ["git push *"], deny: ["git push --force *"] }'
    expect(verdict(body, exec('git', 'status'))).toBe('allow')
    expect(verdict(body, exec('git', 'push', 'origin'))).toBe('ask')
    expect(verdict(body, exec('git', 'push', '--force', 'origin'))).toBe('deny')
  })

  test('what no rule matches gets the default, and asks when there is none', () => {
    expect(verdict('default: deny', exec('make'))).toBe('deny')
    expect(verdict('default: allow', exec('make'))).toBe('allow')
    expect(verdict('description: nothing said', exec('make'))).toBe('ask')
  })

  test('a call is as strict as its strictest effect', () => {
    const body = 'default: ask\ncommands: { allow: ["cp *"] }\nfiles: { read: { allow: ["${workspace}/**"], deny: ["${secrets}"] } }'
    expect(verdict(body, exec('cp', 'a', 'b'), read('/work/app/a'))).toBe('allow')
    expect(verdict(body, exec('cp', 'a', 'b'), read('/etc/hosts'))).toBe('ask')
    expect(verdict(body, exec('cp', 'a', 'b'), read('/home/mira/.ssh/id_rsa'))).toBe('deny')
  })

  test('what is not known asks even where everything is allowed', () => {
    expect(verdict('default: allow', { kind: 'unknown', reason: 'the name is computed' })).toBe('ask')
    expect(verdict('default: deny', { kind: 'unknown', reason: 'the name is computed' })).toBe('deny')
  })
})

describe('commands', () => {
  test('a pattern covers whole words, never a part of the text', () => {
    const body = 'commands: { allow: ["git diff *", "npm test"] }'
    expect(verdict(body, exec('git', 'diff'))).toBe('allow')
    expect(verdict(body, exec('git', 'diff', '--stat', 'a b'))).toBe('allow')
    expect(verdict(body, exec('git', '-c', 'core.pager=x', 'diff'))).toBe('ask')
    expect(verdict(body, exec('git', 'diffx'))).toBe('ask')
    expect(verdict(body, exec('npm', 'test'))).toBe('allow')
    expect(verdict(body, exec('npm', 'test', 'x'))).toBe('ask')
  })

  test('a program named by path is only trusted where the system installs programs', () => {
    const body = 'commands: { allow: ["cat *"] }'
    expect(verdict(body, { kind: 'exec', program: '/usr/bin/cat', args: ['x'], path: '/usr/bin/cat' })).toBe('allow')
    expect(verdict(body, { kind: 'exec', program: './cat', args: ['x'], path: '/work/app/cat' })).toBe('ask')
  })

  test('a forbidden program stays forbidden under any path', () => {
    const body = 'default: allow\ncommands: { deny: ["sudo *"] }'
    expect(verdict(body, { kind: 'exec', program: '/tmp/sudo', args: ['id'], path: '/tmp/sudo' })).toBe('deny')
  })

  test('a word known only at run time may be any word for a rule that forbids, and none for a rule that allows', () => {
    expect(verdict('default: allow\ncommands: { deny: ["git push *"] }', exec('git', null))).toBe('deny')
    expect(verdict('commands: { allow: ["git status"] }', exec('git', null))).toBe('ask')
  })

  test('quotes in a pattern hold a word together', () => {
    const body = `commands: { allow: ["git commit -m 'fix it'"] }`
    expect(verdict(body, exec('git', 'commit', '-m', 'fix it'))).toBe('allow')
    expect(verdict(body, exec('git', 'commit', '-m', 'fix', 'it'))).toBe('ask')
  })
})

describe('files', () => {
  test('everything below a folder and the folder itself', () => {
    const body = 'files: { read: { allow: ["${workspace}/**"] } }'
    expect(verdict(body, read('/work/app'))).toBe('allow')
    expect(verdict(body, read('/work/app/src/a\nb.ts'))).toBe('allow')
    expect(verdict(body, read('/work/app-evil/x'))).toBe('ask')
  })

  test('a path reached with everything below it needs a rule for all of that', () => {
    const tree: Effect = { kind: 'read', path: '/work/app/src', recursive: true }
    expect(verdict('files: { read: { allow: ["${workspace}/**"] } }', tree)).toBe('allow')
    expect(verdict('files: { read: { allow: ["${workspace}/*"] } }', tree)).toBe('ask')
  })

  test('a deny somewhere below asks and says which', () => {
    const policyOf = compiled(policy('default: allow\nfiles: { read: { deny: ["${home}/.ssh/**"] } }'))
    const decision = decide([{ kind: 'read', path: '/home/mira', recursive: true }], policyOf)
    expect(decision.verdict).toBe('ask')
    expect(decision.reasons[0]?.message).toContain('${home}/.ssh/**')
  })
})

describe('network', () => {
  const body = 'network: { allow: ["api.example.com:443", "*.example.org"], deny: [metadata, private] }'
  test.each([
    ['api.example.com', 443, 'allow'],
    ['api.example.com', 80, 'ask'],
    ['api.example.com', undefined, 'ask'],
    ['evil-api.example.com', 443, 'ask'],
    ['a.b.example.org', 80, 'allow'],
    ['example.org', 80, 'ask'],
    ['example.org.evil.test', 80, 'ask'],
    ['169.254.169.254', 80, 'deny'],
    ['10.1.2.3', 443, 'deny'],
    ['fd00:ec2::254', 80, 'deny'],
    ['11.1.2.3', 443, 'ask'],
  ] as const)('%s port %s: %s', (host, port, expected) => {
    expect(verdict(body, connect(host, port))).toBe(expected)
  })

  test('the user’s package registries', () => {
    expect(verdict('network: { allow: ["${registries}"] }', connect('packages.example.com', 443))).toBe('allow')
    expect(verdict('network: { allow: ["${registries}"] }', connect('packages.example.com', 80))).toBe('ask')
  })

  test('an address in IPv6 with a port', () => {
    expect(verdict('network: { allow: ["[::1]:8080"] }', connect('::1', 8080))).toBe('allow')
    expect(verdict('network: { allow: [loopback] }', connect('localhost', 3000))).toBe('allow')
  })
})

describe('tools', () => {
  test('a server and its tools', () => {
    const body = 'tools: { allow: ["github/get_*", TodoWrite], ask: ["github/*"], deny: ["*/delete_*"] }'
    expect(verdict(body, { kind: 'tool', server: 'github', name: 'get_issue' })).toBe('ask')
    expect(verdict('tools: { allow: ["github/get_*"] }', { kind: 'tool', server: 'github', name: 'get_issue' })).toBe('allow')
    expect(verdict(body, { kind: 'tool', server: 'jira', name: 'delete_issue' })).toBe('deny')
    expect(verdict(body, { kind: 'tool', name: 'TodoWrite' })).toBe('allow')
    expect(verdict(body, { kind: 'tool', server: 'TodoWrite', name: 'TodoWrite' })).toBe('ask')
  })
})

describe('between layers', () => {
  const managed = policy('commands: { deny: ["curl *"], ask: ["git push *"], allow: ["npm *"] }', 'managed')

  test('a lower layer can tighten an upper one', () => {
    const user = policy('commands: { deny: ["npm publish *"] }')
    expect(decide([exec('npm', 'publish')], compiled(managed, user)).verdict).toBe('deny')
    expect(decide([exec('npm', 'test')], compiled(managed, user)).verdict).toBe('allow')
  })

  test('and answer what it leaves open, but never loosen it', () => {
    const user = policy('commands: { allow: ["curl *", "git push *", "make *"] }')
    expect(decide([exec('make', 'all')], compiled(managed, user)).verdict).toBe('allow')
    expect(decide([exec('curl', 'x')], compiled(managed, user)).verdict).toBe('deny')
    expect(decide([exec('git', 'push')], compiled(managed, user)).verdict).toBe('ask')
  })

  test('a project can not make the default of the user looser', () => {
    const user = policy('description: no default')
    expect(decide([exec('make')], compiled(user, policy('default: allow', 'project'))).verdict).toBe('ask')
  })
})

describe('grants', () => {
  const grant = compileGrant([{ section: 'commands', pattern: 'git push origin' }])
  const push = exec('git', 'push', 'origin')

  test('answer an ask of the user’s own rules and of the default', () => {
    expect(decide([push], compiled(policy('commands: { ask: ["git push *"] }')), grant).verdict).toBe('allow')
    expect(decide([push], compiled(policy('default: ask')), grant).verdict).toBe('allow')
  })

  test('nothing more than was granted', () => {
    expect(decide([exec('git', 'push', 'origin', '--force')], compiled(policy('default: ask')), grant).verdict).toBe('ask')
  })

  test('never a deny, and never what IT or the floor ask', () => {
    expect(decide([push], compiled(policy('commands: { deny: ["git push *"] }')), grant).verdict).toBe('deny')
    for (const layer of ['managed', 'floor'] as const)
      expect(decide([push], compiled(policy('commands: { ask: ["git push *"] }', layer)), grant).verdict).toBe('ask')
  })
})

test('a reason names the rule, the file and line, the effect and the advice', () => {
  const body = 'files:\n  read:\n    deny:\n      - pattern: "${secrets}"\n        why: Keys stay here.\n        advice: Ask the operator.\n        tags: [ASI03]'
  const decision = decide([read('/home/mira/.ssh/id_rsa')], compiled(policy(body, 'user', 'mine.yaml')))
  expect(decision.reasons).toEqual([
    {
      verdict: 'deny',
      rule: 'files.read.deny: ${secrets}',
      source: 'mine.yaml:6',
      layer: 'user',
      message: 'It reads /home/mira/.ssh/id_rsa: Keys stay here.',
      advice: 'Ask the operator.',
      tags: ['ASI03'],
      effect: 0,
    },
  ])
})

describe('a program that a task of the project runs', () => {
  const own = compiled(policy('commands: { allow: [npm test], ask: ["deploy *"], deny: ["sudo *"] }'))
  const run = (program: string, vouched?: true) => decide([{ kind: 'exec', program, args: ['x'], ...(vouched && { vouched }) }], own).verdict
  test('needs no rule of its own where that of the task vouches for it', () => {
    expect(run('vitest')).toBe('ask')
    expect(run('vitest', true)).toBe('allow')
  })
  test('is held all the same by rules that speak of it', () => {
    expect(run('deploy', true)).toBe('ask')
    expect(run('sudo', true)).toBe('deny')
  })
})
