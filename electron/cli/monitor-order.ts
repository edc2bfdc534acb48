import { randomUUID } from 'node:crypto'
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { foldersOf } from '../broker/folders.ts'
import { ordersFolder, type SessionOrder } from '../broker/session-orders.ts'
import { confirmOnTerminal } from './confirm.ts'

/** How long the broker has to take an order, in milliseconds. */
const PATIENCE = 5000
const STEP = 100

/**
 * `paddock monitor resume|end SESSION`: lets a paused session go on, or denies everything that it still wants. Asks at the terminal, because only a
 * person may. Exit code 1 when nobody confirms or no broker takes it.
 */
export async function monitorOrder(order: SessionOrder): Promise<number> {
  const question = order.action === 'resume' ? `Let session ${order.session} go on? What the monitor has found so far counts no more.` : `End session ${order.session}? Everything that it still wants is denied.`
  if (!(await confirmOnTerminal(question))) return 1
  const folder = ordersFolder(foldersOf(process.env))
  const file = join(folder, `${randomUUID()}.json`)
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  writeFileSync(`${file}.new`, JSON.stringify(order), { mode: 0o600 })
  renameSync(`${file}.new`, file)
  for (let waited = 0; waited < PATIENCE; waited += STEP) {
    if (!existsSync(file)) {
      console.log('Told the broker. What came of it: paddock log tail')
      return 0
    }
    await sleep(STEP)
  }
  rmSync(file, { force: true })
  console.error('No broker took it. Is it running? See: paddock status')
  return 1
}
