import { fstatSync } from 'node:fs'
import type { Effect } from '../../contract/effect.ts'
import type { Caller } from './caller.ts'
import { isBelow } from './tree.ts'

type FileKind = Extract<Effect['kind'], 'read' | 'write' | 'delete'>

/**
 * What touching a file means to policy. What belongs to the tree itself has no place that policy could speak of: pipes and
 * sockets, files without a name, and the kernel's own view of the tree's processes (`own`).
 */
export function fileEffects({ real, own }: { real: string; own?: boolean }, kinds: readonly FileKind[], recursive = false): Effect[] {
  if (own === true || /^(pipe|socket):\[\d+\]$|^anon_inode:|^\/memfd:/.test(real)) return []
  // Somewhere that has no path here, as on a file system that was detached while it was open.
  if (!real.startsWith('/')) return [{ kind: 'unknown', reason: 'the file has no place that could be looked at', text: real }]
  const path = real.replace(/ \(deleted\)$/, '')
  // Whose a file was that is gone, nobody can say.
  const isGone = path !== real
  return kinds.map((kind) => ({ kind, path, ...(recursive && { recursive }), ...(isGone && { foreign: true }) }))
}

/** Whether a file is the kernel's view of a process of the tree. In a pid namespace of its own, `/proc` shows no others. */
export function isOwnProcess(caller: Caller, real: string, handle: number): boolean {
  const pid = /^\/proc\/(\d+)(?:\/|$)/.exec(real)?.[1]
  // The first process of a pid namespace is bubblewrap's, and no filter holds it.
  if (pid === undefined || pid === '1') return false
  // Whoever writes into another process is that process from then on, and may what it may; whoever reads it knows what it knows.
  const isElsewhere = caller.procDevice !== undefined && fstatSync(handle).dev === caller.procDevice
  if (/^\/proc\/\d+(\/task\/\d+)?\/mem$/.test(real) && (isElsewhere || Number(pid) !== caller.group)) return false
  return isElsewhere || isBelow(Number(pid), process.pid)
}
