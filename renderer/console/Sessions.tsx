import type { OperatorClient } from '../../electron/contract/operator-client.ts'
import type { WatchedSession } from '../../electron/contract/operator.ts'
import { Deviations } from '../ui/Deviations.tsx'
import { taintText } from '../ui/taint-text.ts'
import { Verbatim } from '../ui/Verbatim.tsx'
import { VerdictWord, type Tone } from '../ui/VerdictWord.tsx'
import { PausedSession } from './PausedSession.tsx'
import { clockTime, fullTime } from './time.ts'

/** The sessions that the monitor watches, each with its score and what raised it. */
export function Sessions({ client, sessions }: { client: OperatorClient; sessions: readonly WatchedSession[] }) {
  return (
    <>
      <div className="toolbar">
        <h2>Sessions</h2>
        <span className="measure">what departs from the task or from the agent’s habits; it fades with the calls that follow</span>
      </div>
      {sessions.length === 0 ? (
        <div className="empty">
          <h3>No session yet</h3>
          <p>Every session of a connected agent appears here with its first call.</p>
        </div>
      ) : (
        sessions.map((session) => <SessionCard key={`${session.agent} ${session.session}`} client={client} session={session} />)
      )}
    </>
  )
}

function SessionCard({ client, session }: { client: OperatorClient; session: WatchedSession }) {
  const { agent, session: id, workspace, calls, lastAt, score, learned, toLearn, origin, taint, deviations } = session
  const { tone, word } = stateOf(session)
  const tainted = taintText(taint)
  return (
    <article className="session-card" aria-label={`Session ${id}`}>
      <header>
        <VerdictWord tone={tone}>{word}</VerdictWord>
        <h3>
          <Verbatim text={agent} /> in <Verbatim text={workspace} />
        </h3>
        <span className="score">score {score}</span>
      </header>
      <p className="about">
        <Verbatim text={id} /> · {calls} {calls === 1 ? 'call' : 'calls'} · last at{' '}
        <time dateTime={new Date(lastAt).toISOString()} title={fullTime(lastAt)}>
          {clockTime(lastAt)}
        </time>{' '}
        · {learned >= toLearn ? `knows this agent here from ${learned} sessions${ORIGINS[origin ?? 'learned']}` : `learning this agent here: ${learned} of ${toLearn} sessions`}
      </p>
      <PausedSession client={client} session={session} />
      {tainted !== '' && (
        <p className="taint">
          <Verbatim text={tainted} />
        </p>
      )}
      {deviations.length > 0 ? <Deviations deviations={deviations.toReversed()} time={clockTime} /> : <p className="about">Nothing unusual so far.</p>}
    </article>
  )
}

const ORIGINS = { managed: ', in a profile that IT ships', given: ', in a profile that was brought along', learned: '' } as const

function stateOf({ response, deviations, halt }: WatchedSession): { tone: Tone; word: string } {
  if (halt) return { tone: 'deny', word: halt.state === 'paused' ? 'Paused' : 'Ended' }
  switch (response) {
    case 'pause':
      return { tone: 'deny', word: 'Paused' }
    case 'ask':
      return { tone: 'ask', word: 'Asks' }
    case 'record':
      return { tone: 'note', word: 'Noticed' }
    case 'none':
      return deviations.length > 0 ? { tone: 'note', word: 'Noticed' } : { tone: 'allow', word: 'As usual' }
  }
}
