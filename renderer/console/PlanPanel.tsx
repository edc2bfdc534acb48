import { useRef } from 'react'
import type { ConnectionPlan } from '../../electron/contract/operator.ts'
import { useArmedControls } from '../ui/use-armed-controls.ts'
import { Verbatim } from '../ui/Verbatim.tsx'
import { diffLines } from './diff-lines.ts'

/** A change to a settings file, shown whole before it is made. Applying it is inert until it could have been read. */
export function PlanPanel({
  plan,
  verb,
  onApply,
  onCancel,
}: {
  plan: ConnectionPlan
  verb: string
  onApply: () => void
  onCancel: () => void
}) {
  const actions = useRef<HTMLDivElement>(null)
  const [controls, { armed }] = useArmedControls(plan.digest, actions)
  if (plan.diff === '') {
    return (
      <div className="plan">
        <p>There is nothing to change.</p>
        <button type="button" className="button" onClick={onCancel}>
          Close
        </button>
      </div>
    )
  }
  return (
    <div className="plan">
      <p>
        This changes <Verbatim text={plan.file} />
      </p>
      <div className="diff" role="region" aria-label="The change" tabIndex={0}>
        <pre>
          {diffLines(plan.diff).map((line, index) => (
            <span key={index} className={`diff-line ${line.kind}`}>
              <Verbatim text={line.text} />
            </span>
          ))}
        </pre>
      </div>
      <div className="plan-actions" ref={actions}>
        <button type="button" className="button primary" aria-disabled={!armed} onClick={() => controls.acceptsKey() && onApply()}>
          {verb}: apply this change
        </button>
        <button type="button" className="button" onClick={onCancel}>
          Cancel
        </button>
      </div>
    </div>
  )
}
