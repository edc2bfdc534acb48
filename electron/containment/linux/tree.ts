import { readdirSync } from 'node:fs'
import { readProcFile } from './proc-file.ts'

/** A process by number and start time (clock ticks since boot): together they name it even when the number is used again. */
export interface ProcessIdentity {
  pid: number
  startedAt: number
}

/** A process and its parent, and whether it has ended and only its exit status is left, from `/proc/PID/stat` (proc_pid_stat(5)); undefined when there is none. */
export function identify(pid: number): (ProcessIdentity & { parent: number; hasEnded: boolean }) | undefined {
  try {
    const stat = readProcFile(`/proc/${pid}/stat`, 'latin1')
    // The name in the second field may hold anything, so fields are counted from the last closing bracket.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return { pid, parent: Number(fields[1]), startedAt: Number(fields[19]), hasEnded: fields[0] === 'Z' }
  } catch {
    return undefined
  }
}

/** Whether a process was started below this one. What detaches itself comes to the supervisor, as its child subreaper. */
export function isBelow(pid: number, ancestor: number): boolean {
  const seen = new Set<number>()
  for (let at = identify(pid); at && !seen.has(at.pid); at = identify(at.parent)) {
    if (at.parent === ancestor) return true
    seen.add(at.pid)
  }
  return false
}

/** All processes below one that still run, children before their own children. */
export function allBelow(ancestor: number): ProcessIdentity[] {
  return below(ancestor).filter(({ hasEnded }) => !hasEnded)
}

/** Those that have ended and wait for their parent, which is `ancestor`, to hear of it. */
export function endedChildren(ancestor: number): ProcessIdentity[] {
  return below(ancestor).filter(({ hasEnded, parent }) => hasEnded && parent === ancestor)
}

function below(ancestor: number): (ProcessIdentity & { parent: number; hasEnded: boolean })[] {
  const children = new Map<number, (ProcessIdentity & { parent: number; hasEnded: boolean })[]>()
  for (const name of readdirSync('/proc')) {
    const found = /^\d+$/.test(name) ? identify(Number(name)) : undefined
    if (found) children.set(found.parent, [...(children.get(found.parent) ?? []), found])
  }
  const found = [...(children.get(ancestor) ?? [])]
  for (const each of found) found.push(...(children.get(each.pid) ?? []))
  return found
}
