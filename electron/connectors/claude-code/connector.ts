import type { Connector } from '../connector.ts'
import { CLAUDE_CODE, configFolder, SettingsConnection, type Site } from './connection.ts'
import { decode } from './decode.ts'
import { encode } from './encode.ts'
import { newsIn } from './transcript.ts'

/** Paddock in front of Claude Code: a PreToolUse hook in the user's settings. */
export function claudeCodeConnector(site: Site): Connector {
  const connection = new SettingsConnection(site)
  return {
    agent: CLAUDE_CODE,
    name: 'Claude Code',
    decode: (payload) => decode(payload, site.home),
    encode,
    news: newsIn,
    inspect: () => connection.inspect(),
    trial: (tool, input) => connection.trial(tool, input),
    plan: (change) => connection.plan(change),
    apply: (change, digest) => connection.apply(change, digest),
    guardedFiles: [
      '${home}/.claude/settings.json',
      '${home}/.claude/settings.local.json',
      `${configFolder(site)}/settings.json`,
      '${workspace}/**/.claude/settings.json',
      '${workspace}/**/.claude/settings.local.json',
      '/etc/claude-code/**',
      '/Library/Application Support/ClaudeCode/**',
      'C:/Program Files/ClaudeCode/**',
    ],
  }
}
