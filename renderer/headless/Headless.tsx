import { useEffect, useState } from 'react'
import { operatorClient, type OperatorClient } from '../../electron/contract/operator-client.ts'
import { Console } from '../console/Console.tsx'
import { PromptQueue } from '../prompt/PromptQueue.tsx'
import { useBroker } from '../ui/use-broker.ts'
import { openChannel, signIn } from './session.ts'

/** Milliseconds between attempts to reach a broker that is gone. */
const RETRY_MS = 2000

type Standing =
  | { at: 'signing-in' }
  | { at: 'refused'; message: string }
  | { at: 'open'; client: OperatorClient; connection: number }

/** The operator's page in a browser: the console, with the prompt docked beside it while something waits. */
export function Headless() {
  const standing = useStanding()
  switch (standing.at) {
    case 'signing-in':
      return <main className="plain-page" aria-busy="true" />
    case 'refused':
      return <Refused message={standing.message} />
    case 'open':
      return <Operator key={standing.connection} client={standing.client} />
  }
}

function Refused({ message }: { message: string }) {
  return (
    <main className="plain-page">
      <h1>Paddock did not let this page in</h1>
      <p>{message}</p>
      <p>Agents stay held meanwhile: a call that policy does not allow waits, then is denied.</p>
    </main>
  )
}

function Operator({ client }: { client: OperatorClient }) {
  const broker = useBroker(client)
  return (
    <div className="headless">
      <Console client={client} broker={broker} />
      <aside className="dock" aria-label="Waiting requests">
        <PromptQueue client={client} broker={broker} />
      </aside>
    </div>
  )
}

/** Signs in, and again after the connection is lost, until the server answers. */
function useStanding(): Standing {
  const [standing, setStanding] = useState<Standing>({ at: 'signing-in' })
  useEffect(() => {
    let current = true
    let connection = 0
    let timer: ReturnType<typeof setTimeout> | undefined
    const retry = (): void => {
      if (current) timer = setTimeout(open, RETRY_MS)
    }
    const open = (): void => {
      connection += 1
      enter(connection).then((next) => {
        if (!current) return
        if (next.at === 'open') next.client.onClose(retry)
        setStanding(next)
      }, retry)
    }
    open()
    return () => {
      current = false
      clearTimeout(timer)
    }
  }, [])
  return standing
}

async function enter(connection: number): Promise<Standing> {
  const session = await signIn()
  if (session.state === 'refused') return { at: 'refused', message: session.message }
  return { at: 'open', client: operatorClient(await openChannel(session.key)), connection }
}
