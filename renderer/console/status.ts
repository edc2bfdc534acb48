import type { State } from '../../electron/contract/operator.ts'
import type { Tone } from '../ui/VerdictWord.tsx'

/** What the header says in a word, and everything that is wrong in a sentence each. */
export interface Status {
  tone: Tone
  word: string
  alerts: string[]
}

/** How things stand. Whatever weakens the fence comes first, then what waits. */
export function statusOf(state: State | undefined, gone: boolean): Status {
  if (gone)
    return {
      tone: 'alert',
      word: 'Broker gone',
      alerts: ['Paddock’s broker is not running. Every call of a connected agent is denied until it runs again. What is shown here is old.'],
    }
  if (!state) return { tone: 'note', word: 'Connecting', alerts: [] }

  const alerts = [
    ...state.policy.errors.map((error) => `Policy not taken, revision ${state.policy.revision} stays in force: ${error}`),
    ...state.monitor.problems.map((problem) => `Knowledge of the monitor not taken, what was known before stays: ${problem}`),
    ...paused(state),
    ...(state.journal.problem === undefined ? [] : [`The journal has a problem: ${state.journal.problem}`]),
    ...state.connections
      .filter((connection) => connection.state === 'altered')
      .map((connection) => `${connection.name} is no longer held: ${connection.note ?? 'its settings were changed.'}`),
  ]
  return { ...headline(state), alerts: [...alerts, ...unauthorised(state)] }
}

function paused({ sessions }: State): string[] {
  const names = sessions.filter(({ halt }) => halt?.state === 'paused').map(({ agent }) => agent)
  if (names.length === 0) return []
  return [`${names.length === 1 ? 'A session is paused' : `${names.length} sessions are paused`}: ${[...new Set(names)].join(', ')}. See Sessions.`]
}

function unauthorised({ running }: State): string[] {
  const names = running.agents.filter(({ findings }) => findings.some(({ kind }) => kind === 'unauthorized-agent')).map(({ name }) => name)
  if (names.length === 0) return []
  return [`${names.length === 1 ? 'An agent runs that nobody authorised' : `${names.length} agents run that nobody authorised`}: ${[...new Set(names)].join(', ')}. See Running.`]
}

function headline(state: State): { tone: Tone; word: string } {
  if (state.journal.problem !== undefined) return { tone: 'alert', word: 'Journal problem' }
  if (state.policy.errors.length > 0) return { tone: 'alert', word: 'Policy error' }
  if (state.connections.some((connection) => connection.state === 'altered')) return { tone: 'alert', word: 'Not held' }
  if (state.sessions.some(({ halt }) => halt?.state === 'paused')) return { tone: 'ask', word: 'Session paused' }
  if (state.requests.length > 0) return { tone: 'ask', word: `${state.requests.length} waiting` }
  const held = state.contained.length > 0 || state.connections.some((connection) => connection.state === 'connected')
  return held ? { tone: 'allow', word: 'Protected' } : { tone: 'note', word: 'No agent yet' }
}
