import type { Socket } from 'node:net'
import type { Context } from './context.ts'
import { passGate, portOf } from './gate.ts'
import { hangUp } from './hang-up.ts'
import { ReadAhead } from './read-ahead.ts'
import type { Refusal } from './refusal.ts'
import { carryTunnel } from './tunnel.ts'

/** How a client is answered, in its protocol. */
export interface TunnelReplies {
  opened: string | Buffer
  refused(refusal: Refusal): string | Buffer
  /** Takes over a tunnel of plain HTTP, whose requests are judged one by one. */
  plain(destination: { host: string; port: number }): void
}

/** A tunnel there is read as plain HTTP, so that rules for methods and paths hold, and secrets reach it. */
const HTTP = 80

/** A client that asked for a tunnel: judges, connects, answers, carries. `early` has been read from the client. */
export async function openTunnel(client: Socket, early: Buffer, target: { host: string; port: number }, context: Context, replies: TunnelReplies): Promise<void> {
  const port = portOf(target.port)
  if (!port.ok) return hangUp(client, replies.refused(port.error))
  if (target.port === HTTP) {
    client.write(replies.opened)
    if (early.length > 0) client.unshift(early)
    return replies.plain(target)
  }
  const ahead = new ReadAhead(client, early, context.closing)
  const server = await passGate(target, client, context.rules, ahead.gone)
  const read = ahead.release()
  if (ahead.gone.aborted) {
    if (server.ok) server.value.destroy()
    return void client.destroy()
  }
  if (!server.ok) return hangUp(client, replies.refused(server.error))
  client.write(replies.opened)
  const contradiction = await carryTunnel(client, server.value, read, target, context.patienceMs)
  if (contradiction) context.onContradiction(target, contradiction)
}
