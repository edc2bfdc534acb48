import { homedir, userInfo } from 'node:os'
import { join } from 'node:path'
import { AbsolutePath } from '../contract/ids.ts'

/** Where Paddock keeps what is its own. All of it is the user's, none of it is in a workspace. */
export interface Folders {
  home: AbsolutePath
  /** The user's policies (`policies/`), the list of trusted project policies, the journal's key. */
  config: string
  /** The journal, settings backups. */
  state: string
  /** The agents' endpoint. Mode 0700. */
  run: string
  /** The address of the agents' endpoint: a socket in the run folder, on Windows a named pipe of this user. */
  endpoint: string
  /** What Paddock ships: `policies/` of the installation. */
  shipped: string
}

/**
 * The folders by the XDG base directory specification, `%APPDATA%` on Windows. `PADDOCK_HOME` moves all of them under
 * one folder (for portable installations and tests).
 */
export function foldersOf(env: Record<string, string | undefined>): Folders {
  const home = AbsolutePath.parse(env['HOME'] || env['USERPROFILE'] || homedir())
  const shipped = join(import.meta.dirname, '../../policies')
  const own = env['PADDOCK_HOME']
  if (own) return placed({ home, config: join(own, 'config'), state: join(own, 'state'), run: join(own, 'run'), shipped })
  if (process.platform === 'win32') {
    const data = join(env['APPDATA'] ?? join(home, 'AppData/Roaming'), 'Paddock')
    return placed({ home, config: data, state: join(data, 'state'), run: join(data, 'run'), shipped })
  }
  const state = join(env['XDG_STATE_HOME'] ?? join(home, '.local/state'), 'paddock')
  const run = env['XDG_RUNTIME_DIR'] ? join(env['XDG_RUNTIME_DIR'], 'paddock') : join(state, 'run')
  return placed({ home, config: join(env['XDG_CONFIG_HOME'] ?? join(home, '.config'), 'paddock'), state, run, shipped })
}

function placed(folders: Omit<Folders, 'endpoint'>): Folders {
  const endpoint =
    process.platform === 'win32' ? `\\\\.\\pipe\\paddock-${userInfo().username}` : join(folders.run, 'agents.sock')
  return { ...folders, endpoint }
}

export const userPolicies = (folders: Folders): string => join(folders.config, 'policies')
export const journalFile = (folders: Folders): string => join(folders.state, 'journal.db')
export const journalKeyFile = (folders: Folders): string => join(folders.config, 'journal.key')
