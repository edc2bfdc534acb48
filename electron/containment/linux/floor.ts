import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { FenceTerms } from '../../contract/containment.ts'
import { expanded, variablesIn, type Fence } from '../fence.ts'
import type { Floor } from './landlock.ts'

/** Folders of a workspace that are looked into before an agent starts; what is left after that is read through the supervisor. */
const MOST_FOLDERS = 2000
/** Made by package managers, with thousands of folders and nothing of the user's: granted whole unless a rule names something in them. */
const MADE_BY_OTHERS = new Set(['node_modules', '.venv', 'venv', '.tox'])
const DEVICES = ['/dev/null', '/dev/zero', '/dev/full', '/dev/random', '/dev/urandom']
const ANY_PROGRAM = { isAgent: false, isTransparent: false, program: '', argv: [] }

/**
 * What the kernel may grant by itself: folders of the system, and the parts of the workspace in which nothing is kept from being
 * read now. Leaving something out costs time and never correctness: it is then read through the supervisor.
 */
export function floorFor(terms: FenceTerms, fence: Fence): Floor {
  const plain = expanded(terms.knowledge.plain, terms).map((path) => path.replace(/\\(.)/g, '$1')).filter((path) => existsSync(path))
  return { read: [...plain, ...readableParts(String(variablesIn(terms).workspace), fence)], devices: DEVICES }
}

/** The largest folders, and single files beside what is kept, that may be read with all that is below them. */
function readableParts(workspace: string, fence: Fence): string[] {
  const mayRead = (path: string, recursive: boolean): boolean =>
    fence.atOnce([recursive ? { kind: 'read', path, recursive } : { kind: 'read', path }], ANY_PROGRAM) === 'allow'
  let looked = 0

  /** Whether all of a folder may be read; if not, the parts of it that may are in `parts`. */
  const look = (folder: string, parts: string[]): boolean => {
    if (++looked > MOST_FOLDERS || !mayRead(folder, true)) return false
    const inside: string[] = []
    let whole = true
    try {
      for (const entry of readdirSync(folder, { withFileTypes: true })) {
        const path = join(folder, entry.name)
        const free = !entry.isDirectory() || MADE_BY_OTHERS.has(entry.name) ? mayRead(path, entry.isDirectory()) : look(path, inside)
        if (!free) whole = false
        else if (!entry.isSymbolicLink()) inside.push(path)
      }
    } catch {
      return false
    }
    if (!whole) parts.push(...inside)
    return whole
  }
  const parts: string[] = []
  return look(workspace, parts) ? [workspace] : parts
}
