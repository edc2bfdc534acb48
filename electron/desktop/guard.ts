import type { State } from '../contract/operator.ts'

/** What the person needs to know at a glance, wherever they work. */
export type Guard =
  | { kind: 'protected' }
  | { kind: 'asking'; count: number }
  /** Something is broken; `why` says what, and what happens to calls meanwhile. */
  | { kind: 'degraded'; why: string }

/** What the desktop knows of the broker. */
export type BrokerNews = { up: false; why: string } | { up: true; state: State | undefined }

/** The guard's state: a broker that can't judge or record comes before requests that wait. */
export function guardOf(news: BrokerNews): Guard {
  if (!news.up) return { kind: 'degraded', why: `The broker is gone: every call is denied. ${news.why}` }
  if (!news.state) return { kind: 'degraded', why: 'The broker is starting.' }
  const { journal, requests } = news.state
  if (journal.problem) return { kind: 'degraded', why: `The record can't be written: every call is denied. ${journal.problem}` }
  return requests.length > 0 ? { kind: 'asking', count: requests.length } : { kind: 'protected' }
}

/** The guard in one line, for the tray. */
export function guardLine(guard: Guard): string {
  switch (guard.kind) {
    case 'protected':
      return 'Paddock: protected'
    case 'asking':
      return guard.count === 1 ? 'Paddock: 1 call waits for you' : `Paddock: ${guard.count} calls wait for you`
    case 'degraded':
      return `Paddock: degraded. ${guard.why}`
  }
}
