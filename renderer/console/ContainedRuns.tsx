import { useRef, useState } from 'react'
import type { OperatorClient } from '../../electron/contract/operator-client.ts'
import type { ContainedAgent } from '../../electron/contract/operator.ts'
import { useArmedControls } from '../ui/use-armed-controls.ts'
import { Verbatim } from '../ui/Verbatim.tsx'
import { VerdictWord } from '../ui/VerdictWord.tsx'
import { clockTime, fullTime } from './time.ts'

/** The agents that the kernel holds right now, each with what holds it and the way to end it. */
export function ContainedRuns({ client, runs }: { client: OperatorClient; runs: readonly ContainedAgent[] }) {
  if (runs.length === 0) return null
  return (
    <section className="contained-runs" aria-label="Runs contained now">
      <h3>Runs contained now</h3>
      {runs.map((run) => (
        <RunCard key={run.session} client={client} run={run} />
      ))}
    </section>
  )
}

function RunCard({ client, run }: { client: OperatorClient; run: ContainedAgent }) {
  const { agent, session, workspace, program, pid, startedAt, policies, asked } = run
  const missing = run.walls.filter(({ stands }) => !stands)
  return (
    <article className="session-card" aria-label={`Contained run ${session}`}>
      <header>
        {missing.length === 0 ? <VerdictWord tone="allow">Contained</VerdictWord> : <VerdictWord tone="alert">Less than contained</VerdictWord>}
        <h3>
          <Verbatim text={agent} /> in <Verbatim text={workspace} />
        </h3>
        <span className="about">
          since{' '}
          <time dateTime={new Date(startedAt).toISOString()} title={fullTime(startedAt)}>
            {clockTime(startedAt)}
          </time>
        </span>
      </header>
      <dl className="facts">
        <dt>Held by</dt>
        <dd>
          <Walls walls={run.walls.filter(({ stands }) => stands)} />
        </dd>
        {missing.length > 0 && (
          <>
            <dt>Missing</dt>
            <dd className="missing">
              <Walls walls={missing} />
            </dd>
          </>
        )}
        <dt>Policy</dt>
        <dd>
          <Verbatim text={policies.join(', ') || 'none of a name'} />
        </dd>
        <dt>Process</dt>
        <dd>
          {pid} <Verbatim text={program} />
        </dd>
        <dt>Asked</dt>
        <dd>{askedText(asked)}</dd>
        <dt>Session</dt>
        <dd>
          <Verbatim text={session} />
        </dd>
      </dl>
      <End client={client} run={run} />
    </article>
  )
}

function Walls({ walls }: { walls: ContainedAgent['walls'] }) {
  return (
    <ul className="walls">
      {walls.map(({ name, how }) => (
        <li key={name}>
          <strong>{name}</strong> <Verbatim text={how} />
        </li>
      ))}
    </ul>
  )
}

function askedText(asked: number): string {
  if (asked === 0) return 'nothing so far'
  return asked === 1 ? '1 question so far' : `${asked} questions so far`
}

/** Ends the run, after asking once more; the second button is inert until it could have been read. */
function End({ client, run: { session } }: { client: OperatorClient; run: ContainedAgent }) {
  const [step, setStep] = useState<'idle' | 'sure' | 'ending'>('idle')
  const [problem, setProblem] = useState<string>()
  const actions = useRef<HTMLDivElement>(null)
  const [controls, { armed }] = useArmedControls(step, actions)
  const fail = (message: string): void => {
    setProblem(message)
    setStep('idle')
  }
  const end = (): void => {
    setStep('ending')
    client.call('endContained', { session }).then(
      (reply) => (reply.done ? undefined : fail(reply.message)),
      (error: Error) => fail(error.message),
    )
  }
  return (
    <div className="plan-actions" ref={actions}>
      {problem !== undefined && (
        <p className="notice tone-alert" role="alert">
          {problem}
        </p>
      )}
      {step === 'idle' && (
        <button type="button" className="button" onClick={() => setStep('sure')}>
          End…
        </button>
      )}
      {step === 'sure' && (
        <>
          <p>This ends the agent and everything that it started, at once. What it has not saved is lost.</p>
          <button type="button" className="button primary" aria-disabled={!armed} onClick={() => controls.acceptsKey() && end()}>
            End all of it
          </button>
          <button type="button" className="button" onClick={() => setStep('idle')}>
            Cancel
          </button>
        </>
      )}
      {step === 'ending' && <p role="status">Ending…</p>}
    </div>
  )
}
