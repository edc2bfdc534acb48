import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { DecodedCall } from '../../electron/connectors/connector.ts'
import { decode } from '../../electron/connectors/claude-code/decode.ts'

const HOME = '/home/mira'

/** A PreToolUse message as Claude Code 2.1.330 writes it. */
function message(tool_name: string, tool_input: unknown, more: object = {}): string {
  return JSON.stringify({
    session_id: 'cc2fb523-0b4e-4982-878d-c880ace0f6ea',
    transcript_path: '/home/mira/.claude/projects/-home-mira-site/cc2fb523.jsonl',
    cwd: '/home/mira/site',
    prompt_id: 'p1',
    permission_mode: 'default',
    effort: { level: 'high' },
    hook_event_name: 'PreToolUse',
    tool_name,
    tool_input,
    tool_use_id: 'toolu_1',
    ...more,
  })
}

function decoded(payload: string): DecodedCall {
  const result = decode(payload, HOME)
  if (!result.ok) throw new Error(result.error)
  return result.value
}

const callOf = (name: string, input: unknown, more?: object): unknown => decoded(message(name, input, more)).call
const errorOf = (payload: string): string => {
  const result = decode(payload, HOME)
  return result.ok ? 'no error' : result.error
}

const cwd = '/home/mira/site'

describe('a tool of Claude Code is the call', () => {
  test.each<[string, unknown, object]>([
    ['Bash', { command: 'git status' }, { tool: 'shell', command: 'git status' }],
    ['Monitor', { command: 'tail -f log' }, { tool: 'shell', command: 'tail -f log' }],
    ['PowerShell', { command: 'dir' }, { tool: 'shell', command: 'dir', shell: 'powershell' }],
    ['Read', { file_path: '/etc/hosts', limit: 5 }, { tool: 'read', path: '/etc/hosts' }],
    ['Read', { file_path: '~/.ssh/id_rsa' }, { tool: 'read', path: '/home/mira/.ssh/id_rsa' }],
    ['Write', { file_path: '/w/a', content: 'x' }, { tool: 'write', path: '/w/a', content: 'x' }],
    ['Edit', { file_path: '/w/a', old_string: 'a\nb', new_string: 'c' }, { tool: 'write', path: '/w/a', content: '- a\n- b\n+ c' }],
    [
      'MultiEdit',
      { file_path: '/w/a', edits: [{ old_string: 'a', new_string: 'b' }, { old_string: 'c', new_string: '' }] },
      { tool: 'write', path: '/w/a', content: '- a\n+ b\n\n- c\n+ ' },
    ],
    ['NotebookEdit', { notebook_path: '/w/n.ipynb', new_source: '1' }, { tool: 'write', path: '/w/n.ipynb', content: '1' }],
    ['Grep', { pattern: 'x' }, { tool: 'read', path: '.', recursive: true }],
    ['Grep', { pattern: 'x', path: '/etc' }, { tool: 'read', path: '/etc', recursive: true }],
    ['LS', { path: '/etc' }, { tool: 'read', path: '/etc', recursive: true }],
    ['WebFetch', { url: 'https://example.com', prompt: 'p' }, { tool: 'fetch', url: 'https://example.com' }],
    ['Agent', { prompt: 'look' }, { tool: 'agent', name: 'Agent', arguments: { prompt: 'look' } }],
    ['SomethingNew', { a: 1 }, { tool: 'agent', name: 'SomethingNew', arguments: { a: 1 } }],
  ])('%s %j', (name, input, call) => {
    expect(callOf(name, input)).toEqual({ ...call, cwd })
  })

  test.each([
    ['**/*.ts', undefined, '.'],
    ['src/**', undefined, 'src'],
    ['src/*.{a,b}', '/w', '/w/src'],
    ['/etc/ssh/*', undefined, '/etc/ssh'],
    ['/etc/ssh/*', '/w', '/etc/ssh'],
    ['/*', undefined, '/'],
    ['../other/*', '/w', '/other'],
    ['~/.ssh/*', undefined, '/home/mira/.ssh'],
  ])('a search for %s in %s reads below %s', (pattern, path, folder) => {
    expect(callOf('Glob', { pattern, ...(path === undefined ? {} : { path }) })).toEqual({ tool: 'read', path: folder, recursive: true, cwd })
  })

  test.each(['*/../../etc/*', '{/etc,src}/**', '{src,../..}/*'])('a search that may leave its folder later, %s, is refused', (pattern) => {
    expect(errorOf(message('Glob', { pattern }))).toContain('leaves its folder')
  })
})

describe('an MCP tool is one of the server it belongs to', () => {
  test('the server that the message names', () => {
    const mcp_server = { name: 'my server', source: 'user' }
    expect(callOf('mcp__my_server__get__it', { a: 1 }, { mcp_server })).toEqual({
      tool: 'mcp',
      server: 'my server',
      name: 'get__it',
      arguments: { a: 1 },
      cwd,
    })
  })
  test('the only one that the name can mean', () => {
    expect(callOf('mcp__real__write_note', {})).toMatchObject({ server: 'real', name: 'write_note' })
  })
  test.each(['mcp__a__b__c', 'mcp__a___b', 'mcp__real', 'mcp____x', 'mcp__real__'])('%s alone could mean several, or none', (name) => {
    expect(errorOf(message(name, {}))).toContain('which MCP server')
  })
  test('a server that does not fit the name is refused', () => {
    expect(errorOf(message('mcp__evil__x', {}, { mcp_server: { name: 'real' } }))).toContain('said to belong to')
    expect(errorOf(message('Bash', { command: 'ls' }, { mcp_server: { name: 'real' } }))).toContain('said to belong to')
  })
})

describe('what else a message tells', () => {
  test('who, where and in which words', () => {
    const call = decoded(message('Bash', { command: 'ls', description: 'List files' }))
    expect(call).toMatchObject({
      session: 'cc2fb523-0b4e-4982-878d-c880ace0f6ea',
      workspace: cwd,
      cwd,
      toolName: 'Bash',
      claim: 'List files',
    })
  })
  test('a description among the arguments of an MCP tool is no claim', () => {
    expect(decoded(message('mcp__real__note', { description: 'harmless' })).claim).toBeUndefined()
  })
  test('the canonical input holds everything, also what the call leaves out', () => {
    const call = decoded(message('Bash', { command: 'ls', dangerouslyDisableSandbox: true, a: { z: 1, b: [2, { y: null, x: 'é' }] } }))
    expect(call.canonicalInput).toBe('{"a":{"b":[2,{"x":"é","y":null}],"z":1},"command":"ls","dangerouslyDisableSandbox":true}')
  })
  test('the canonical input depends on the value, not on the order it was written in', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (input) => {
        const reversed = Object.fromEntries(Object.entries(input).toReversed())
        const [one, other] = [message('New', input), message('New', reversed)].map((text) => decoded(text).canonicalInput)
        expect(one).toBe(other)
        expect(JSON.parse(one!)).toEqual(JSON.parse(JSON.stringify(input)))
      }),
    )
  })
})

describe('a message that can not be judged is an error in a sentence', () => {
  test.each<[string, string, string]>([
    ['nothing', '', 'not JSON'],
    ['half a message', message('Bash', { command: 'ls' }).slice(0, 40), 'not JSON'],
    ['a list', '[]', "can't be read"],
    ['another event', message('Bash', {}, { hook_event_name: 'PostToolUse' }), '"hook_event_name"'],
    ['no session', message('Bash', { command: 'ls' }, { session_id: '' }), '"session_id"'],
    ['a relative folder', message('Bash', { command: 'ls' }, { cwd: 'site' }), 'absolute path'],
    ['a folder with NUL', message('Bash', { command: 'ls' }, { cwd: '/w\0' }), 'NUL'],
    ['no command', message('Bash', { cmd: 'ls' }), '"command"'],
    ['a command that is no text', message('Bash', { command: ['ls'] }), '"command"'],
    ['a command with NUL', message('Bash', { command: 'ls\0rm' }), 'NUL'],
    ['a path with NUL', message('Read', { file_path: '/etc/\0x' }), 'NUL'],
    ['a path that Claude Code would trim', message('Read', { file_path: ' /etc/passwd' }), 'white space'],
    ['an empty path', message('Write', { file_path: '', content: '' }), 'is empty'],
    ['a URL with NUL', message('WebFetch', { url: 'http://a\0b' }), 'NUL'],
    ['an input that is no object', message('Bash', 'ls'), '"tool_input"'],
    ['an input without a bottom', message('New', 0).replace('"tool_input":0', `"tool_input":{"a":${'['.repeat(100_000)}${']'.repeat(100_000)}}`), 'nested too deeply'],
  ])('%s', (_what, payload, says) => {
    expect(errorOf(payload)).toContain(says)
  })

  test('no message makes it throw', () => {
    fc.assert(fc.property(fc.string(), fc.json(), (text, json) => void [decode(text, HOME), decode(json, HOME)]))
    fc.assert(
      fc.property(fc.constantFrom('Bash', 'Read', 'Glob', 'mcp__a__b', 'x'), fc.jsonValue(), (name, input) => {
        const result = decode(message(name, input), HOME)
        expect(result.ok || result.error.length > 0).toBe(true)
      }),
    )
  })
})
