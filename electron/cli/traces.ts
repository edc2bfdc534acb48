import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'
import { createGunzip } from 'node:zlib'
import { foldersOf } from '../broker/folders.ts'
import { managedFolder } from '../discovery/open.ts'
import { addedKnowledge, loadMonitorKnowledge } from '../broker/monitor-files.ts'
import { loadShipped } from '../broker/policy-files.ts'
import { err, ok, type Result } from '../contract/result.ts'
import type { Replay } from '../monitor/replay.ts'

/** What recorded sessions are weighed with: what is shipped, and what the user and IT add to it. Errors are `file:line:column: why`. */
export function shippedReplay(): Result<Replay, string[]> {
  const folders = foldersOf(process.env)
  const shipped = loadShipped(folders.shipped)
  if (!shipped.ok) return shipped
  const added = addedKnowledge({ config: folders.config, managed: managedFolder() })
  if (!added.ok) return err([added.error])
  const monitor = loadMonitorKnowledge(folders.shipped, shipped.value.knowledge.secrets, added.value)
  return monitor.ok ? ok({ effects: shipped.value.knowledge, monitor: monitor.value }) : monitor
}

/** The lines of a file of traces, one after the other; `.gz` is unpacked. Throws what the file system says. */
export async function* traceLines(file: string): AsyncGenerator<string> {
  const input = createReadStream(file)
  const text = file.endsWith('.gz') ? input.pipe(createGunzip()) : input
  let failed: Error | undefined
  const fail = (error: Error): void => {
    failed = error
    text.destroy()
  }
  input.on('error', fail)
  text.on('error', fail)
  for await (const line of createInterface({ input: text, crlfDelay: Infinity })) if (line.trim() !== '') yield line
  if (failed) throw failed
}
