import type { Deviation } from '../../electron/contract/deviation.ts'
import { Verbatim } from './Verbatim.tsx'

interface DeviationsProps {
  deviations: readonly (Deviation & { at?: number })[]
  /** How a time is written; without it no time is shown. */
  time?: (at: number) => string
}

/** What the monitor found, each with what it added to the score and the calls that show it. */
export function Deviations({ deviations, time }: DeviationsProps) {
  return (
    <ol className="deviations">
      {deviations.map((deviation, index) => (
        <li key={index} className="deviation">
          <span className={deviation.score >= 3 ? 'points strong' : 'points'}>+{deviation.score}</span>
          <div>
            <p>
              <Verbatim text={deviation.why} />
            </p>
            <p className="about">
              {deviation.kind} · {callsText(deviation.calls)}
              {time && deviation.at !== undefined && ` · ${time(deviation.at)}`}
              {deviation.tags.length > 0 && ` · ${deviation.tags.join(' ')}`}
            </p>
          </div>
        </li>
      ))}
    </ol>
  )
}

/** Calls are counted from 1 for people. */
function callsText(calls: readonly number[]): string {
  const numbers = calls.map((call) => call + 1)
  return numbers.length === 1 ? `call ${numbers[0]}` : `calls ${numbers.join(', ')}`
}
