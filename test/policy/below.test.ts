import { describe, expect, test } from 'vitest'
import { effectsOf } from '../../electron/effects/effects-of.ts'
import { decide } from '../../electron/policy/decide.ts'
import type { Call } from '../../electron/contract/call.ts'
import { madeUpWorld } from '../support/made-up-world.ts'
import { shippedKnowledge as knowledge } from '../support/shipped-knowledge.ts'
import { compiled, policy, subject } from './policy-of.ts'

const { workspace } = subject
const names = ['a.ts', 'src/b.ts', 'src/deep/x', 'src/deep/.x', 'lib/private/c.ts', 'private/d.ts', 'gen/old.lock']
const world = madeUpWorld({ home: '/home/mira', files: Object.fromEntries(names.map((name) => [`${workspace}/${name}`, ''])) })

/** The verdict on a call, where everything in the workspace is allowed but for the given rules. */
function verdict(rules: string, call: Call | string): string {
  const all = '{ allow: ["${workspace}/**"] }'
  const sections = ['read', 'write', 'delete'].map((kind) => `  ${kind}: ${rules.startsWith(kind) ? rules.slice(kind.length + 1) : all}`)
  const judging = compiled(policy(`files:\n${sections.join('\n')}\ncommands: { allow: ["{grep,rg,cat,find,xargs,tar,cp,rm,tree,ls,sed} *"] }`))
  const effects = effectsOf(typeof call === 'string' ? { tool: 'shell', command: call } : call, { cwd: workspace, workspace, world, knowledge, guarded: judging.guarded })
  return decide(effects, judging).verdict
}

describe('a rule about a name in any folder', () => {
  const reading = 'read { allow: ["${workspace}/**"], deny: ["**/x"] }'
  test.for(['grep -r y .', 'grep -rn y', 'rg y', 'rg y src', 'find . -exec cat {} +', 'find . -type f | xargs cat', 'cp -r src lib', 'tar cf a.tar src', 'cat src/*/*', 'grep -r y src/deep'])('reaches %s', (command) => {
    expect(verdict(reading, command)).toBe('deny')
  })
  test.for(['grep -r y lib', 'rg y lib', 'tree', 'ls -R', "grep -r --include='*.ts' y .", 'grep -r --exclude=x y .', 'cat src/*'])('leaves %s alone, which does not read it', (command) => {
    expect(verdict(reading, command)).toBe('allow')
  })
  test('reaches the search tool of an agent', () => {
    expect(verdict(reading, { tool: 'read', path: workspace, recursive: true })).toBe('deny')
    expect(verdict(reading, { tool: 'read', path: `${workspace}/lib`, recursive: true })).toBe('allow')
  })
  test('asks where it asks', () => {
    expect(verdict('read { allow: ["${workspace}/**"], ask: ["**/x"] }', 'grep -r y .')).toBe('ask')
  })
  test('may be a pattern, and may be a folder', () => {
    expect(verdict('read { allow: ["${workspace}/**"], deny: ["**/.x"] }', 'grep -r y .')).toBe('deny')
    expect(verdict('read { allow: ["${workspace}/**"], deny: ["${workspace}/*/private/**"] }', 'grep -r y .')).toBe('deny')
    expect(verdict('read { allow: ["${workspace}/**"], deny: ["${workspace}/*/private/**"] }', "grep -r --include='*.ts' y .")).toBe('deny')
    expect(verdict('read { allow: ["${workspace}/**"], deny: ["**/*.lock"] }', 'rg y')).toBe('deny')
    expect(verdict('read { allow: ["${workspace}/**"], deny: ["**/*.lock"] }', 'rg y src')).toBe('allow')
  })
  test('does not reach what a search for visible files leaves out', () => {
    expect(verdict('read { allow: ["${workspace}/**"], deny: ["**/.x"] }', 'rg y')).toBe('allow')
    expect(verdict('read { allow: ["${workspace}/**"], deny: ["**/.x"] }', 'rg --hidden y')).toBe('deny')
  })
  test('holds for what is deleted and written with its folder', () => {
    expect(verdict('delete { allow: ["${workspace}/**"], deny: ["**/*.lock"] }', 'rm -rf gen')).toBe('deny')
    expect(verdict('delete { allow: ["${workspace}/**"], deny: ["**/*.lock"] }', 'rm -rf src')).toBe('allow')
    expect(verdict('write { allow: ["${workspace}/**"], deny: ["**/*.lock"] }', 'tar xf a.tar -C gen')).toBe('ask')
    expect(verdict('write { allow: ["${workspace}/**"], deny: ["**/*.lock"] }', 'tar xf a.tar -C lib')).toBe('allow')
  })
})

test('a rule about a folder by its path asks about what reaches it from above', () => {
  const rules = 'read { allow: ["${workspace}/**"], deny: ["${workspace}/private/**"] }'
  expect(verdict(rules, 'grep -r y .')).toBe('ask')
  expect(verdict(rules, 'rg y private')).toBe('deny')
  expect(verdict(rules, 'rg y src')).toBe('allow')
})
