import '../ui/base.css'
import './console.css'
import { createRoot } from 'react-dom/client'
import { operatorClient, type OperatorClient } from '../../electron/contract/operator-client.ts'
import { bridgeChannel } from '../ui/bridge.ts'
import { NoBridge } from '../ui/NoBridge.tsx'
import { useBroker } from '../ui/use-broker.ts'
import { Console } from './Console.tsx'

const channel = bridgeChannel()
createRoot(document.getElementById('root')!).render(
  channel ? <ConsoleWindow client={operatorClient(channel)} /> : <NoBridge />,
)

/** The desktop's console window. Its role can't answer requests; those are the prompt window's. */
function ConsoleWindow({ client }: { client: OperatorClient }) {
  return <Console client={client} broker={useBroker(client)} />
}
