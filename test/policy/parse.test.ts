import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { formatError, parsePolicy } from '../../electron/policy/parse.ts'
import { policyJsonSchema } from '../../electron/policy/schema.ts'

function errors(text: string): string[] {
  const parsed = parsePolicy(text, 'mine.yaml')
  return parsed.ok ? [] : parsed.error.map(formatError)
}

const head = 'paddock: 1\nname: mine\n'

describe('an error names file, line, column and what was expected', () => {
  test.each([
    ['a misspelt key', 'comands:\n  allow: ["ls *"]', 'mine.yaml:3:1 unknown key "comands", did you mean "commands"?'],
    ['a misspelt verdict', 'commands:\n  alow: ["ls *"]', 'mine.yaml:4:3 unknown key "commands.alow", did you mean "allow"?'],
    ['a time that is none', 'approval: { remember: [once, 1x] }', 'mine.yaml:3:30 approval.remember.1: an Allow is remembered once, session, rule, or for a time such as 1h'],
    ['a wrong value', 'default: maybe', 'mine.yaml:3:10 default: Invalid option: expected one of "allow"|"ask"|"deny"'],
    ['a rule that is no text', 'commands:\n  allow:\n    - ls *\n    - 8080', 'mine.yaml:6:7 commands.allow.1: expected a pattern (text), or an object with pattern, why, advice, tags'],
    ['a misspelt key of a rule', 'commands:\n  deny:\n    - { pattern: "rm *", wy: no }', 'mine.yaml:5:26 unknown key "commands.deny.0.wy", did you mean "why"?'],
    ['a key twice', 'default: ask\ndefault: allow', 'mine.yaml:4:1 Map keys must be unique'],
    ['an unknown variable', 'files: { read: { allow: ["${wrokspace}/**"] } }', 'mine.yaml:3:26 there is no variable ${wrokspace}'],
    ['a place that is none', 'files: { write: { allow: ["src/**"] } }', 'mine.yaml:3:27 "src/**" names no place'],
    ['a host that is none', 'network:\n  allow:\n    - http://x.example/', 'mine.yaml:5:7 "http://x.example/" is not a host'],
    ['a duration that is none', 'approval: { timeout: soon }', 'mine.yaml:3:22 approval.timeout: a duration is a number'],
    ['silence that allows', 'approval: { onTimeout: allow }', 'mine.yaml:3:24 approval.onTimeout: silence can only deny'],
    ['an open bracket', 'commands: { allow: ["ls *"', 'mine.yaml:'],
  ])('%s', (_name, body, expected) => {
    expect(errors(head + body).join('\n')).toContain(expected)
  })

  test('all of them, not only the first', () => {
    expect(errors(`${head}default: maybe\nfoo: 1`)).toHaveLength(2)
  })

  test('a missing version', () => {
    expect(errors('name: mine')[0]).toContain('paddock: the version of the policy language is 1')
  })
})

describe('hostile files', () => {
  test('an alias bomb is refused', () => {
    const bomb = ['a: &a [x, x, x, x, x, x, x, x, x]', ...'bcdefgh'.split('').map((key, at) => `${key}: &${key} [${Array(9).fill(`*${'abcdefgh'[at]}`).join(', ')}]`)]
    expect(errors(bomb.join('\n'))).not.toEqual([])
  })

  test('two documents, unknown tags, deep nesting and prototypes are refused', () => {
    for (const text of [`${head}---\n${head}`, `${head}default: !js ask`, `${head}x: ${'['.repeat(5000)}`, `${head}__proto__: { default: allow }`])
      expect(errors(text)).not.toEqual([])
  })

  test('no text at all makes it throw', () => {
    fc.assert(fc.property(fc.string({ unit: 'grapheme', maxLength: 200 }), (text) => void errors(text)))
  })
})

test('editors get a schema that refuses unknown keys', () => {
  expect(policyJsonSchema()).toMatchObject({ type: 'object', additionalProperties: false, required: ['paddock', 'name'] })
})
