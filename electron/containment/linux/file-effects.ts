import type { Effect } from '../../contract/effect.ts'
import { isBelow } from './tree.ts'

type FileKind = Extract<Effect['kind'], 'read' | 'write' | 'delete'>

/**
 * What touching a file means to policy. What belongs to the tree itself has no place that policy could speak of: pipes and
 * sockets, files without a name, and the kernel's own view of the tree's processes.
 */
export function fileEffects(real: string, kinds: readonly FileKind[], recursive = false): Effect[] {
  if (!real.startsWith('/') || real.startsWith('/memfd:') || isOwnProcess(real)) return []
  const path = real.replace(/ \(deleted\)$/, '')
  return kinds.map((kind) => (recursive ? { kind, path, recursive: true } : { kind, path }))
}

function isOwnProcess(real: string): boolean {
  const pid = /^\/proc\/(\d+)(?:\/|$)/.exec(real)?.[1]
  return pid !== undefined && isBelow(Number(pid), process.pid)
}
