import { spawn } from 'node:child_process'
import { nodeBeside } from '../connectors/node-beside.ts'

/** What Paddock is made for; `process.execve` and `Map.groupBy` are not in earlier ones. */
export const OLDEST_NODE = 24

/**
 * Runs this same command on the Node that is installed beside Paddock, for whoever started it with an older one (`#!/usr/bin/env node` takes
 * what the PATH has), and ends as that does.
 */
export function runOnOwnNode(): void {
  const node = nodeBeside()
  if (node === undefined) {
    console.error(`Paddock needs Node ${OLDEST_NODE} and this is ${process.version}. Start it with a newer one.`)
    process.exitCode = 2
    return
  }
  const child = spawn(node, process.argv.slice(1), { stdio: 'inherit' })
  // From a terminal they reach both; what is sent to this process alone is meant for the command.
  for (const signal of ['SIGINT', 'SIGQUIT'] as const) process.on(signal, () => {})
  for (const signal of ['SIGTERM', 'SIGHUP'] as const) process.on(signal, () => child.kill(signal))
  child.once('exit', (code, signal) => {
    process.removeAllListeners()
    if (signal) process.kill(process.pid, signal)
    else process.exitCode = code ?? 1
  })
}
