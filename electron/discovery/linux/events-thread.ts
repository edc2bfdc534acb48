import { basename } from 'node:path'
import { parentPort, workerData } from 'node:worker_threads'
import { openProcConnector } from './proc-connector.ts'
import { executableOf, readFolder, readProcess } from './read-process.ts'
import type { FromThread, SeenExec, ToThread } from './proc-events.ts'

// A thread of its own that waits in the kernel: Node can't poll a netlink socket, and a blocked call must not take a
// thread of its pool. Reads at once what a process runs, for it may be gone a millisecond later.

const port = parentPort
if (!port) throw new Error('This file is the code of a thread.')
const tell = (message: FromThread): void => port.postMessage(message)
const { names, system } = workerData as ToThread
const worthTelling = new Set(names)
const isSystem = new RegExp(system)

const opened = openProcConnector()
if (opened.ok) {
  const connector = opened.value
  const stop = new Int32Array(new SharedArrayBuffer(4))
  tell({ ready: stop })
  while (Atomics.load(stop, 0) === 0) {
    const pids = connector.wait()
    if (pids === 'lost') tell({ lost: true })
    else {
      const execs = pids.flatMap((pid) => read(pid) ?? [])
      if (execs.length > 0) tell({ execs })
    }
  }
  connector.close()
} else tell({ failed: opened.error })

/** The process, unless it is a program of the system that says nothing: most of what is started is. */
function read(pid: number): SeenExec | undefined {
  const exe = executableOf(pid)
  if (exe !== undefined && isSystem.test(exe) && !isNamed(exe)) return undefined
  const record = readProcess(pid)
  return record && { record, folder: readFolder(pid) }
}

/** `python3.12` is worth telling as `python`. */
function isNamed(exe: string): boolean {
  const name = basename(exe)
  return worthTelling.has(name) || worthTelling.has(name.replace(/[-.\d]+$/, ''))
}
