import { useEffect, useState } from 'react'
import type { OperatorClient } from '../../electron/contract/operator-client.ts'
import type { State } from '../../electron/contract/operator.ts'

/** What a window knows of the broker. */
export interface BrokerView {
  /** The newest state; absent until the first arrives. */
  state: State | undefined
  /** `performance.now()` when it arrived. */
  receivedAt: number
  /** The connection ended: nothing shown is current any more. */
  gone: boolean
}

/** Follows the broker's state over `client`, which stays the same while the component lives. */
export function useBroker(client: OperatorClient): BrokerView {
  const [view, setView] = useState<BrokerView>({ state: undefined, receivedAt: 0, gone: false })
  useEffect(() => {
    let current = true
    const take = (state: State): void => {
      if (current) setView({ state, receivedAt: performance.now(), gone: false })
    }
    const lose = (): void => {
      if (current) setView((last) => ({ ...last, gone: true }))
    }
    const unsubscribe = client.on('state', take)
    client.onClose(lose)
    client.call('state', {}).then(take, lose)
    return () => {
      current = false
      unsubscribe()
    }
  }, [client])
  return view
}

/** The broker's clock now, in milliseconds since the epoch, whatever this machine's clock says. */
export function brokerNow(view: BrokerView): number {
  return (view.state?.now ?? 0) + performance.now() - view.receivedAt
}
