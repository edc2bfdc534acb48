import { execFile } from 'node:child_process'
import { existsSync, readlinkSync, statSync } from 'node:fs'
import { SYSTEM_PATH } from './system-path.ts'
import { allBelow } from './tree.ts'

/**
 * An extra wall where bubblewrap is installed and works: the agent sees no process but its own tree, shares no memory or message queue
 * with others, does not see what is kept from it, and has no network but the sockets that the supervisor makes for it.
 */
export interface Bubblewrap {
  version: string
  /** Whether it can make a network namespace, too: some containers do not let it. */
  ownNetwork: boolean
}

const NAMESPACES = ['--unshare-pid', '--unshare-ipc', '--unshare-uts', '--unshare-cgroup-try', '--die-with-parent']
const OWN_NETWORK = '--unshare-net'
/** The whole machine as it is, and a view of the processes that shows the tree only. */
const VIEW = ['--dev-bind', '/', '/', '--proc', '/proc']

let found: Promise<Bubblewrap | undefined> | undefined

/** What bubblewrap can do here, if it is installed and can make namespaces at all: some systems do not let users do that. Looks once. */
export function bubblewrapHere(): Promise<Bubblewrap | undefined> {
  return (found ??= isInstalled() ? tryBubblewrap() : Promise.resolve(undefined))
}

/** Whether there is a program of its name. */
export function isInstalled(): boolean {
  return SYSTEM_PATH.split(':').some((folder) => existsSync(`${folder}/bwrap`))
}

async function tryBubblewrap(): Promise<Bubblewrap | undefined> {
  for (const ownNetwork of [true, false]) {
    const version = await versionBehind(ownNetwork ? [...NAMESPACES, OWN_NETWORK] : NAMESPACES)
    if (version !== undefined) return { version, ownNetwork }
  }
  return undefined
}

function versionBehind(namespaces: readonly string[]): Promise<string | undefined> {
  return new Promise((resolve) =>
    execFile('bwrap', [...VIEW, ...namespaces, '--', 'bwrap', '--version'], { env: { PATH: SYSTEM_PATH } }, (error, stdout) =>
      resolve(error ? undefined : stdout.trim().replace(/^bubblewrap /, '')),
    ),
  )
}

/** The command that runs another one behind this wall, where these paths are covered with nothing. */
export function bubblewrapped(command: readonly string[], hidden: readonly string[], { ownNetwork }: Bubblewrap): string[] {
  const covered = hidden.flatMap((path) => (statSync(path).isDirectory() ? ['--tmpfs', path] : ['--ro-bind', '/dev/null', path]))
  return ['bwrap', ...VIEW, ...covered, ...NAMESPACES, ...(ownNetwork ? [OWN_NETWORK] : []), '--', ...command]
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
