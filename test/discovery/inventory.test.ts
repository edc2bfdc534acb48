import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, onTestFinished, test } from 'vitest'
import { credentialsInEnvironment, credentialsInHome } from '../../electron/discovery/credentials.ts'
import { serverFindings } from '../../electron/discovery/findings.ts'
import { tomlTables } from '../../electron/discovery/mcp-config.ts'
import { configuredServers, packageIn, withoutSecret } from '../../electron/discovery/mcp-inventory.ts'
import { shippedKnowledge } from './look.ts'

/** Looks like a token to a reader of names and shapes, and is none. */
const TOKEN = ['gh', 'p_'].join('') + 'a1b2c3d4e5f6g7h8i9j0k1l2m3n4o5p6q7r8'

function home(files: Record<string, string>): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'paddock-home-')))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), text)
  }
  return folder
}
const { catalogue } = shippedKnowledge('/nowhere')

describe('MCP servers', () => {
  const folder = (): string =>
    home({
      '.claude.json': JSON.stringify({ mcpServers: { files: { command: 'npx', args: ['-y', '@modelcontextprotocol/server-filesystem', '/srv'] } }, projects: { '/srv/x': { mcpServers: { db: { command: 'uvx', args: ['mcp-server-postgres==1.2.3', '--token', TOKEN] } } } } }),
      '.cursor/mcp.json': JSON.stringify({ mcpServers: { remote: { url: 'https://user:pass@mcp.example.com/sse?key=1', headers: { Authorization: `Bearer ${TOKEN}` } }, off: { command: 'node', args: ['x.js'], disabled: true } } }),
      '.codex/config.toml': '# servers\n[mcp_servers.github]\ncommand = "docker"\nargs = [\n  "run", "-i", # interactive\n  "ghcr.io/github/github-mcp-server",\n]\nenv = { "GITHUB_TOKEN" = "' + TOKEN + '" }\n[other]\nx = 1\n',
      '.config/zed/settings.json': '{\n  // comment\n  "context_servers": { "local": { "command": { "path": "x" }, "args": [] }, "plain": { "command": "my-server" }, },\n}',
      'work/.mcp.json': JSON.stringify({ mcpServers: { shop: { command: './server.sh', env: { SHOP_API_KEY: '${SHOP_API_KEY}' } } } }),
      'work/.vscode/mcp.json': JSON.stringify({ servers: { web: { type: 'http', url: 'https://tools.example.com/mcp' } } }),
    })

  test('of every host and workspace are told, with what they run and from where', () => {
    const root = folder()
    const servers = configuredServers(root, [join(root, 'work')], catalogue).map(({ entry: { host, name, transport, package: fetched, pinned, enabled, url } }) => ({ host, name, transport, fetched, pinned, enabled, url }))
    expect(servers).toEqual(expect.arrayContaining([
      expect.objectContaining({ host: 'claude-code', name: 'files', transport: 'stdio', fetched: '@modelcontextprotocol/server-filesystem', pinned: false }),
      expect.objectContaining({ host: 'claude-code', name: 'db', fetched: 'mcp-server-postgres', pinned: true }),
      expect.objectContaining({ host: 'claude-code', name: 'shop', transport: 'stdio', fetched: undefined }),
      expect.objectContaining({ host: 'cursor', name: 'remote', transport: 'http', url: 'https://mcp.example.com/sse' }),
      expect.objectContaining({ host: 'cursor', name: 'off', enabled: false }),
      expect.objectContaining({ host: 'codex', name: 'github', fetched: 'ghcr.io/github/github-mcp-server', pinned: false }),
      expect.objectContaining({ host: 'zed', name: 'plain' }),
      expect.objectContaining({ host: 'vscode-copilot', name: 'web', url: 'https://tools.example.com/mcp' }),
    ]))
  })

  test('that hold secrets or run any version are findings, and no value is told', () => {
    const root = folder()
    const configured = configuredServers(root, [join(root, 'work')], catalogue)
    const findings = serverFindings(configured)
    expect(findings.map(({ kind, message }) => `${kind} ${/server (\w+)/.exec(message)?.[1]}`).toSorted()).toEqual(['mcp-secret db', 'mcp-secret github', 'mcp-secret remote', 'mcp-unpinned files', 'mcp-unpinned github'])
    expect(JSON.stringify([configured, findings])).not.toContain(TOKEN)
    expect(JSON.stringify(configured)).not.toContain('pass')
  })

  test.for([
    ['npx -y @scope/server@1.2.3', '@scope/server', true],
    ['npx --package @scope/server@latest server', '@scope/server', false],
    ['uvx --from git-mcp==2.0.0 git', 'git-mcp', true],
    ['uvx mcp-server-git', 'mcp-server-git', false],
    ['pnpm dlx some-mcp@1', 'some-mcp', true],
    ['docker run -i --rm -e TOKEN mcp/fetch', 'mcp/fetch', false],
    ['docker run -i mcp/fetch:1.4', 'mcp/fetch:1.4', true],
  ] as const)('%s', ([command, name, pinned]) => {
    expect(packageIn(command.split(' '), catalogue)).toEqual({ name, pinned })
  })

  test('a program of this machine is fetched from nowhere', () => {
    expect(packageIn(['node', 'server.js'], catalogue)).toBeUndefined()
  })

  test('whatever a configuration holds, reading it does not fail', () => {
    fc.assert(fc.property(fc.string(), (text) => {
      expect(typeof tomlTables(text)).toBe('object')
    }))
    fc.assert(fc.property(fc.json(), (text) => {
      const root = home({ '.cursor/mcp.json': `{"mcpServers":${text}}` })
      expect(Array.isArray(configuredServers(root, [], catalogue))).toBe(true)
    }), { numRuns: 30 })
  })
})

describe('credentials', () => {
  test('in an environment are told by kind and name', () => {
    const environment = new Map([['AWS_SECRET_ACCESS_KEY', TOKEN], ['PATH', '/bin'], ['SSH_AUTH_SOCK', '/run/agent'], ['MAX_TOKENS', '5'], ['SHOP_PROD_API_KEY', TOKEN], ['EMPTY_TOKEN', '']])
    expect(credentialsInEnvironment(environment, catalogue.credentials)).toEqual([
      { kind: 'cloud', name: 'AWS_SECRET_ACCESS_KEY', where: 'environment' },
      { kind: 'agent-socket', name: 'SSH_AUTH_SOCK', where: 'socket' },
      { kind: 'secret', name: 'SHOP_PROD_API_KEY', where: 'environment', production: true },
    ])
  })

  test('in a home folder are told, with the profiles that sound like production', () => {
    const root = home({ '.ssh/id_ed25519': 'x', '.aws/config': '[default]\n[profile shop-prod]\nregion = eu\n[profile preprod]\n', '.kube/config': 'contexts:\n- name: live-cluster\n- name: staging\n' })
    expect(credentialsInHome(root, catalogue.credentials)).toEqual([
      { kind: 'ssh-key', name: '~/.ssh/id_ed25519', where: 'file' },
      { kind: 'cluster', name: '~/.kube/config', where: 'file' },
      { kind: 'cloud', name: '~/.aws/config: shop-prod', where: 'profile', production: true },
      { kind: 'cluster', name: '~/.kube/config: live-cluster', where: 'profile', production: true },
    ])
  })

  test.for([['--api-key=abc', '--api-key=…'], ['TOKEN=abc', 'TOKEN=…'], [TOKEN, '…'], ['--port=80', '--port=80'], ['@modelcontextprotocol/server-filesystem', '@modelcontextprotocol/server-filesystem']] as const)('in the word %s', ([word, shown]) => {
    expect(withoutSecret(word)).toBe(shown)
  })
})
