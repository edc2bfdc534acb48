import { useEffect, useEffectEvent, useRef, useState } from 'react'
import type { OperatorClient } from '../../electron/contract/operator-client.ts'
import { matches, rowOf, type Filter } from './row.ts'
import { TimelineRow } from './TimelineRow.tsx'
import { useTimeline } from './use-timeline.ts'

/** Everything the journal records, newest first, as it happens. */
export function Timeline({ client, anyConnected }: { client: OperatorClient; anyConnected: boolean }) {
  const timeline = useTimeline(client)
  const [filter, setFilter] = useState<Filter>({ tone: 'all', text: '' })
  const rows = timeline.events
    .map((event) => ({ event, row: rowOf(event) }))
    .filter(({ row }) => matches(row, filter))
  return (
    <>
      <div className="toolbar">
        <h2>Timeline</h2>
        <ToneFilter value={filter.tone} onChange={(tone) => setFilter({ ...filter, tone })} />
        <input
          type="search"
          className="search"
          placeholder="Filter by text"
          aria-label="Filter by text"
          value={filter.text}
          onChange={(event) => setFilter({ ...filter, text: event.target.value })}
        />
      </div>
      {timeline.problem !== undefined && <p className="notice tone-alert">The journal can’t be read: {timeline.problem}</p>}
      {rows.length > 0 && (
        <div className="timeline">
          <div className="timeline-head" aria-hidden="true">
            <span>Time</span>
            <span>Verdict</span>
            <span>Agent</span>
            <span>Tool</span>
            <span>Call</span>
            <span className="cell-by">Decided</span>
          </div>
          <ol className="timeline-rows">
            {rows.map(({ event, row }) => (
              <TimelineRow key={event.seq} event={event} row={row} />
            ))}
          </ol>
        </div>
      )}
      {rows.length === 0 && !timeline.loading && (
        <Empty filtered={timeline.events.length > 0} anyConnected={anyConnected} />
      )}
      {timeline.hasOlder && <Older loading={timeline.loading} onLoad={timeline.loadOlder} />}
    </>
  )
}

const TONES = [
  ['all', 'All'],
  ['allow', 'Allowed'],
  ['ask', 'Asked'],
  ['deny', 'Denied'],
  ['other', 'Other'],
] as const

function ToneFilter({ value, onChange }: { value: Filter['tone']; onChange: (tone: Filter['tone']) => void }) {
  return (
    <div className="segments" role="group" aria-label="Filter by verdict">
      {TONES.map(([tone, label]) => (
        <button key={tone} type="button" aria-pressed={tone === value} onClick={() => onChange(tone)}>
          {label}
        </button>
      ))}
    </div>
  )
}

function Empty({ filtered, anyConnected }: { filtered: boolean; anyConnected: boolean }) {
  if (filtered) return <p className="empty">No row matches. Older rows are searched once they are loaded.</p>
  return (
    <div className="empty">
      <h3>{anyConnected ? 'Nothing has happened yet' : 'No agent is connected yet'}</h3>
      <p>
        {anyConnected
          ? 'Every call of a connected agent will appear here the moment it is judged.'
          : 'Connect one, and every call it makes is judged before it runs and recorded here.'}
      </p>
      {!anyConnected && (
        <a className="button primary" href="#/agents">
          Connect an agent
        </a>
      )}
    </div>
  )
}

/** Loads older rows when it comes into view, or is pressed. */
function Older({ loading, onLoad }: { loading: boolean; onLoad: () => void }) {
  const button = useRef<HTMLButtonElement>(null)
  const load = useEffectEvent(onLoad)
  useEffect(() => {
    const observer = new IntersectionObserver(([entry]) => entry?.isIntersecting && load())
    if (button.current) observer.observe(button.current)
    return () => observer.disconnect()
  }, [])
  return (
    <button ref={button} type="button" className="button quiet older" onClick={onLoad}>
      {loading ? 'Loading…' : 'Load older rows'}
    </button>
  )
}
