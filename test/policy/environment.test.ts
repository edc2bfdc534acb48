import { expect, test } from 'vitest'
import { environmentPolicyOf } from '../../electron/policy/environment-rules.ts'
import { formatError, parsePolicy } from '../../electron/policy/parse.ts'
import { resolvePolicy, type Policy } from '../../electron/policy/resolve.ts'
import type { Layer } from '../../electron/contract/decision.ts'

/** A policy with this section, in a layer, that extends another with one of its own. */
function policy(section: string, layer: Layer = 'user'): Policy {
  const [own, above] = [parsePolicy(`paddock: 1\nname: mine\nextends: [above]\n${section}`, 'mine.yaml'), parsePolicy('paddock: 1\nname: above\nenvironment: { pass: [ABOVE] }', 'above.yaml')]
  if (!own.ok || !above.ok) throw new Error('a policy of this test has an error')
  const resolved = resolvePolicy(own.value, layer, [above.value])
  if (!resolved.ok) throw new Error(resolved.error.map(formatError).join('\n'))
  return resolved.value
}

const errors = (section: string): string[] => {
  const parsed = parsePolicy(`paddock: 1\nname: mine\n${section}`, 'mine.yaml')
  return parsed.ok ? [] : parsed.error.map(formatError)
}

const SECRET = { variable: 'SHOP_TOKEN', host: 'api.shop.example', headers: ['authorization'] }

test('policies add up, with what they extend, except those of a repository', () => {
  const mine = policy(`environment: { pass: [DATABASE_URL], inject: [${JSON.stringify(SECRET)}] }`)
  const managed = policy('environment: { pass: ["CORP_*"] }', 'managed')
  const project = policy('environment: { pass: [AWS_SECRET_ACCESS_KEY] }', 'project')
  expect(environmentPolicyOf([managed, mine, project])).toEqual({ pass: ['ABOVE', 'CORP_*', 'ABOVE', 'DATABASE_URL'], inject: [SECRET] })
})

test.each([
  ['a name that is none', 'environment: { pass: ["A=B"] }', 'mine.yaml:3:23 environment.pass.0: a variable is named by letters'],
  ['a secret for many hosts', 'environment: { inject: [{ variable: A, host: "*.example.com", headers: [x-key] }] }', 'environment.inject.0.host: a secret is for one host'],
  ['a secret for what is no host', 'environment: { inject: [{ variable: A, host: "https://a.example/", headers: [x-key] }] }', 'environment.inject.0.host: a secret is for one host'],
  ['a header that is none', 'environment: { inject: [{ variable: A, host: a.example, headers: ["x key"] }] }', 'environment.inject.0.headers.0: a header is named as in HTTP'],
  ['a misspelt key', 'environment: { inject: [{ variable: A, hots: a.example, headers: [x] }] }', 'did you mean "host"?'],
  ['a misspelt section', 'environment: { pas: [A] }', 'did you mean "pass"?'],
])('%s is an error with its place', (_name, section, expected) => {
  expect(errors(section).join('\n')).toContain(expected)
})
