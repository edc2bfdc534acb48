import koffi from 'koffi'
import type { ProcessKey } from '../process-record.ts'
import { isStill } from './read-process.ts'

/** System call numbers, the same on all architectures. */
const PIDFD_SEND_SIGNAL = 424
const PIDFD_OPEN = 434
const SIGNALS = { SIGSTOP: 19, SIGCONT: 18, SIGTERM: 15, SIGKILL: 9 } as const
export type SignalName = keyof typeof SIGNALS

/**
 * Sends a signal to exactly this process: a handle is taken, then the start time is compared, then the handle is used, so that
 * a number that is used again in between can't hit a stranger. False when the process is gone or belongs to somebody else.
 */
export function signalExactly(target: ProcessKey, signal: SignalName): boolean {
  const calls = bindings()
  const handle = calls.open(PIDFD_OPEN, target.pid, 0)
  if (handle < 0) return false
  try {
    return isStill(target) && calls.send(PIDFD_SEND_SIGNAL, handle, SIGNALS[signal], null, 0) === 0
  } finally {
    calls.close(handle)
  }
}

interface Calls {
  open(number: number, pid: number, flags: number): number
  send(number: number, handle: number, signal: number, info: null, flags: number): number
  close(handle: number): number
}
let calls: Calls | undefined

function bindings(): Calls {
  const c = koffi.load(null)
  calls ??= {
    open: c.func('syscall', 'long', ['long', 'int', 'uint']) as Calls['open'],
    send: c.func('syscall', 'long', ['long', 'int', 'int', 'void *', 'uint']) as Calls['send'],
    close: c.func('int close(int fd)') as Calls['close'],
  }
  return calls
}
