import { foldersOf } from '../broker/folders.ts'
import type { ConnectionChange } from '../connectors/connector.ts'
import { connectorsFor } from '../connectors/installed.ts'
import { confirmOnTerminal, whyNotOperator } from './confirm.ts'

/** `paddock connect|disconnect AGENT`. Gives the exit code. */
export async function connectCommand(
  change: ConnectionChange,
  agent: string,
  options: { yes?: boolean; json?: boolean },
): Promise<number> {
  const connectors = connectorsFor(foldersOf(process.env))
  const connector = connectors.find((one) => one.agent === agent)
  if (!connector) return problem(`Paddock can't connect "${agent}". It knows: ${connectors.map((one) => one.agent).join(', ')}.`)

  const plan = connector.plan(change)
  if (!plan.ok) return problem(plan.error)
  const { diff, digest, file } = plan.value
  if (options.json) console.log(JSON.stringify(plan.value))
  else console.log(diff === '' ? nothingToDo(change, connector.name) : diff)
  if (options.json && !options.yes) return 0
  // A change without a difference still makes Paddock forget a connection that was taken out by hand.
  if (diff !== '') {
    const refusal = options.yes ? whyNotOperator() : undefined
    if (refusal !== undefined) return problem(refusal)
    if (!options.yes && !(await confirmOnTerminal(`Change ${file}?`))) {
      console.error('Nothing was changed.')
      return 1
    }
  }
  const applied = connector.apply(change, digest)
  if (!applied.ok) return problem(applied.error)
  if (diff !== '' && !options.json) console.log(done(change, connector.name))
  return 0
}

function nothingToDo(change: ConnectionChange, name: string): string {
  return change === 'connect' ? `${name} is connected already.` : `${name} is not connected.`
}

function done(change: ConnectionChange, name: string): string {
  return change === 'connect'
    ? `${name} is connected; start it anew where it is running. Without a running Paddock its calls are refused.`
    : `${name} is not connected any more.`
}

function problem(message: string): number {
  console.error(message)
  return 2
}
