import '../ui/base.css'
import './prompt.css'
import { useEffect } from 'react'
import { createRoot } from 'react-dom/client'
import { operatorClient, type OperatorClient } from '../../electron/contract/operator-client.ts'
import { bridgeChannel } from '../ui/bridge.ts'
import { NoBridge } from '../ui/NoBridge.tsx'
import { useBroker } from '../ui/use-broker.ts'
import { focusCard, PromptQueue } from './PromptQueue.tsx'

const channel = bridgeChannel()
createRoot(document.getElementById('root')!).render(
  channel ? <PromptWindow client={operatorClient(channel)} /> : <NoBridge />,
)

/** The desktop's prompt window. When the person brings focus to it, the focus lands on the heading. */
function PromptWindow({ client }: { client: OperatorClient }) {
  const broker = useBroker(client)
  useEffect(() => {
    const onFocus = (): void => {
      if (document.activeElement === document.body) focusCard()
    }
    window.addEventListener('focus', onFocus)
    return () => window.removeEventListener('focus', onFocus)
  }, [])
  return (
    <main className="prompt-window">
      <h1 className="only-heard">Paddock asks</h1>
      <PromptQueue client={client} broker={broker} />
    </main>
  )
}
