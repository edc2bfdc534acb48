import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { chooseVariables, parseEnvironmentKnowledge, type EnvironmentKnowledge } from '../../electron/containment/environment.ts'

const FILE = 'policies/knowledge/environment.yaml'
const knowledge = shipped()

function shipped(): EnvironmentKnowledge {
  const read = parseEnvironmentKnowledge(FILE, readFileSync(join(import.meta.dirname, '../..', FILE), 'utf8'))
  if (!read.ok) throw new Error(read.error.join('\n'))
  return read.value
}

/** The names that an agent keeps of these. */
function kept(names: readonly string[], { agent = 'claude-code', pass = [] as string[] } = {}): string[] {
  return chooseVariables(names, { agent, pass }, knowledge).passed
}

describe('the environment of a contained agent', () => {
  test('has the terminal, the language and where tools are', () => {
    const names = ['PATH', 'HOME', 'LANG', 'LC_ALL', 'LC_TIME', 'TERM', 'COLORTERM', 'TZ', 'SHELL', 'USER', 'EDITOR', 'VIRTUAL_ENV', 'NVM_DIR', 'GOPATH', 'CARGO_HOME', 'JAVA_HOME', 'GIT_AUTHOR_NAME']
    expect(kept(names)).toEqual(names)
  })

  test('has no keys, no tokens, and nothing that nobody knows', () => {
    expect(kept(['AWS_SECRET_ACCESS_KEY', 'GITHUB_TOKEN', 'NPM_TOKEN', 'DATABASE_URL', 'OPENAI_API_KEY', 'CLAUDE_CODE_SECRET', 'MY_APP', 'HTTP_PROXY', 'lang'])).toEqual([])
  })

  test('has the settings and the keys of the agent itself, and not of others', () => {
    const names = ['CLAUDE_CONFIG_DIR', 'ANTHROPIC_API_KEY', 'CODEX_HOME', 'OPENAI_API_KEY']
    expect(kept(names)).toEqual(['CLAUDE_CONFIG_DIR', 'ANTHROPIC_API_KEY'])
    expect(kept(names, { agent: 'codex' })).toEqual(['CODEX_HOME', 'OPENAI_API_KEY'])
    expect(kept(names, { agent: 'somebody' })).toEqual([])
  })

  test('has what the policy names; secrets only by their full names', () => {
    const names = ['OTHER_API_KEY', 'MY_APP', 'MY_OTHER', 'MY_TOKEN']
    expect(kept(names, { pass: ['OTHER_API_KEY', 'MY_*'] })).toEqual(['OTHER_API_KEY', 'MY_APP', 'MY_OTHER'])
    expect(kept(names, { pass: ['*'] })).toEqual(['MY_APP', 'MY_OTHER'])
    expect(kept(names, { pass: ['MY_TOKEN'] })).toEqual(['MY_TOKEN'])
  })

  test('never has what loads code into programs or leads out of the fence, whatever the policy names', () => {
    const names = ['LD_PRELOAD', 'ld_preload', 'LD_LIBRARY_PATH', 'DYLD_INSERT_LIBRARIES', 'NODE_OPTIONS', 'PYTHONSTARTUP', 'BASH_ENV', 'BASH_FUNC_ls%%', 'PERL5OPT', 'RUBYOPT', 'GIT_SSH_COMMAND', 'JAVA_TOOL_OPTIONS', 'SSH_AUTH_SOCK', 'DBUS_SESSION_BUS_ADDRESS']
    expect(kept(names, { pass: [...names, '*'] })).toEqual([])
  })

  test('tells which secrets were left out that a policy could pass', () => {
    const names = ['PATH', 'ZED', 'NPM_TOKEN', 'GITHUB_TOKEN', 'SSH_AUTH_SOCK', 'ANTHROPIC_API_KEY']
    expect(chooseVariables(names, { agent: 'claude-code', pass: [] }, knowledge).withheld).toEqual(['GITHUB_TOKEN', 'NPM_TOKEN'])
    expect(chooseVariables(names, { agent: 'claude-code', pass: ['NPM_TOKEN'] }, knowledge).withheld).toEqual(['GITHUB_TOKEN'])
  })

  test('a fault in the knowledge is told with its place', () => {
    expect(parseEnvironmentKnowledge('environment.yaml', 'keep: []\nsecret: ""\nnever: 3\nset: {}\nagents: {}\n')).toMatchObject({
      ok: false, error: [expect.stringMatching(/^environment.yaml:3:8: never: /)],
    })
  })
})
