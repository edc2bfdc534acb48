import { existsSync, readlinkSync } from 'node:fs'
import type { FenceTerms } from '../../contract/containment.ts'
import { expandBraces } from '../../policy/glob.ts'
import { expanded, type Fence } from '../fence.ts'

const THE_AGENT = { isAgent: true, isTransparent: true, program: '', argv: [] }

/** Secrets that policy keeps from the agent, and that are in a place of their own: they can be covered with nothing. */
export function hiddenBy(terms: FenceTerms, fence: Fence): string[] {
  const patterns = [terms.variables['secrets'] ?? []].flat().flatMap((pattern) => expandBraces(pattern) ?? [])
  const paths = patterns.flatMap((pattern) => expanded([pattern], terms)).map((path) => path.replace(/\/\*\*$/, '').replace(/\\(.)/g, '$1'))
  return [...new Set(paths)]
    .filter((path) => path.startsWith('/') && !/[*?[]/.test(path) && existsSync(path))
    .filter((path) => fence.atOnce([{ kind: 'read', path }], THE_AGENT) !== 'allow' && !isLink(path))
}

function isLink(path: string): boolean {
  try {
    readlinkSync(path)
    return true
  } catch {
    return false
  }
}
