import { spawnSync } from 'node:child_process'
import { existsSync, readlinkSync, statSync } from 'node:fs'
import type { FenceTerms } from '../../contract/containment.ts'
import { expandBraces } from '../../policy/glob.ts'
import { expanded, type Fence } from '../fence.ts'
import { allBelow } from './tree.ts'

/**
 * An extra wall where bubblewrap is installed and works: the agent sees no process but its own tree, shares no memory or message queue
 * with others, and does not see what is kept from it. Its network stays this machine's, because the services that it may use are there.
 */

const NAMESPACES = ['--unshare-pid', '--unshare-ipc', '--unshare-uts', '--unshare-cgroup-try', '--die-with-parent']
/** The whole machine as it is, and a view of the processes that shows the tree only. */
const VIEW = ['--dev-bind', '/', '/', '--proc', '/proc']
const THE_AGENT = { isAgent: true, isTransparent: true, program: '', argv: [] }

/** The version of bubblewrap, if it can make these namespaces here: some systems do not let users do that. */
export function bubblewrapVersion(): string | undefined {
  const tried = spawnSync('bwrap', [...VIEW, ...NAMESPACES, '--', 'bwrap', '--version'], { encoding: 'utf8', env: { PATH: PATHS } })
  return tried.status === 0 ? tried.stdout.trim().replace(/^bubblewrap /, '') : undefined
}

/** Not the user's PATH, in which an agent may have put something. */
const PATHS = '/usr/local/bin:/usr/bin:/bin'

/** The command that runs another one behind this wall. */
export function bubblewrapped(command: readonly string[], terms: FenceTerms, fence: Fence): string[] {
  return ['bwrap', ...VIEW, ...hidden(terms, fence), ...NAMESPACES, '--', ...command]
}

/** Secrets that policy keeps from the agent, and that are in a place of their own: covered with nothing. */
function hidden(terms: FenceTerms, fence: Fence): string[] {
  const patterns = [terms.variables['secrets'] ?? []].flat().flatMap((pattern) => expandBraces(pattern) ?? [])
  const paths = patterns.flatMap((pattern) => expanded([pattern], terms)).map((path) => path.replace(/\/\*\*$/, '').replace(/\\(.)/g, '$1'))
  return [...new Set(paths)]
    .filter((path) => path.startsWith('/') && !/[*?[]/.test(path) && existsSync(path))
    .filter((path) => fence.atOnce([{ kind: 'read', path }], THE_AGENT) !== 'allow' && readlinkIfLink(path) === undefined)
    .flatMap((path) => (statSync(path).isDirectory() ? ['--tmpfs', path] : ['--ro-bind', '/dev/null', path]))
}

function readlinkIfLink(path: string): string | undefined {
  try {
    return readlinkSync(path)
  } catch {
    return undefined
  }
}

/** The process behind the wall that runs this program; undefined while there is none yet. */
export function processBehind(bubblewrap: number, program: string): number | undefined {
  return allBelow(bubblewrap).find(({ pid }) => readlinkIfLink(`/proc/${pid}/exe`) === program)?.pid
}
