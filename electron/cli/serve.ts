import { join } from 'node:path'
import { startBroker } from '../broker/broker.ts'
import { foldersOf } from '../broker/folders.ts'
import { connectorsFor } from '../connectors/installed.ts'
import { serveHeadless } from '../headless/serve.ts'

const RENDERER = join(import.meta.dirname, '../../out/renderer')

/** `paddock serve`: broker and operator's page in this process, until it is told to end. Gives the exit code. */
export async function serveCommand(version: string, options: { port?: number }): Promise<number> {
  // Before anything is announced: whoever reads the address may already end this.
  const told = toldToEnd()
  const folders = foldersOf(process.env)
  const broker = await startBroker({ folders, version, connectors: connectorsFor(folders), discover: true })
  if (!broker.ok) return problem(broker.error)
  const page = await serveHeadless(broker.value, { ...options, renderer: RENDERER, announce: (line) => console.log(line) })
  if (!page.ok) {
    await broker.value.close()
    return problem(page.error)
  }
  await told
  await page.value.close()
  await broker.value.close()
  return 0
}

function toldToEnd(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => resolve())
  })
}

function problem(message: string): number {
  console.error(message)
  return 1
}
