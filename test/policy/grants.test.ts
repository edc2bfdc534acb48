import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Effect } from '../../electron/contract/effect.ts'
import { decide } from '../../electron/policy/decide.ts'
import { compileGrant, formatRule, rulesFor } from '../../electron/policy/grant-rules.ts'
import { addRules } from '../../electron/policy/write-rule.ts'
import { compiled, policy } from './policy-of.ts'

const asking = compiled(policy('default: ask'))
const target = { name: 'claude-code', agent: 'claude-code', extends: ['coding'] }

const word = fc.string({ unit: fc.constantFrom('a', 'b', ' ', '*', '?', '[', ']', '{', '}', ',', "'", '"', '\\', '\n', '$', '#', ':', 'é', '-'), maxLength: 6 })
const path = fc.array(word.filter((text) => text !== '' && !text.includes('/')), { minLength: 1, maxLength: 3 }).map((parts) => `/${parts.join('/')}`)
const effect: fc.Arbitrary<Effect> = fc.oneof(
  fc.record({ kind: fc.constant('exec' as const), program: word.filter((text) => text !== ''), args: fc.array(word, { maxLength: 3 }) }),
  fc.record({ kind: fc.constantFrom('read' as const, 'write' as const, 'delete' as const), path }),
  fc.record({ kind: fc.constant('connect' as const), host: fc.constantFrom('example.com', '10.0.0.1', 'fd00::1'), port: fc.constantFrom(443, 80) }),
  fc.record({ kind: fc.constant('tool' as const), server: fc.constantFrom('github', 'a*b'), name: word.filter((text) => text !== '' && text !== '**') }),
)

describe('the rules that an Allow would remember', () => {
  test('allow exactly the effects that asked', () => {
    fc.assert(
      fc.property(effect, effect, (asked, other) => {
        const rules = rulesFor(decide([asked], asking))!
        const grants = compileGrant(rules)
        expect(decide([asked], asking, grants).verdict).toBe('allow')
        if (JSON.stringify(asked) !== JSON.stringify(other)) expect(decide([other], asking, grants).verdict).toBe('ask')
      }),
    )
  })

  test('are none when something about the call is not known, or the floor or IT asks', () => {
    expect(rulesFor(decide([{ kind: 'unknown', reason: 'computed' }], asking))).toBeUndefined()
    expect(rulesFor(decide([{ kind: 'exec', program: 'git', args: [null] }], asking))).toBeUndefined()
    const managed = compiled(policy('commands: { ask: ["git *"] }', 'managed'))
    expect(rulesFor(decide([{ kind: 'exec', program: 'git', args: ['push'] }], managed))).toBeUndefined()
  })

  test('leave out what was allowed anyway', () => {
    const some = compiled(policy('commands: { allow: ["cp *"] }'))
    const decision = decide([{ kind: 'exec', program: 'cp', args: ['a', '/etc/b'] }, { kind: 'write', path: '/etc/b' }], some)
    expect(rulesFor(decision)?.map(formatRule)).toEqual(['files.write.allow: /etc/b'])
  })
})

describe('writing them into a policy file', () => {
  test('a new file goes on extending what was in force', () => {
    const added = addRules(undefined, [{ section: 'commands', pattern: 'git push origin' }], target)
    expect(added).toMatchObject({ ok: true })
    if (!added.ok) return
    expect(added.value.text).toBe(
      'paddock: 1\nname: claude-code\ndescription: What the operator allowed claude-code for good.\nextends:\n  - coding\nmatch:\n  agents:\n    - claude-code\ncommands:\n  allow:\n    - git push origin\n',
    )
  })

  test('comments and order stay, and the lines that are shown are the lines that are new', () => {
    const before = '# mine\npaddock: 1\nname: claude-code # as the agent\ncommands:\n  # the usual\n  allow: ["npm test"]\n'
    const added = addRules(before, [{ section: 'files.write', pattern: '/srv/x' }], target)
    if (!added.ok) throw new Error(added.error)
    expect(added.value.text).toBe(`${before}files:\n  write:\n    allow:\n      - /srv/x\n`)
    expect(added.value.adds).toBe('files:\n  write:\n    allow:\n      - /srv/x')
  })

  test('what was written allows what was asked about, whatever the words', () => {
    fc.assert(
      fc.property(fc.array(effect, { minLength: 1, maxLength: 3 }), (effects) => {
        const added = addRules(undefined, rulesFor(decide(effects, asking))!, { ...target, extends: [] })
        if (!added.ok) throw new Error(added.error)
        const body = added.value.text.split('\n').slice(2).join('\n')
        expect(decide(effects, compiled(policy(body))).verdict).toBe('allow')
      }),
    )
  })

  test('a file with errors is not touched', () => {
    expect(addRules('paddock: 1\nname: x\nfoo: 1\n', [], target)).toMatchObject({ ok: false })
  })
})
