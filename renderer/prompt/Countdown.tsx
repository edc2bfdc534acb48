import { useEffect, useState } from 'react'
import type { PendingRequest } from '../../electron/contract/request.ts'
import { brokerNow, type BrokerView } from '../ui/use-broker.ts'
import { shareLeft, timeLeft } from './countdown.ts'

/** How long the broker will wait. It measures, this only shows. */
export function Countdown({ request, broker }: { request: PendingRequest; broker: BrokerView }) {
  const [, tick] = useState(0)
  useEffect(() => {
    const timer = setInterval(() => tick((count) => count + 1), 250)
    return () => clearInterval(timer)
  }, [])
  const now = brokerNow(broker)
  const over = now >= request.deadline
  return (
    <div className="countdown" role="timer" aria-label="Time until this is denied">
      <span>{over ? 'Time is up: denied' : 'Denied in'}</span>
      {!over && <strong>{timeLeft(request.deadline, now)}</strong>}
      <progress max={1} value={shareLeft(request.askedAt, request.deadline, now)} aria-hidden="true" />
    </div>
  )
}
