import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Decision, Reason, Verdict } from '../../electron/contract/decision.ts'
import { diffPolicies, isSame } from '../../electron/policy/diff.ts'
import { simulate, verdictOfPolicy, type JudgedTwice } from '../../electron/policy/simulate.ts'
import { policy } from './policy-of.ts'

const diff = (before: string, after: string) => diffPolicies(policy(before), policy(after))

describe('the difference of two policies', () => {
  test('is what they say, not how it is written', () => {
    const before = 'commands:\n  allow: ["git  {diff,log} *", "npm test"]\nfiles: { read: { deny: ["~/x"] } }\nnetwork: { allow: ["A.example.com"] }'
    const after = 'network: { allow: [a.example.com] }\nfiles: { read: { deny: ["${home}/x"] } }\ncommands:\n  allow: [npm test, git log *]\n  # more\n  ask: []\n'
    expect(diff(before, after)).toMatchObject({ added: [], removed: [{ pattern: 'git diff *' }], changed: [], settings: [] })
  })

  test('names rules that came, went, and changed their verdict, with their source', () => {
    const { added, removed, changed } = diff('commands: { allow: ["a *", "b *"] }', 'commands: { allow: ["a *", "c *"], deny: ["a *"] }')
    expect(added).toEqual([{ section: 'commands', pattern: 'c *', verdict: 'allow', source: 'user.yaml:3' }])
    expect(removed).toEqual([{ section: 'commands', pattern: 'b *', verdict: 'allow', source: 'user.yaml:3' }])
    expect(changed).toEqual([{ section: 'commands', pattern: 'a *', before: 'allow', after: 'deny', source: 'user.yaml:3' }])
  })

  test('takes a rule with other conditions for another rule', () => {
    const { added, removed } = diff('network: { allow: [a.example] }', 'network: { allow: [{ pattern: a.example, methods: [GET] }] }')
    expect([added.length, removed.length]).toEqual([1, 1])
  })

  test('names default, limits and approval', () => {
    const { settings } = diff('default: ask\nlimits: { calls: 9/min }\napproval: { timeout: 2m }', 'default: deny\nlimits: { calls: 5/min, hours: "08:00-18:00" }\napproval: { timeout: 2m, remember: [once] }')
    expect(settings).toEqual([
      { name: 'default', before: 'ask', after: 'deny' },
      { name: 'limits.calls', before: '9/min per session', after: '5/min per session' },
      { name: 'limits.hours', after: '08:00-18:00' },
      { name: 'approval.remember', after: 'once' },
    ])
  })

  const rules = fc.record({
    allow: fc.uniqueArray(fc.constantFrom('git *', 'a {b,c}', 'npm test', 'x'), { maxLength: 4 }),
    deny: fc.uniqueArray(fc.constantFrom('git push *', 'x', 'a b'), { maxLength: 3 }),
  })

  test('of a policy with itself is nothing, and swapped it is the other way round', () => {
    fc.assert(
      fc.property(rules, rules, (one, other) => {
        const [a, b] = [policy(`commands: ${JSON.stringify(one)}`), policy(`commands: ${JSON.stringify(other)}`)]
        expect(isSame(diffPolicies(a, a))).toBe(true)
        const [forth, back] = [diffPolicies(a, b), diffPolicies(b, a)]
        expect(forth.added).toEqual(back.removed)
        const ways = forth.changed.map(({ pattern, before, after }) => `${pattern}: ${before} -> ${after}`)
        expect(ways.toSorted()).toEqual(back.changed.map(({ pattern, before, after }) => `${pattern}: ${after} -> ${before}`).toSorted())
      }),
    )
  })
})

describe('a simulation', () => {
  const after = (verdict: Verdict): Decision => ({
    verdict,
    effects: [{ kind: 'exec', program: 'x', args: [] }],
    reasons: [{ verdict, rule: `commands.${verdict}: x`, source: 'new.yaml:3', layer: 'user', message: 'It runs x.', effect: 0 }],
  })
  const call = (text: string, before: Verdict, now: Verdict): JudgedTwice => ({ agent: 'claude-code', workspace: '/w', call: text, before, after: after(now) })

  test('counts, and lists what changed: newly allowed first, then looser, then stricter', () => {
    const result = simulate([call('same', 'ask', 'ask'), call('stricter', 'allow', 'deny'), call('looser', 'deny', 'ask'), call('open', 'ask', 'allow'), call('open', 'ask', 'allow')])
    expect(result).toMatchObject({ calls: 5, unchanged: 1, counts: { 'ask -> allow': 2, 'deny -> ask': 1, 'allow -> deny': 1 } })
    expect(result.changes.map(({ call: text, times }) => [text, times])).toEqual([['open', 2], ['looser', 1], ['stricter', 1]])
    expect(result.changes[2]!.why).toBe('It runs x. (commands.deny: x, new.yaml:3)')
  })
})

describe('what policy alone said of a recorded call', () => {
  const reason = (verdict: Verdict, layer: Reason['layer'] = 'user'): Reason => ({ verdict, layer, rule: '', source: '', message: '', effect: 0 })

  test('is ask where a person, a grant or the clock had the last word', () => {
    expect(verdictOfPolicy({ by: 'operator', verdict: 'allow', reasons: [reason('allow'), reason('ask')] })).toBe('ask')
    expect(verdictOfPolicy({ by: 'timeout', verdict: 'deny', reasons: [reason('ask')] })).toBe('ask')
    expect(verdictOfPolicy({ by: 'grant', verdict: 'allow', reasons: [reason('allow', 'grant'), reason('allow')] })).toBe('ask')
    expect(verdictOfPolicy({ by: 'policy', verdict: 'deny', reasons: [reason('ask'), reason('deny')] })).toBe('deny')
    expect(verdictOfPolicy({ by: 'policy', verdict: 'allow', reasons: [] })).toBe('allow')
  })

  test('is nothing where Paddock failed before', () => {
    expect(verdictOfPolicy({ by: 'failure', verdict: 'deny', reasons: [] })).toBeUndefined()
  })
})
