import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import * as z from 'zod'
import { SessionAction } from '../contract/deviation.ts'
import type { Folders } from './folders.ts'

/** What the operator wants of a paused session. */
export const SessionOrder = z.strictObject({ session: z.string().min(1), action: SessionAction })
export type SessionOrder = z.infer<typeof SessionOrder>

/** How often it is looked for orders, in milliseconds. */
const LOOK_AGAIN = 500

/** Where `paddock monitor resume` and `end` leave their orders. In Paddock's own state, where no agent may write. */
export const ordersFolder = (folders: Folders): string => join(folders.state, 'orders')

/** Takes orders that the command line left: each once, by deleting its file. What can't be read is deleted unheard. */
export function takeOrders(folders: Folders, take: (order: SessionOrder) => void): () => void {
  const folder = ordersFolder(folders)
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const looking = setInterval(() => {
    for (const name of namesIn(folder)) {
      if (!name.endsWith('.json')) continue
      const order = read(join(folder, name))
      rmSync(join(folder, name), { force: true })
      if (order) take(order)
    }
  }, LOOK_AGAIN).unref()
  return () => clearInterval(looking)
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder).toSorted()
  } catch {
    return []
  }
}

function read(file: string): SessionOrder | undefined {
  try {
    return SessionOrder.safeParse(JSON.parse(readFileSync(file, 'utf8'))).data
  } catch {
    return undefined
  }
}
