import type { Fence } from '../fence.ts'
import type { ProgramFolders } from './exec.ts'

const ANY_PROGRAM = { isAgent: false, isTransparent: false, program: '', argv: [] }

/** Of the folders of the PATH those in which no program of the tree can put another program under a known name. */
export function namedFolders(folders: readonly string[], fence: Fence): ProgramFolders {
  return new Set(folders.filter((folder) => fence.atOnce([{ kind: 'write', path: `${folder}/program` }], ANY_PROGRAM) !== 'allow'))
}
