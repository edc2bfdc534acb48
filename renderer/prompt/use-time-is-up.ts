import { useEffect, useState } from 'react'
import type { PendingRequest } from '../../electron/contract/request.ts'
import { brokerNow, type BrokerView } from '../ui/use-broker.ts'

/** Whether the broker's clock has passed the request's deadline. */
export function useTimeIsUp({ deadline }: PendingRequest, broker: BrokerView): boolean {
  const [isUp, setUp] = useState(false)
  useEffect(() => {
    const timer = setTimeout(() => setUp(true), deadline - brokerNow(broker))
    return () => clearTimeout(timer)
  }, [deadline, broker])
  return isUp
}
