import { useRef, useState } from 'react'
import type { OperatorClient } from '../../electron/contract/operator-client.ts'
import type { WatchedSession } from '../../electron/contract/operator.ts'
import type { SessionAction } from '../../electron/contract/deviation.ts'
import { useArmedControls } from '../ui/use-armed-controls.ts'
import { Verbatim } from '../ui/Verbatim.tsx'
import { clockTime } from './time.ts'

const QUESTIONS = {
  resume: { button: 'Let it go on', text: 'What was found so far counts no more in this session. Calls that wait run if policy allows them; one that is suspect itself still asks.' },
  end: { button: 'End the session', text: 'Everything that the session still wants is denied. If it runs contained, it ends with everything that it started.' },
} as const

/** Why a session stands still, and the ways on; the second button of each is inert until it could have been read. */
export function PausedSession({ client, session: { agent, session, halt } }: { client: OperatorClient; session: WatchedSession }) {
  const [step, setStep] = useState<'idle' | SessionAction | 'doing'>('idle')
  const [problem, setProblem] = useState<string>()
  const actions = useRef<HTMLDivElement>(null)
  const [controls, { armed }] = useArmedControls(step, actions)
  if (!halt) return null
  const fail = (message: string): void => {
    setProblem(message)
    setStep('idle')
  }
  const respond = (action: SessionAction): void => {
    setStep('doing')
    client.call('respondToSession', { agent, session, action }).then(
      (reply) => (reply.done ? setStep('idle') : fail(reply.message)),
      (error: Error) => fail(error.message),
    )
  }
  return (
    <>
      <p className="halt">
        {halt.state === 'paused' ? 'Paused' : 'Ended by you'} at {clockTime(halt.at)}: <Verbatim text={halt.why} />
        {halt.calls.length > 0 && <span className="measure"> Calls {halt.calls.map((call) => call + 1).join(', ')}.</span>}
      </p>
      {halt.state === 'paused' && (
        <div className="plan-actions" ref={actions}>
          {problem !== undefined && (
            <p className="notice tone-alert" role="alert">
              {problem}
            </p>
          )}
          {step === 'idle' && (
            <>
              <button type="button" className="button" onClick={() => setStep('resume')}>
                Resume…
              </button>
              <button type="button" className="button" onClick={() => setStep('end')}>
                End…
              </button>
            </>
          )}
          {(step === 'resume' || step === 'end') && (
            <>
              <p>{QUESTIONS[step].text}</p>
              <button type="button" className="button primary" aria-disabled={!armed} onClick={() => controls.acceptsKey() && respond(step)}>
                {QUESTIONS[step].button}
              </button>
              <button type="button" className="button" onClick={() => setStep('idle')}>
                Cancel
              </button>
            </>
          )}
          {step === 'doing' && <p role="status">One moment…</p>}
        </div>
      )}
    </>
  )
}
