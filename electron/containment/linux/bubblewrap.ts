import { spawnSync } from 'node:child_process'
import { readlinkSync, statSync } from 'node:fs'
import { SYSTEM_PATH } from './helpers.ts'
import { allBelow } from './tree.ts'

/**
 * An extra wall where bubblewrap is installed and works: the agent sees no process but its own tree, shares no memory or message queue
 * with others, and does not see what is kept from it. Its network stays this machine's, because the services that it may use are there.
 */

const NAMESPACES = ['--unshare-pid', '--unshare-ipc', '--unshare-uts', '--unshare-cgroup-try', '--die-with-parent']
/** The whole machine as it is, and a view of the processes that shows the tree only. */
const VIEW = ['--dev-bind', '/', '/', '--proc', '/proc']

/** The version of bubblewrap, if it can make these namespaces here: some systems do not let users do that. */
export function bubblewrapVersion(): string | undefined {
  const tried = spawnSync('bwrap', [...VIEW, ...NAMESPACES, '--', 'bwrap', '--version'], { encoding: 'utf8', env: { PATH: SYSTEM_PATH } })
  return tried.status === 0 ? tried.stdout.trim().replace(/^bubblewrap /, '') : undefined
}

/** The command that runs another one behind this wall, where these paths are covered with nothing. */
export function bubblewrapped(command: readonly string[], hidden: readonly string[]): string[] {
  const covered = hidden.flatMap((path) => (statSync(path).isDirectory() ? ['--tmpfs', path] : ['--ro-bind', '/dev/null', path]))
  return ['bwrap', ...VIEW, ...covered, ...NAMESPACES, '--', ...command]
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
