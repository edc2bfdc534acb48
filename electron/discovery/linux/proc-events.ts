import { basename } from 'node:path'
import { err, ok, type Result } from '../../contract/result.ts'
import type { ProcessEvents, SeenExec, WorthHearing } from '../observer.ts'
import { openProcConnector } from './proc-connector.ts'
import { executableOf, readFolder, readProcess } from './read-process.ts'

/** So many that wait are handed over together. */
const MANY = 500

/**
 * Hears of programs as they are started. The kernel sends SIGURG when it has something to tell, because Node can't poll a
 * netlink socket, and a thread that waits in the kernel would cost 20 MB. What a process runs is read at once: it may be
 * gone a millisecond later. The error says why that can't be had here.
 */
export function procEvents({ names, system }: WorthHearing, onEvents: (execs: SeenExec[]) => void, onLost: () => void): Result<ProcessEvents, string> {
  if (process.platform !== 'linux') return err('Only Linux tells of processes as they start.')
  const worth = new Set(names)
  const read = (pid: number): SeenExec[] => {
    const exe = executableOf(pid)
    // Most of what is started is a program of the system that says nothing. `python3.12` is worth telling as `python`.
    if (exe !== undefined && system.test(exe) && !worth.has(basename(exe)) && !worth.has(basename(exe).replace(/[-.\d]+$/, ''))) return []
    const record = readProcess(pid)
    return record ? [{ record, folder: readFolder(pid) }] : []
  }
  const opened = openProcConnector()
  if (!opened.ok) return opened
  const connector = opened.value
  // Reading comes first and is quick; what is made of it takes longer, and waits whenever there is more to read.
  const waiting: SeenExec[] = []
  const handOver = (): void => {
    onEvents(waiting.length > MANY ? waiting.splice(0) : waiting.splice(0, 1))
    if (waiting.length > 0) setImmediate(handOver)
  }
  const take = (): void => {
    const pids = connector.read()
    if (pids === 'lost') return onLost()
    const execs = pids.flatMap(read)
    if (waiting.length === 0 && execs.length > 0) setImmediate(handOver)
    waiting.push(...execs)
  }
  process.on('SIGURG', take)
  // For what was told before anybody listened.
  take()
  return ok({
    stop: () => {
      process.off('SIGURG', take)
      connector.close()
    },
  })
}
