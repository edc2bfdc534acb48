import { foldersOf } from '../broker/folders.ts'
import { askBroker } from '../connectors/ask-broker.ts'

/** Below the shortest time that agents give their hooks by default. */
const WAIT_MS = 25_000

/** `paddock hook AGENT`, for settings written by hand. Ends the process. */
export function hookCommand(agent: string): void {
  askBroker(agent, foldersOf(process.env).endpoint, WAIT_MS)
}
