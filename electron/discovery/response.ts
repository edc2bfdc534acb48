import type { ResponseAction } from '../contract/finding.ts'
import { err, ok, type Result } from '../contract/result.ts'
import { ProcessTable } from './linux/process-table.ts'
import { signalExactly, type SignalName } from './linux/signal.ts'
import type { ProcessKey, ProcessRecord } from './process-record.ts'

/** A process as a report names it. */
export interface Target {
  pid: number
  /** Milliseconds since the epoch. */
  startedAt: number
}

/** Why nothing was done. With `asks` it would be done if it was confirmed for these processes too. */
export interface Refusal {
  message: string
  asks: readonly number[]
}

/** A tree that goes on growing is stopped in as many rounds at most. */
const ROUNDS = 8
/** How long processes that are told to end may take, in milliseconds. */
const GRACE = 3000

/**
 * Pauses, resumes or ends an agent with everything that it has started, each process by number and start time. `others` are
 * processes in the tree that are not its own, such as another agent: without `confirmed` nothing is touched then.
 */
export function respond(action: ResponseAction, target: Target, { others, confirmed }: { others: ReadonlySet<number>; confirmed: boolean }): Result<number[], Refusal> {
  if (process.platform !== 'linux') return err({ message: 'Only on Linux a process can be held so that no other is hit in its place. End it with the tools of your system.', asks: [] })
  const first = treeNow(target)
  if (!first) return err({ message: 'This process has ended.', asks: [] })
  if (first.some(({ pid }) => pid === process.pid)) return err({ message: 'Paddock itself was started by this process, so it leaves it alone.', asks: [] })
  const strangers = first.filter(({ pid }) => others.has(pid))
  if (strangers.length > 0 && !confirmed) {
    const names = strangers.map(({ pid, comm }) => `${comm} (${pid})`).join(', ')
    return err({ message: `This would also ${action} ${names}, which the agent started but which are not its own.`, asks: strangers.map(({ pid }) => pid) })
  }
  const touched = action === 'resume' ? signalAll(first.toReversed(), 'SIGCONT') : pauseTree(target, first)
  if (touched.length === 0) return err({ message: `This process can not be touched: it has ended, or belongs to another user.`, asks: [] })
  if (action === 'end') endAll(touched)
  return ok(touched.map(({ pid }) => pid))
}

/** Stops from the top, and again what was started meanwhile. */
function pauseTree(target: Target, first: readonly ProcessRecord[]): ProcessRecord[] {
  const stopped = new Map(signalAll(first, 'SIGSTOP').map((one) => [one.pid, one]))
  for (let round = 1; round < ROUNDS; round++) {
    const fresh = (treeNow(target) ?? []).filter(({ pid }) => !stopped.has(pid))
    if (fresh.length === 0) break
    for (const one of signalAll(fresh, 'SIGSTOP')) stopped.set(one.pid, one)
  }
  return [...stopped.values()]
}

/** What is stopped gets the request to end when it goes on, and is ended if it does not. */
function endAll(stopped: readonly ProcessRecord[]): void {
  signalAll(stopped, 'SIGTERM')
  signalAll(stopped, 'SIGCONT')
  setTimeout(() => signalAll(stopped, 'SIGKILL'), GRACE).unref()
}

function signalAll<T extends ProcessKey>(targets: readonly T[], signal: SignalName): T[] {
  return targets.filter((one) => signalExactly(one, signal))
}

/** The process and everything below it, itself first; undefined when it is not there any more. */
function treeNow({ pid, startedAt }: Target): ProcessRecord[] | undefined {
  const table = new ProcessTable()
  table.look(true)
  const root = table.all.get(pid)
  if (!root || root.startedAt !== startedAt) return undefined
  const children = Map.groupBy(table.all.values(), ({ parent }) => parent)
  const tree = [root]
  for (const one of tree) tree.push(...(children.get(one.pid) ?? []))
  return tree
}
