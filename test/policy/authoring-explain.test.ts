import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { changeThatAllows, describeChange } from '../../electron/policy/change-that-allows.ts'
import { decide } from '../../electron/policy/decide.ts'
import { explain } from '../../electron/policy/explain.ts'
import type { Effect } from '../../electron/contract/effect.ts'
import { compiled, policy } from './policy-of.ts'

const exec = (program: string, ...args: (string | null)[]): Effect => ({ kind: 'exec', program, args })
const read = (path: string): Effect => ({ kind: 'read', path })

describe('an explanation', () => {
  const managed = policy('commands:\n  ask: ["git push *"]', 'managed')
  const user = policy('default: deny\ncommands:\n  allow: ["git *"]\n  deny:\n    - { pattern: "git push --force *", why: History is lost. }\nlimits: { commands: 9/min, writes: 5/min }')
  const layered = compiled(managed, user)

  test('has every rule that matched, by layer and strictness, and says which one decided', () => {
    const { verdict, effects } = explain([exec('git', 'push', '--force', 'x')], layered)
    expect(verdict).toBe('deny')
    expect(effects[0]).toMatchObject({ does: 'runs git push --force x', verdict: 'deny' })
    expect(effects[0]!.matched).toEqual([
      { layer: 'managed', verdict: 'ask', rule: 'commands.ask: git push *', source: 'managed.yaml:4', partly: false, decides: false },
      { layer: 'user', verdict: 'deny', rule: 'commands.deny: git push --force *', source: 'user.yaml:7', partly: false, decides: true, why: 'History is lost.' },
      { layer: 'user', verdict: 'allow', rule: 'commands.allow: git *', source: 'user.yaml:5', partly: false, decides: false },
    ])
  })

  test('says when the default decided, and where that stands', () => {
    const [effect] = explain([exec('make')], layered).effects
    expect(effect).toMatchObject({ matched: [], default: { verdict: 'deny', source: 'user.yaml:3', decides: true } })
  })

  test('says whether the operator could let an effect through for a session', () => {
    const grantOf = (effect: Effect) => explain([effect], compiled(managed, policy('commands: { ask: ["npm publish *"] }'))).effects[0]!.grant
    expect(grantOf(exec('npm', 'publish', 'x'))).toBe(true)
    expect(grantOf(exec('make'))).toBe(true)
    expect(grantOf(exec('git', 'push', 'x'))).toBe(false)
    expect(grantOf({ kind: 'unknown', reason: 'computed' })).toBe(false)
  })

  test('names the rates that count calls of this kind', () => {
    expect(explain([exec('git', 'status')], layered).limits).toEqual(['limits.commands: 9/min per session (user.yaml:8)'])
  })

  test('agrees with decide, whatever the effects', () => {
    const effect = fc.constantFrom(exec('git', 'push'), exec('git', 'status'), exec('make', null), read('/etc/hosts'), { kind: 'unknown', reason: 'x' } as const)
    fc.assert(
      fc.property(fc.array(effect, { maxLength: 5 }), (effects) => {
        const decision = decide(effects, layered)
        const explanation = explain(effects, layered)
        expect(explanation.verdict).toBe(decision.verdict)
        for (const [index, each] of explanation.effects.entries()) {
          expect(each.verdict).toBe(decision.reasons[index]!.verdict)
          expect(each.matched.filter(({ decides }) => decides).length + Number(each.default.decides)).toBe(1)
        }
      }),
    )
  })
})

describe('the change that would allow a call', () => {
  const changes = (body: string, ...effects: Effect[]) => changeThatAllows(decide(effects, compiled(policy(body, 'user', 'mine.yaml'))))

  test('where nothing covers it: the literal rule to add, and it does allow the call then', () => {
    const body = 'files: { read: { allow: ["${workspace}/**"] } }'
    const effects = [exec('terraform', 'plan', '-out=a b'), read('/etc/hosts'), { kind: 'connect', host: 'api.example.com', port: 443 } as const]
    const found = changes(body, ...effects)
    expect(found.map((change) => describeChange(change, 'mine.yaml'))).toEqual([
      `Add "commands.allow: terraform plan '-out=a b'" to mine.yaml.`,
      'Add "files.read.allow: /etc/hosts" to mine.yaml.',
      'Add "network.allow: api.example.com:443" to mine.yaml.',
    ])
    const rules = found.flatMap((change) => (change.kind === 'add' ? [change.rule] : []))
    const entries = Object.fromEntries(rules.map(({ section, pattern }) => [section, pattern]))
    const more = policy(`commands: { allow: [${JSON.stringify(entries['commands'])}] }\nfiles: { read: { allow: [/etc/hosts] } }\nnetwork: { allow: ["api.example.com:443"] }`)
    expect(decide(effects, compiled(policy(body), more)).verdict).toBe('allow')
  })

  test('where a rule of one’s own is in the way: that rule, with its line', () => {
    expect(changes('commands:\n  allow: ["git *"]\n  ask: ["git push *"]', exec('git', 'push', 'x'))).toEqual([{ kind: 'edit', rule: 'commands.ask: git push *', source: 'mine.yaml:5' }])
  })

  test('where nobody can: why', () => {
    expect(changes('default: ask', { kind: 'unknown', reason: 'computed' })).toMatchObject([{ kind: 'impossible' }])
    expect(changes('default: ask', exec('cat', null))).toMatchObject([{ kind: 'impossible', why: expect.stringContaining('only known at run time') as string }])
    const floor = decide([exec('paddock')], compiled(policy('commands: { deny: [paddock] }', 'floor')))
    expect(changeThatAllows(floor)).toMatchObject([{ kind: 'impossible', why: expect.stringContaining('built in') as string }])
    const managed = decide([exec('curl')], compiled(policy('commands: { ask: [curl] }', 'managed')))
    expect(changeThatAllows(managed)).toMatchObject([{ kind: 'impossible', why: expect.stringContaining('organisation') as string }])
  })

  test('nothing for a call that is allowed, and each change once', () => {
    expect(changes('commands: { allow: [make] }', exec('make'))).toEqual([])
    expect(changes('default: ask', exec('make'), exec('make'))).toHaveLength(1)
  })
})
