import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { claudeCodeConnector } from './claude-code/connector.ts'
import type { HookProgram } from './claude-code/hook-entry.ts'
import type { Connector } from './connector.ts'

/** What connectors need of the folders Paddock keeps (electron/broker/folders.ts). */
export interface Places {
  home: string
  state: string
  endpoint: string
}

/** Every agent that this installation can sit in front of. */
export function connectorsFor(places: Places, env: Readonly<Record<string, string | undefined>> = process.env): Connector[] {
  const backups = join(places.state, 'backups')
  return [claudeCodeConnector({ home: places.home, env, backups, program: hookProgram(places.endpoint) })]
}

/**
 * What hooks run: the built client, on the Node that is installed beside Paddock where there is one. All hosts come to
 * the same answer, so that the entry one of them writes is the entry that another expects.
 */
export function hookProgram(endpoint: string): HookProgram {
  const root = join(import.meta.dirname, '../..')
  const client = join(root, 'out/hook/hook.cjs')
  const [platform, program] = process.platform === 'win32' ? ['win', 'node.exe'] : [process.platform, 'node']
  const beside = join(root, `node_modules/node-${platform}-${process.arch}/bin/${program}`)
  if (existsSync(beside)) return { node: beside, nodeIsElectron: false, client, endpoint }
  return { node: process.execPath, nodeIsElectron: process.versions['electron'] !== undefined, client, endpoint }
}
