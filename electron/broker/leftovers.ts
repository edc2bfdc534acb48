import { readdirSync, readFileSync } from 'node:fs'
import { allBelow, identify } from '../containment/linux/tree.ts'
import { processesBelow } from '../containment/macos/tree.ts'
import { readProcess, type ProcessId } from './processes.ts'

/**
 * The processes of a contained run, by the mark that its launcher put into their environment. A process that was started without it
 * (`env -i`) is not found; the kernel still refuses it everything that would have been asked about.
 */
export function processesOfRun(session: string): ProcessId[] {
  const mark = `PADDOCK_RUN=${session}`
  return namesIn('/proc')
    .filter((name) => /^\d+$/.test(name) && environmentOf(name).includes(mark))
    .flatMap((name) => readProcess(Number(name)) ?? [])
}

/** A process and everything below it, as it stands. */
export function treeOf(root: ProcessId): ProcessId[] {
  if (!isAlive(root)) return []
  const below = process.platform === 'darwin' ? processesBelow(root.pid).flatMap((pid) => readProcess(pid) ?? []) : allBelow(root.pid)
  return [...below, root]
}

/** Whether a process runs; one that has ended and only waits for its parent to hear of it does not. */
export function isAlive({ pid, startedAt }: ProcessId): boolean {
  // macOS tells nothing of those.
  if (process.platform === 'darwin') return readProcess(pid)?.startedAt === startedAt
  const found = identify(pid)
  return found?.startedAt === startedAt && !found.hasEnded
}

/** Ends processes for good, each only if its number still means it. */
export function endProcesses(processes: readonly ProcessId[]): void {
  for (const { pid, startedAt } of processes) {
    if (readProcess(pid)?.startedAt !== startedAt) continue
    try {
      process.kill(pid, 'SIGKILL')
    } catch {
      // It ended by itself.
    }
  }
}

/** Whether all of these processes end in this time, in milliseconds. */
export async function endedWithin(processes: readonly ProcessId[], time: number): Promise<boolean> {
  const until = Date.now() + time
  while (processes.some(isAlive)) {
    if (Date.now() > until) return false
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  return true
}

function environmentOf(pid: string): string[] {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'latin1').split('\0')
  } catch {
    return []
  }
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}
