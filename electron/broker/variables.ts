import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Knowledge } from '../effects/knowledge.ts'
import type { Variables } from '../policy/variables.ts'
import { journalKeyFile, type Folders } from './folders.ts'
import { canonicalPath } from './real-world.ts'
import { registriesOf } from './registries.ts'

/**
 * What the variables of policies stand for on this machine, all but `${workspace}`. Paths are canonical, because those
 * of effects are. `guardedFiles` are the hook configurations of the agents that Paddock knows.
 */
export function variablesOf(folders: Folders, knowledge: Knowledge, guardedFiles: readonly string[]): Omit<Variables, 'workspace'> {
  return {
    home: canonicalPath(folders.home),
    tmp: canonicalPath(process.platform === 'win32' ? tmpdir() : '/tmp'),
    secrets: knowledge.secrets,
    paddock: [folders.config, folders.state, folders.run, join(folders.shipped, '..')].map((folder) => `${canonicalPath(folder)}/**`),
    'paddock-state': [...[folders.state, folders.run].map((folder) => `${canonicalPath(folder)}/**`), canonicalPath(journalKeyFile(folders))],
    'agent-settings': guardedFiles,
    registries: registriesOf(folders.home, process.env),
  }
}
