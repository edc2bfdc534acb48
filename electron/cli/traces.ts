import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'
import { createGunzip } from 'node:zlib'
import { foldersOf } from '../broker/folders.ts'
import { loadMonitorKnowledge } from '../broker/monitor-files.ts'
import { loadShipped } from '../broker/policy-files.ts'
import { ok, type Result } from '../contract/result.ts'
import type { Replay } from '../monitor/replay.ts'

/** What recorded sessions are weighed with: the shipped knowledge. Errors mean a damaged installation. */
export function shippedReplay(): Result<Replay, string[]> {
  const folders = foldersOf(process.env)
  const shipped = loadShipped(folders.shipped)
  if (!shipped.ok) return shipped
  const monitor = loadMonitorKnowledge(folders.shipped, shipped.value.knowledge.secrets)
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
