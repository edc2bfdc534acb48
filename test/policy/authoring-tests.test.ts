import { describe, expect, test } from 'vitest'
import { formatError, parsePolicy, type PolicyTest } from '../../electron/policy/parse.ts'
import { formatFailure, runTests } from '../../electron/policy/tests.ts'
import type { Call } from '../../electron/contract/call.ts'
import { decided, effectsOfCommand, written } from './authoring.ts'

function failures(body: string): string[] {
  const { file, policy } = written(body)
  const judge = ({ call }: PolicyTest) => decided(effectsOfCommand(commandOf(call)), policy)
  return runTests(file, judge).map(formatFailure)
}

function commandOf(call: Call): string {
  if (call.tool !== 'shell') throw new Error('these tests are about commands')
  return call.command
}

test('a test that holds says nothing', () => {
  expect(failures('commands: { allow: ["git *"], deny: ["git push *"] }\ntests:\n  - { call: git status, expect: allow }\n  - { call: "git push && ls", expect: deny }\n  - { call: make, expect: ask }')).toEqual([])
})

test('one that does not names its line, what was expected, what came, and the rule and source that made it so', () => {
  expect(failures('commands:\n  allow: ["git *"]\ntests:\n  - call: git push\n    expect: deny\n    note: Publishing is for people.')).toEqual([
    'mine.yaml:6:5 test: git push: expected deny, came allow. It runs git push. (commands.allow: git *, mine.yaml:4) (Publishing is for people.)',
  ])
})

test('where no rule decided, it names the default', () => {
  expect(failures('default: deny\ntests: [{ call: make, expect: allow }]')[0]).toContain('came deny. It runs make: no rule covers it. (default, mine.yaml:3)')
})

describe('a test that can not be read is an error of the file, at its place', () => {
  const errors = (tests: string): string[] => {
    const parsed = parsePolicy(`paddock: 1\nname: mine\ntests:\n  - ${tests}\n`, 'mine.yaml')
    return parsed.ok ? [] : parsed.error.map(formatError)
  }
  test.each([
    ['{ call: ls }', 'mine.yaml:4:5 tests.0.expect'],
    ['{ call: ls, expect: maybe }', 'mine.yaml:4:25 tests.0.expect: Invalid option: expected one of "allow"|"ask"|"deny"'],
    ['{ call: ls, expct: allow }', 'unknown key "tests.0.expct", did you mean "expect"?'],
    ['{ call: { tool: read, pth: a }, expect: ask }', 'unknown key "tests.0.call.pth", did you mean "path"?'],
    ['{ call: { tool: raed, path: a }, expect: ask }', 'mine.yaml:4:21 tests.0.call.tool: Invalid discriminator value'],
    ['{ call: 7, expect: ask }', 'mine.yaml:4:13 tests.0.call: expected a shell command (text), or a call'],
    ['{ call: ls, expect: ask, workspace: app }', 'a workspace begins with / or ~/'],
  ])('%s', (entry, says) => expect(errors(entry).join('\n')).toContain(says))
})
