import { spawn, type ChildProcess } from 'node:child_process'
import type { Socket } from 'node:net'
import { Worker } from 'node:worker_threads'
import { bubblewrapHere, isInstalled } from './bubblewrap.ts'
import { ownProgram } from './own-programs.ts'
import { SYSTEM_PATH } from './system-path.ts'

/** What a contained run consists of besides the supervisor's main thread. Nothing in them depends on what is run. */
export interface Helpers {
  /** The thread that will answer most calls. */
  thread: Worker
  /** The process that becomes the agent. Absent where bubblewrap may be there: then it starts behind that. */
  launcher?: ChildProcess
}

/** The command of the process that becomes the agent. */
export const LAUNCHER: readonly string[] = [process.execPath, '--disable-warning=ExperimentalWarning', ownProgram('launcher')]

let started: Helpers | undefined

/** Starts them, without keeping this process alive for them: if it ends, they do. */
export function startHelpers(): void {
  if (started) return
  const thread = new Worker(ownProgram('thread'))
  thread.unref()
  started = { thread }
  void bubblewrapHere()
  if (isInstalled()) return
  started.launcher = startLauncher(LAUNCHER)
  started.launcher.unref()
  linkOf(started.launcher).unref()
}

/** Hands them over to the run that needs them. */
export function takeHelpers(): Helpers {
  startHelpers()
  const helpers = started!
  started = undefined
  helpers.thread.ref()
  if (helpers.launcher) {
    helpers.launcher.ref()
    linkOf(helpers.launcher).ref()
  }
  return helpers
}

/** With the terminal of this process, and a link to it as descriptor 3. */
export function startLauncher([program = '', ...args]: readonly string[]): ChildProcess {
  return spawn(program, args, { env: { PATH: SYSTEM_PATH }, stdio: ['inherit', 'inherit', 'inherit', 'pipe'] })
}

/** The supervisor's end of descriptor 3. */
export function linkOf(launcher: ChildProcess): Socket {
  return launcher.stdio[3] as Socket
}
