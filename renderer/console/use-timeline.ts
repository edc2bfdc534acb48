import { useCallback, useEffect, useRef, useState } from 'react'
import type { TimelineEvent } from '../../electron/contract/event.ts'
import type { OperatorClient } from '../../electron/contract/operator-client.ts'

const PAGE = 100
/** So many rows are kept at most; older ones can be loaded again. */
const KEPT = 2000

export interface Timeline {
  /** Newest first, without gaps or repetitions. */
  events: TimelineEvent[]
  /** There are older rows in the journal. */
  hasOlder: boolean
  loading: boolean
  loadOlder: () => void
  problem: string | undefined
}

/** The newest rows of the journal, those that arrive, and older ones on demand. */
export function useTimeline(client: OperatorClient): Timeline {
  const [events, setEvents] = useState<TimelineEvent[]>([])
  const [loading, setLoading] = useState(true)
  const [problem, setProblem] = useState<string>()
  const busy = useRef(false)

  const load = useCallback(
    (before: number | undefined) => {
      if (busy.current) return
      busy.current = true
      setLoading(true)
      client
        .call('timeline', before === undefined ? { limit: PAGE } : { before, limit: PAGE })
        .then(
          (older) => {
            setEvents((known) => merge(known, older))
            setProblem(undefined)
          },
          (error: Error) => setProblem(error.message),
        )
        .finally(() => {
          busy.current = false
          setLoading(false)
        })
    },
    [client],
  )

  useEffect(() => {
    const unsubscribe = client.on('timeline', (event) => setEvents((known) => merge(known, [event]).slice(0, KEPT)))
    load(undefined)
    return unsubscribe
  }, [client, load])

  const oldest = events.at(-1)?.seq
  return {
    events,
    hasOlder: oldest !== undefined && oldest > 1,
    loading,
    loadOlder: () => load(oldest),
    problem,
  }
}

/** Both lists together, newest first, each row once. */
export function merge(known: readonly TimelineEvent[], more: readonly TimelineEvent[]): TimelineEvent[] {
  const bySeq = new Map([...known, ...more].map((event) => [event.seq, event]))
  return [...bySeq.values()].toSorted((a, b) => b.seq - a.seq)
}
