import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { AgentId } from '../contract/ids.ts'
import type { Catalogue } from './catalogue/catalogue.ts'

/** Where editors of the VS Code family keep extensions, below the home folder. */
const FOLDERS = ['.vscode', '.vscode-server', '.vscode-insiders', '.vscode-oss', '.cursor', '.cursor-server', '.windsurf', '.kiro', '.antigravity']

/** Whether a command line is that of the process in which an editor runs its extensions. */
export function isExtensionHost(argv: readonly string[]): boolean {
  return argv.some((word) => word === '--type=extensionHost' || word === '--utility-sub-type=node.mojom.NodeService')
}

/** Agents of the catalogue that are installed as extensions, with the name of each; folders are called `publisher.name-1.2.3`. */
export function installedExtensions(home: string, { byExtension }: Catalogue): Map<AgentId, string> {
  const found = new Map<AgentId, string>()
  for (const folder of FOLDERS)
    for (const entry of entriesOf(join(home, folder, 'extensions'))) {
      const name = entry.replace(/-\d+\.\d+\.\d+.*$/, '').toLowerCase()
      const agent = byExtension.get(name)
      if (agent !== undefined) found.set(agent, name)
    }
  return found
}

function entriesOf(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}
