import { parentPort } from 'node:worker_threads'
import { openProcConnector, type ProcEvent } from './proc-connector.ts'
import { readFolder, readProcess } from './read-process.ts'
import type { FromThread, SeenExec } from './proc-events.ts'

// A thread of its own that waits in the kernel: Node can't poll a netlink socket, and a blocked call must not take a
// thread of its pool. Reads at once what a process runs, for it may be gone a millisecond later.

/** Events that are told together at most. */
const MOST = 200

const port = parentPort
if (!port) throw new Error('This file is the code of a thread.')
const tell = (message: FromThread): void => port.postMessage(message)

const opened = openProcConnector()
if (opened.ok) {
  const connector = opened.value
  const stop = new Int32Array(new SharedArrayBuffer(4))
  tell({ ready: stop })
  while (Atomics.load(stop, 0) === 0) {
    const batch = connector.wait()
    if (batch === 'lost') tell({ lost: true })
    else for (let at = 0; at < batch.length; at += MOST) tell(read(batch.slice(at, at + MOST)))
  }
  connector.close()
} else tell({ failed: opened.error })

function read(events: readonly ProcEvent[]): FromThread {
  const execs: SeenExec[] = []
  const ended: number[] = []
  for (const { kind, pid } of events) {
    if (kind === 'exit') ended.push(pid)
    else {
      const record = readProcess(pid)
      if (record) execs.push({ record, folder: readFolder(pid) })
    }
  }
  return { execs, ended }
}
