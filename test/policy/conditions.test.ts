import { describe, expect, test } from 'vitest'
import type { ArgumentValue, Effect } from '../../electron/contract/effect.ts'
import { AbsolutePath } from '../../electron/contract/ids.ts'
import { argumentValues } from '../../electron/effects/tool-arguments.ts'
import { decide } from '../../electron/policy/decide.ts'
import { isOpen } from '../../electron/policy/limits.ts'
import { formatError, parsePolicy } from '../../electron/policy/parse.ts'
import { Hours } from '../../electron/policy/schema.ts'
import { compiled, policy } from './policy-of.ts'

const world = {
  home: AbsolutePath.parse('/home/mira'),
  canonical: (path: string) => AbsolutePath.parse(path.replace('/work/app/link', '/etc').replace(/\/[^/]+\/\.\.(?=\/)/g, '')),
  variable: () => undefined,
  list: () => undefined,
  below: () => undefined,
  otherNames: () => [],
  text: () => undefined,
}

function tool(args: Record<string, unknown>, definition?: string): Effect {
  const values: Record<string, ArgumentValue> = argumentValues(args, AbsolutePath.parse('/work/app'), world)
  return { kind: 'tool', server: 'files', name: 'write', arguments: values, ...(definition !== undefined && { definition }) }
}
const verdict = (body: string, effect: Effect): string => decide([effect], compiled(policy(body))).verdict

describe('conditions on the arguments of a tool', () => {
  const inWorkspace = 'tools: { allow: [{ pattern: files/write, when: { /path: { path: "${workspace}/**" } } }] }'

  test('a path is compared where it really leads', () => {
    expect(verdict(inWorkspace, tool({ path: 'src/a.ts' }))).toBe('allow')
    expect(verdict(inWorkspace, tool({ path: '/work/app/src/../b.ts' }))).toBe('allow')
    expect(verdict(inWorkspace, tool({ path: '~/.ssh/config' }))).toBe('ask')
    expect(verdict(inWorkspace, tool({ path: '/work/app/link/passwd' }))).toBe('ask')
    expect(verdict(inWorkspace, tool({ path: 'file:///etc/passwd' }))).toBe('ask')
  })

  test('an argument that is missing, or of another type, lets nothing through', () => {
    expect(verdict(inWorkspace, tool({}))).toBe('ask')
    expect(verdict(inWorkspace, tool({ path: ['src/a.ts'] }))).toBe('ask')
    expect(verdict(inWorkspace, tool({ path: 7 }))).toBe('ask')
    expect(verdict(inWorkspace, { kind: 'tool', server: 'files', name: 'write' })).toBe('ask')
  })

  test('in doubt a rule that forbids holds', () => {
    const body = 'default: allow\ntools: { deny: [{ pattern: "files/*", when: { /path: { path: "/etc/**" } } }] }'
    expect(verdict(body, tool({ path: '/etc/x' }))).toBe('deny')
    expect(verdict(body, tool({ path: '/srv/x' }))).toBe('allow')
    expect(verdict(body, tool({ path: 7 }))).toBe('deny')
    expect(verdict(body, tool({}))).toBe('allow')
  })

  test.each([
    ['a host', '/url: { host: "*.example.com" }', { url: 'https://api.example.com/x' }, { url: 'https://example.com.evil.test/' }],
    ['a number', '/amount: { max: 100 }', { amount: 100 }, { amount: 100.5 }],
    ['a range', '/amount: { min: 1, max: 5 }', { amount: 1 }, { amount: 0 }],
    ['a text', '/mode: { equals: append }', { mode: 'append' }, { mode: 'appendix' }],
    ['a truth', '/dry: { equals: true }', { dry: true }, { dry: 'true' }],
    ['a glob', '/branch: { like: "feature/*" }', { branch: 'feature/x' }, { branch: 'main' }],
    ['something inside', '/list/0/a~1b: { equals: 1 }', { list: [{ 'a/b': 1 }] }, { list: [{ 'a/b': 2 }] }],
  ])('%s', (_, when, right, wrong) => {
    const body = `tools: { allow: [{ pattern: files/write, when: { ${when} } }] }`
    expect(verdict(body, tool(right))).toBe('allow')
    expect(verdict(body, tool(wrong))).toBe('ask')
  })

  test('all of them must hold', () => {
    const body = 'tools: { allow: [{ pattern: files/write, when: { /a: { equals: 1 }, /b: { equals: 2 } } }] }'
    expect(verdict(body, tool({ a: 1, b: 2 }))).toBe('allow')
    expect(verdict(body, tool({ a: 1, b: 3 }))).toBe('ask')
  })
})

test('a tool that is pinned to its definition is another tool with another one', () => {
  const known = 'ab'.repeat(32)
  const body = `tools: { allow: [{ pattern: files/write, definition: ${known} }] }`
  expect(verdict(body, tool({}, known))).toBe('allow')
  expect(verdict(body, tool({}, 'cd'.repeat(32)))).toBe('ask')
  expect(verdict(body, tool({}))).toBe('ask')
})

describe('HTTP', () => {
  const get = (path: string | undefined, method?: string): Effect => ({ kind: 'connect', host: 'api.example.com', port: 443, ...(path !== undefined && { path }), ...(method !== undefined && { method }) })

  test('methods and paths narrow a host', () => {
    const body = 'network: { allow: [{ pattern: api.example.com, methods: [GET], paths: ["/v1/**"] }] }'
    expect(verdict(body, get('/v1/items', 'GET'))).toBe('allow')
    expect(verdict(body, get('/v1/items', 'POST'))).toBe('ask')
    expect(verdict(body, get('/v2/items', 'GET'))).toBe('ask')
    expect(verdict(body, get(undefined, 'GET'))).toBe('ask')
  })

  test('what is not known is forbidden by a rule that forbids', () => {
    const body = 'default: allow\nnetwork: { deny: [{ pattern: api.example.com, methods: [DELETE] }] }'
    expect(verdict(body, get('/x', 'GET'))).toBe('allow')
    expect(verdict(body, get('/x'))).toBe('deny')
  })
})

describe('hours', () => {
  const open = (hours: string, at: string): boolean => isOpen({ ...Hours.parse(hours), layer: 'user', source: '' }, new Date(at))
  test.each([
    ['08:00-18:00', '2026-11-25T08:00', true],
    ['08:00-18:00', '2026-11-25T18:00', false],
    ['mon-fri 08:00-18:00', '2026-11-25T12:00', true],
    ['mon-fri 08:00-18:00', '2026-11-28T12:00', false],
    ['sat 08:00-24:00', '2026-11-28T23:59', true],
    ['22:00-06:00', '2026-11-25T23:00', true],
    ['22:00-06:00', '2026-11-25T07:00', false],
    ['fri 22:00-06:00', '2026-11-28T05:00', true],
    ['fri 22:00-06:00', '2026-11-27T05:00', false],
    ['sat-mon 08:00-18:00', '2026-11-29T12:00', true],
  ])('%s at %s: %s', (hours, at, expected) => {
    expect(open(hours, at)).toBe(expected)
  })
})

test.each([
  ['a pointer that is none', 'tools: { allow: [{ pattern: a/b, when: { path: { equals: 1 } } }] }', 'JSON pointer'],
  ['a condition that is none', 'tools: { allow: [{ pattern: a/b, when: { /path: { is: 1 } } }] }', 'when'],
  ['a host that is none', 'tools: { allow: [{ pattern: a/b, when: { /url: { host: "http://x" } } }] }', 'is not a host'],
  ['hours that are none', 'limits: { hours: 9 to 5 }', 'limits.hours: hours are written as'],
  ['a method in small letters', 'network: { allow: [{ pattern: x.example, methods: [get] }] }', 'upper case'],
  ['conditions of another section', 'commands: { allow: [{ pattern: ls, methods: [GET] }] }', 'unknown key'],
])('an error names %s', (_, body, expected) => {
  const parsed = parsePolicy(`paddock: 1\nname: x\n${body}`, 'x.yaml')
  expect(parsed.ok ? '' : parsed.error.map(formatError).join()).toContain(expected)
})
