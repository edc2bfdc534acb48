import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { FenceTerms } from '../../contract/containment.ts'
import { expandBraces } from '../../policy/glob.ts'
import { expanded, variablesIn, type Fence } from '../fence.ts'
import type { Floor } from './landlock.ts'

/** Folders of a workspace that are looked into before an agent starts. */
const MOST_FOLDERS = 2000
/** Made by package managers, with thousands of folders and nothing of the user's: granted whole unless a rule names something in them. */
const MADE_BY_OTHERS = new Set(['node_modules', '.venv', 'venv', '.tox'])
const DEVICES = ['/dev/null', '/dev/zero', '/dev/full', '/dev/random', '/dev/urandom']
const ANY_PROGRAM = { isAgent: false, isTransparent: false, program: '', argv: [] }

/**
 * What the kernel may grant by itself. Where nothing in the workspace is kept from being read, these are the folders of the system that no
 * rule speaks of, and the workspace, and reading there is not the supervisor's business. Where something is (a `.env`, say), the supervisor is asked about
 * every file: slower, and exact. Of the temporary folder it grants what is the run's own (`temporary`).
 */
export function floorFor(terms: FenceTerms, fence: Fence, temporary: string): Floor {
  const { workspace } = variablesIn(terms)
  if (!isFree(String(workspace), fence)) return { read: ['/'], devices: DEVICES, isFence: false }
  const plain = terms.knowledge.plain.flatMap((pattern) => expandBraces(pattern) ?? []).flatMap((pattern) => expanded([pattern], terms))
  // Some of it is single files: the hook's program, where Paddock is installed in a home.
  const isWhole = (path: string): boolean => {
    const found = statSync(path, { throwIfNoEntry: false })
    return found !== undefined && fence.atOnce([found.isDirectory() ? { kind: 'read', path, recursive: true } : { kind: 'read', path }], ANY_PROGRAM) === 'allow'
  }
  return { read: [...plain.map(literal).filter(isWhole), temporary, String(workspace)], devices: DEVICES, isFence: true }
}

/** The path that a pattern without wild cards stands for. */
const literal = (pattern: string): string => pattern.replace(/\\(.)/g, '$1')

/** Whether everything in a folder may be read as it stands now. A tree that is too large to look through counts as one that is not. */
function isFree(folder: string, fence: Fence): boolean {
  const mayRead = (path: string, recursive: boolean): boolean =>
    fence.atOnce([recursive ? { kind: 'read', path, recursive } : { kind: 'read', path }], ANY_PROGRAM) === 'allow'
  if (!mayRead(folder, true)) return false
  const folders = [folder]
  for (let at = 0; at < folders.length; at++) {
    if (at === MOST_FOLDERS) return false
    try {
      for (const entry of readdirSync(folders[at]!, { withFileTypes: true })) {
        const path = join(folders[at]!, entry.name)
        if (!mayRead(path, false)) return false
        if (entry.isDirectory() && !MADE_BY_OTHERS.has(entry.name)) folders.push(path)
      }
    } catch {
      return false
    }
  }
  return true
}
