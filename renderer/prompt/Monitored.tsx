import type { Weighing } from '../../electron/contract/deviation.ts'
import { Deviations } from '../ui/Deviations.tsx'
import { taintText } from '../ui/taint-text.ts'
import { Verbatim } from '../ui/Verbatim.tsx'

/** What the monitor says of the session up to this call. */
export function Monitored({ weighing: { score, deviations, taint } }: { weighing: Weighing }) {
  return (
    <section className="monitored">
      <h3>
        This session departs from the normal <span className="score">score {score}</span>
      </h3>
      {deviations.length > 0 ? <Deviations deviations={deviations} /> : <p>It did a short while ago; this call adds nothing to it.</p>}
      {taint && (
        <p className="taint">
          <Verbatim text={taintText(taint)} />
        </p>
      )}
    </section>
  )
}
