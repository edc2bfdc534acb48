import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { err, ok, type Result } from '../contract/result.ts'
import { claudeCodeConnector } from './claude-code/connector.ts'
import type { HookProgram } from './claude-code/hook-entry.ts'
import type { Connector } from './connector.ts'
import { nodeBeside } from './node-beside.ts'

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
  return { ...ownNode(), client: join(ROOT, 'out/hook/hook.cjs'), endpoint }
}

/** The words that start this installation's own `paddock`; the error says why there are none. */
export function paddockProgram(): Result<string[], string> {
  const { node, nodeIsElectron } = ownNode()
  const command = join(ROOT, 'out/cli/paddock.js')
  if (nodeIsElectron) return err('This installation has no Node of its own to run the paddock command with.')
  return existsSync(command) ? ok([node, command]) : err(`${command} is missing. Install Paddock again, or run "npm run build".`)
}

const ROOT = join(import.meta.dirname, '../..')

function ownNode(): Pick<HookProgram, 'node' | 'nodeIsElectron'> {
  const beside = nodeBeside()
  if (beside !== undefined) return { node: beside, nodeIsElectron: false }
  return { node: process.execPath, nodeIsElectron: process.versions['electron'] !== undefined }
}
