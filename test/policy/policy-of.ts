import { AbsolutePath, AgentId } from '../../electron/contract/ids.ts'
import type { Layer } from '../../electron/contract/decision.ts'
import { compile, type CompiledPolicy } from '../../electron/policy/compile.ts'
import { formatError, parsePolicy } from '../../electron/policy/parse.ts'
import { resolvePolicy, type Policy } from '../../electron/policy/resolve.ts'

export const subject = { agent: AgentId.parse('claude-code'), workspace: AbsolutePath.parse('/work/app') }

const variables = {
  workspace: '/work/app',
  home: '/home/mira',
  tmp: '/tmp',
  secrets: ['${home}/.ssh/**', '**/.env'],
  paddock: ['/home/mira/.config/paddock/**'],
  'paddock-state': ['/home/mira/.local/state/paddock/**'],
  'agent-settings': ['${home}/.claude/settings.json'],
  registries: ['packages.example.com:443'],
}

/** The body of a policy file as a policy of a layer; throws with the file's errors. */
export function policy(body: string, layer: Layer = 'user', file = `${layer}.yaml`): Policy {
  const parsed = parsePolicy(`paddock: 1\nname: ${layer}\n${body}`, file)
  if (!parsed.ok) throw new Error(parsed.error.map(formatError).join('\n'))
  const resolved = resolvePolicy(parsed.value, layer, [])
  if (!resolved.ok) throw new Error(resolved.error.map(formatError).join('\n'))
  return resolved.value
}

export function compiled(...policies: Policy[]): CompiledPolicy {
  return compile(policies, variables, false)
}
