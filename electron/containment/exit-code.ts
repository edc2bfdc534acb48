import type { ChildProcess } from 'node:child_process'
import { constants } from 'node:os'

/** The exit code of a process when it ends, as a shell gives it: 128 and the number of the signal that ended it. */
export function exitCodeOf(child: ChildProcess): Promise<number> {
  return new Promise((resolve) => {
    child.once('exit', (code, signal) => resolve(code ?? 128 + (signal ? constants.signals[signal] : 0)))
  })
}
