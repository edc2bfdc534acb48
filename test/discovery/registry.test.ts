import { describe, expect, test } from 'vitest'
import { AgentId } from '../../electron/contract/ids.ts'
import { agentFindings } from '../../electron/discovery/findings.ts'
import { Registry, type Candidate, type RegistrySource } from '../../electron/discovery/registry.ts'
import type { AgentProcess } from '../../electron/contract/agent-process.ts'

const HOME = '/home/mira'
const claude: Candidate = { agent: AgentId.parse('claude-code'), program: '/usr/bin/claude', script: undefined, folder: '/home/mira/work/site', startedBy: 'bash' }
const custom: Candidate = { agent: AgentId.parse('custom'), program: '/usr/bin/python3', script: '/home/mira/bots/tidy.py', folder: '/home/mira', startedBy: 'cron' }

const user = (text: string): RegistrySource => ({ file: 'agents.yaml', text: `paddock: 1\n${text}`, layer: 'user' })
const managed = (text: string): RegistrySource => ({ file: '/etc/paddock/agents.yaml', text: `paddock: 1\n${text}`, layer: 'managed' })

function registry(...sources: RegistrySource[]): Registry {
  const parsed = Registry.parse(sources, HOME)
  if (!parsed.ok) throw new Error(parsed.error.join('\n'))
  return parsed.value
}
const sourceOf = (candidate: Candidate, ...sources: RegistrySource[]): string | undefined => registry(...sources).entryFor(candidate)?.source

describe('who may run', () => {
  test('is nobody without an entry', () => {
    expect(sourceOf(claude)).toBeUndefined()
  })

  test('is said by the entry that fits, with its line', () => {
    const text = 'agents:\n  - { agent: codex }\n  - { agent: claude-code, workspaces: ["~/work/**"] }'
    expect(sourceOf(claude, user(text))).toBe('agents.yaml:4')
    expect(sourceOf({ ...claude, folder: '/home/mira/work' }, user(text))).toBe('agents.yaml:4')
    expect(sourceOf({ ...claude, folder: '/home/mira/workshop' }, user(text))).toBeUndefined()
    expect(sourceOf({ ...claude, folder: undefined }, user(text))).toBeUndefined()
  })

  test('may depend on the program and on what started it', () => {
    expect(sourceOf(custom, user('agents: [{ agent: custom, programs: ["~/bots/*.py"] }]'))).toBeDefined()
    expect(sourceOf({ ...custom, script: '/tmp/tidy.py' }, user('agents: [{ agent: custom, programs: ["~/bots/*.py"] }]'))).toBeUndefined()
    expect(sourceOf(claude, user('agents: [{ agent: claude-code, startedBy: [code] }]'))).toBeUndefined()
  })

  test('what IT says of an agent, the user can not widen', () => {
    const it = managed('agents: [{ agent: claude-code, workspaces: ["/srv/**"] }]')
    expect(sourceOf(claude, it, user('agents: [{ agent: claude-code }]'))).toBeUndefined()
    expect(sourceOf(claude, managed('forbid: [claude-code]'), user('agents: [{ agent: claude-code }]'))).toBeUndefined()
    expect(sourceOf(claude, managed('agents: [{ agent: codex }]'), user('agents: [{ agent: claude-code }]'))).toBe('agents.yaml:2')
  })
})

describe('a faulty registry', () => {
  test.for([
    ['agents:\n  - { agent: claude-code, level: sandboxed }', /^agents\.yaml:3:\d+: agents\.0\.level/],
    ['agents:\n  - { agent: Claude Code }', /^agents\.yaml:3:\d+: agents\.0\.agent/],
    ['agents:\n  - { agent: custom }', /^agents\.yaml:3:\d+: .*named by its programs/],
    ['agents:\n  - { agent: codex, workspace: ["~/work"] }', /^agents\.yaml:3:\d+: .*[Uu]nrecognized/],
    ['agents:\n  - { agent: codex, workspaces: ["work"] }', /^agents\.yaml:3:\d+: .*path pattern/],
    ['agents: [', /^agents\.yaml:\d+:\d+: /],
  ] as const)('is refused whole and says where: %s', ([text, message]) => {
    const parsed = Registry.parse([user(text)], HOME)
    expect(parsed.ok ? [] : parsed.error).toEqual(expect.arrayContaining([expect.stringMatching(message)]))
  })
})

describe('findings', () => {
  const running = (fields: Partial<AgentProcess> = {}): AgentProcess => ({ pid: 7, startedAt: 1, agent: claude.agent, name: 'Claude Code', confidence: 0.9, evidence: [], authorized: false, level: 'observed', connections: [], credentials: [], program: claude.program, command: ['claude'], folder: claude.folder!, user: 'mira', processes: [7], bypass: [], ...fields })
  const kinds = (agent: AgentProcess, ...sources: RegistrySource[]): string[] => agentFindings(agent, claude, registry(...sources)).map(({ kind }) => kind)

  test('an agent that nobody authorised', () => {
    expect(kinds(running())).toEqual(['unauthorized-agent'])
    expect(kinds(running(), user('agents: [{ agent: claude-code }]'))).toEqual([])
  })

  test('an agent that is held less firmly than it must be', () => {
    const entry = user('agents: [{ agent: claude-code, level: hooked }]')
    expect(kinds(running(), entry)).toEqual(['level-too-low'])
    expect(kinds(running({ level: 'contained' }), entry)).toEqual([])
  })

  test('a credential that its entry forbids, by kind or because it is for production', () => {
    const held = running({ credentials: [{ kind: 'cloud', name: '~/.aws/config: shop-prod', where: 'profile', production: true }, { kind: 'model-api-key', name: 'ANTHROPIC_API_KEY', where: 'environment' }] })
    expect(kinds(held, user('agents: [{ agent: claude-code, credentials: { deny: [production] } }]'))).toEqual(['forbidden-credential', 'exposed-credential'])
    expect(kinds(held, user('agents: [{ agent: claude-code, credentials: { allow: [cloud] } }]'))).toEqual(['forbidden-credential', 'exposed-credential'])
  })

  test('options that switch its questions off', () => {
    expect(kinds(running({ bypass: ['--yolo'] }), user('agents: [{ agent: claude-code }]'))).toEqual(['bypass'])
  })

  test('nothing where it is ignored', () => {
    expect(kinds(running({ bypass: ['--yolo'] }), user('ignore: [{ agent: claude-code, workspaces: ["~/work/**"] }]'))).toEqual([])
  })
})
