import { extname, join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { err, ok, type Result } from '../../contract/result.ts'
import type { ProcessRecord } from '../process-record.ts'

/** A program that has just been started, read before anything else could happen to it. */
export interface SeenExec {
  record: ProcessRecord
  folder: string | undefined
}

/** What the thread says. */
export type FromThread =
  | { ready: Int32Array }
  | { failed: string }
  /** Events were dropped: whoever keeps a list must read it anew. */
  | { lost: true }
  | { execs: SeenExec[] }

/** Which programs of the system's own folders are worth telling of; all others are. */
export interface ToThread {
  names: readonly string[]
  /** A regular expression for paths of the system's own folders. */
  system: string
}

export interface ProcEvents {
  stop(): void
}

/** How long the thread may take to start, in milliseconds. */
const PATIENCE = 3000
/** It keeps nothing, so that a small heap is enough; in megabytes. */
const THREAD_LIMITS = { maxOldGenerationSizeMb: 64, maxYoungGenerationSizeMb: 2 }

/** Hears of programs as they are started, in a thread of its own. The error says why that can't be had here. */
export function procEvents(options: ToThread, onEvents: (execs: SeenExec[]) => void, onLost: () => void): Promise<Result<ProcEvents, string>> {
  if (process.platform !== 'linux') return Promise.resolve(err('Only Linux tells of processes as they start.'))
  return new Promise((resolve) => {
    const thread = new Worker(join(import.meta.dirname, `events-thread${extname(import.meta.filename)}`), { workerData: options, resourceLimits: THREAD_LIMITS })
    const fail = (why: string): void => {
      clearTimeout(timer)
      resolve(err(why))
      void thread.terminate()
    }
    const timer = setTimeout(() => fail('The thread for process events did not start.'), PATIENCE)
    thread.unref()
    thread.on('error', (error) => fail(error.message))
    thread.on('message', (message: FromThread) => {
      if ('ready' in message) {
        clearTimeout(timer)
        resolve(ok({ stop: () => void Atomics.store(message.ready, 0, 1) }))
      } else if ('failed' in message) fail(message.failed)
      else if ('lost' in message) onLost()
      else onEvents(message.execs)
    })
  })
}
