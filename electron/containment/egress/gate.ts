import type { Socket } from 'node:net'
import { err, ok, type Result } from '../../contract/result.ts'
import { addressOf } from './addresses.ts'
import { dial } from './dial.ts'
import { pinnedAddresses } from './pin.ts'
import { refusal, type Refusal } from './refusal.ts'
import type { Client, Destination, EgressRules } from './rules.ts'

/**
 * The one way out: asks, looks the name up, drops what is not public, and connects to what is left. `host` is canonical.
 * Ends early when `gone` aborts.
 */
export async function passGate(destination: Destination, client: Socket, rules: EgressRules, gone: AbortSignal): Promise<Result<Socket, Refusal>> {
  try {
    const { host, port } = destination
    const address = addressOf(host)
    const verdict = await rules.decide(address === undefined ? destination : { ...destination, address }, gone, clientOf(client))
    if (!verdict.allowed) return err(refusal('denied', verdict.message))
    if (gone.aborted) return err(refusal('broken', 'The client went away.'))
    const addresses = await pinnedAddresses({ host, port }, verdict.named === true, rules)
    return addresses.ok ? await dial(addresses.value, port, gone) : addresses
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    return err(refusal('denied', `Paddock could not judge this connection, so it does not happen: ${reason}`))
  }
}

/** The other end of a connection. */
export function clientOf({ remotePort }: Socket): Client | undefined {
  return remotePort === undefined ? undefined : { over: 'tcp', port: remotePort }
}

/** A port that a connection can be made to. */
export function portOf(text: string | number): Result<number, Refusal> {
  const port = Number(text)
  return Number.isInteger(port) && port > 0 && port < 65_536 ? ok(port) : err(refusal('malformed', `There is no port ${text}.`))
}
