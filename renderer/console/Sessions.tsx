import type { WatchedSession } from '../../electron/contract/operator.ts'
import { Deviations } from '../ui/Deviations.tsx'
import { taintText } from '../ui/taint-text.ts'
import { Verbatim } from '../ui/Verbatim.tsx'
import { VerdictWord, type Tone } from '../ui/VerdictWord.tsx'
import { clockTime, fullTime } from './time.ts'

/** The sessions that the monitor watches, each with its score and what raised it. */
export function Sessions({ sessions }: { sessions: readonly WatchedSession[] }) {
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
        sessions.map((session) => <SessionCard key={`${session.agent} ${session.session}`} session={session} />)
      )}
    </>
  )
}

function SessionCard({ session }: { session: WatchedSession }) {
  const { agent, session: id, workspace, calls, lastAt, score, learned, toLearn, taint, deviations } = session
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
        · {learned >= toLearn ? `knows this agent here from ${learned} sessions` : `learning this agent here: ${learned} of ${toLearn} sessions`}
      </p>
      {tainted !== '' && (
        <p className="taint">
          <Verbatim text={tainted} />
        </p>
      )}
      {deviations.length > 0 ? <Deviations deviations={deviations.toReversed()} time={clockTime} /> : <p className="about">Nothing unusual so far.</p>}
    </article>
  )
}

function stateOf({ response, deviations }: WatchedSession): { tone: Tone; word: string } {
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
