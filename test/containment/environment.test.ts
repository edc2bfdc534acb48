import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { containedEnvironment, parseEnvironmentKnowledge, type EnvironmentKnowledge } from '../../electron/containment/environment.ts'

const FILE = 'policies/knowledge/environment.yaml'
const knowledge = shipped()

function shipped(): EnvironmentKnowledge {
  const read = parseEnvironmentKnowledge(FILE, readFileSync(join(import.meta.dirname, '../..', FILE), 'utf8'))
  if (!read.ok) throw new Error(read.error.join('\n'))
  return read.value
}

/** The names that an agent keeps of these. */
function kept(names: readonly string[], { agent = 'claude-code', pass = [] as string[] } = {}): string[] {
  const variables = Object.fromEntries(names.map((name) => [name, 'x']))
  return Object.keys(containedEnvironment(variables, { agent, pass }, knowledge).environment)
}

describe('the environment of a contained agent', () => {
  test('has the terminal, the language and where tools are', () => {
    const names = ['PATH', 'HOME', 'LANG', 'LC_ALL', 'LC_TIME', 'TERM', 'COLORTERM', 'TZ', 'SHELL', 'USER', 'EDITOR', 'VIRTUAL_ENV', 'NVM_DIR', 'GOPATH', 'CARGO_HOME', 'JAVA_HOME', 'GIT_AUTHOR_NAME']
    expect(kept(names)).toEqual(names)
  })

  test('has no keys, no tokens, and nothing that nobody knows', () => {
    expect(kept(['AWS_SECRET_ACCESS_KEY', 'GITHUB_TOKEN', 'NPM_TOKEN', 'DATABASE_URL', 'OPENAI_API_KEY', 'ANTHROPIC_API_KEY', 'CLAUDE_CODE_OAUTH_TOKEN', 'MY_APP', 'HTTP_PROXY', 'lang'])).toEqual([])
  })

  test('has the settings of the agent itself, and not of others', () => {
    const names = ['CLAUDE_CONFIG_DIR', 'CODEX_HOME']
    expect(kept(names)).toEqual(['CLAUDE_CONFIG_DIR'])
    expect(kept(names, { agent: 'codex' })).toEqual(['CODEX_HOME'])
    expect(kept(names, { agent: 'somebody' })).toEqual([])
  })

  test('has what the policy names; secrets only by their full names', () => {
    const names = ['ANTHROPIC_API_KEY', 'MY_APP', 'MY_OTHER', 'MY_TOKEN']
    expect(kept(names, { pass: ['ANTHROPIC_API_KEY', 'MY_*'] })).toEqual(['ANTHROPIC_API_KEY', 'MY_APP', 'MY_OTHER'])
    expect(kept(names, { pass: ['*'] })).toEqual(['MY_APP', 'MY_OTHER'])
    expect(kept(names, { pass: ['MY_TOKEN'] })).toEqual(['MY_TOKEN'])
  })

  test('never has what loads code into programs or leads out of the fence, whatever the policy names', () => {
    const names = ['LD_PRELOAD', 'ld_preload', 'LD_LIBRARY_PATH', 'DYLD_INSERT_LIBRARIES', 'NODE_OPTIONS', 'PYTHONSTARTUP', 'BASH_ENV', 'BASH_FUNC_ls%%', 'PERL5OPT', 'RUBYOPT', 'GIT_SSH_COMMAND', 'JAVA_TOOL_OPTIONS', 'SSH_AUTH_SOCK', 'DBUS_SESSION_BUS_ADDRESS']
    expect(kept(names, { pass: [...names, '*'] })).toEqual([])
  })

  test('tells what was left out, by name only', () => {
    const { environment, dropped } = containedEnvironment(
      { PATH: '/bin', ZED: 'value-1', GITHUB_TOKEN: 'value-2', ABSENT: undefined }, { agent: 'codex', pass: [] }, knowledge,
    )
    expect(environment).toEqual({ PATH: '/bin' })
    expect(dropped).toEqual(['GITHUB_TOKEN', 'ZED'])
  })

  test('a fault in the knowledge is told with its place', () => {
    expect(parseEnvironmentKnowledge('environment.yaml', 'keep: []\nsecret: ""\nnever: 3\nagents: {}\n')).toMatchObject({
      ok: false, error: [expect.stringMatching(/^environment.yaml:3:8: never: /)],
    })
  })
})
