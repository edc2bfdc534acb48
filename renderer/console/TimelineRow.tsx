import { useState } from 'react'
import type { TimelineEvent } from '../../electron/contract/event.ts'
import { callText } from '../ui/call-text.ts'
import { Deviations } from '../ui/Deviations.tsx'
import { EffectList } from '../ui/EffectList.tsx'
import { Verbatim } from '../ui/Verbatim.tsx'
import { VerdictWord } from '../ui/VerdictWord.tsx'
import type { Row } from './row.ts'
import { clockTime, fullTime } from './time.ts'

/** One event in a line; pressing it shows everything the journal has about it. */
export function TimelineRow({ event, row }: { event: TimelineEvent; row: Row }) {
  const [open, setOpen] = useState(false)
  return (
    <li className="timeline-row">
      <button type="button" className="timeline-line" aria-expanded={open} onClick={() => setOpen(!open)}>
        <time dateTime={new Date(event.at).toISOString()} title={fullTime(event.at)}>
          {clockTime(event.at)}
        </time>
        <VerdictWord tone={row.tone}>{row.word}</VerdictWord>
        <span className="cell">
          <Verbatim text={row.agent} />
        </span>
        <span className="cell">
          <Verbatim text={row.tool} />
        </span>
        <span className="cell subject">
          <Verbatim text={row.subject.slice(0, 300)} />
        </span>
        <span className="cell cell-by">{row.by}</span>
      </button>
      {open && <Detail event={event} row={row} />}
    </li>
  )
}

function Detail({ event: { seq, at, body }, row }: { event: TimelineEvent; row: Row }) {
  const isCall = body.kind === 'decision' || body.kind === 'asked'
  const facts: [string, string][] = [
    ['Time', fullTime(at)],
    ['Journal row', String(seq)],
    ...(isCall
      ? ([
          ...callText(body.call).parts.map(({ label, text }): [string, string] => [label, text]),
          ['Ran in', body.cwd],
          ['Workspace', body.caller.workspace],
          ['Session', body.caller.session],
          ['Process', body.caller.process ? `${body.caller.process.pid} ${body.caller.process.program}` : 'unknown'],
          ['Policy', `revision ${body.revision}`],
        ] satisfies [string, string][])
      : ([['What', row.subject]] satisfies [string, string][])),
    ...(body.kind === 'decision' && body.message !== undefined ? [['Failure', body.message] satisfies [string, string]] : []),
  ]
  return (
    <div className="timeline-detail">
      <dl className="facts">
        {facts.map(([name, value]) => (
          <div key={name} className="fact">
            <dt>{name}</dt>
            <dd>
              <Verbatim text={value} />
            </dd>
          </div>
        ))}
        {body.kind === 'policy' &&
          body.files.map(({ file, sha256 }) => (
            <div key={file} className="fact">
              <dt>File</dt>
              <dd>
                <Verbatim text={file} /> <Verbatim text={`sha256 ${sha256.slice(0, 16)}`} />
              </dd>
            </div>
          ))}
      </dl>
      {isCall && body.weighing && <Deviations deviations={body.weighing.deviations} />}
      {isCall && body.effects.length > 0 && <EffectList effects={body.effects} reasons={body.reasons} />}
    </div>
  )
}
