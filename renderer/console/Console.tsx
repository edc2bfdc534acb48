import type { OperatorClient } from '../../electron/contract/operator-client.ts'
import type { State } from '../../electron/contract/operator.ts'
import { Mark } from '../ui/Mark.tsx'
import { Verbatim } from '../ui/Verbatim.tsx'
import type { BrokerView } from '../ui/use-broker.ts'
import { Agents } from './Agents.tsx'
import { Grants } from './Grants.tsx'
import { JournalCheck } from './JournalCheck.tsx'
import { Policies } from './Policies.tsx'
import { Running } from './Running.tsx'
import { TITLES, useView, VIEWS, type View } from './route.ts'
import { Sessions } from './Sessions.tsx'
import { statusOf, type Status } from './status.ts'
import { Timeline } from './Timeline.tsx'

interface ConsoleProps {
  client: OperatorClient
  broker: BrokerView
}

/** Everything but answering: what happened, who is held, what is in force. */
export function Console({ client, broker }: ConsoleProps) {
  const view = useView()
  const status = statusOf(broker.state, broker.gone)
  return (
    <div className="console">
      <Sidebar view={view} status={status} client={client} state={broker.state} />
      <main className="view" aria-label={TITLES[view]}>
        {status.alerts.length > 0 && (
          <div role="alert" className="alerts">
            {status.alerts.map((alert) => (
              <p key={alert} className="notice tone-alert">
                <Verbatim text={alert} />
              </p>
            ))}
          </div>
        )}
        {broker.state && <ViewOf view={view} client={client} state={broker.state} />}
      </main>
    </div>
  )
}

function ViewOf({ view, client, state }: { view: View; client: OperatorClient; state: State }) {
  switch (view) {
    case 'timeline':
      return <Timeline client={client} anyConnected={state.connections.some(({ state: s }) => s !== 'not-connected')} />
    case 'running':
      return <Running client={client} running={state.running} policies={state.policy.files} />
    case 'sessions':
      return <Sessions client={client} sessions={state.sessions} />
    case 'agents':
      return <Agents client={client} connections={state.connections} contained={state.contained} />
    case 'policies':
      return <Policies policy={state.policy} />
    case 'grants':
      return <Grants client={client} grants={state.grants} />
  }
}

function Sidebar({
  view,
  status,
  client,
  state,
}: {
  view: View
  status: Status
  client: OperatorClient
  state: State | undefined
}) {
  return (
    <header className="sidebar">
      <div className="brand">
        <Mark />
        <h1>Paddock</h1>
      </div>
      <p className={`status tone-${status.tone}`} role="status">
        {status.word}
      </p>
      <nav aria-label="Views">
        {VIEWS.map((name) => (
          <a key={name} href={`#/${name}`} aria-current={name === view ? 'page' : undefined}>
            {TITLES[name]}
            <span className="count">{countOf(name, state)}</span>
          </a>
        ))}
      </nav>
      <span className="spring" />
      {state && <JournalCheck client={client} journal={state.journal} />}
      <p className="version">{state && `Version ${state.version}`}</p>
    </header>
  )
}

function countOf(view: View, state: State | undefined): number | undefined {
  if (!state) return undefined
  switch (view) {
    case 'timeline':
      return undefined
    case 'running':
      return state.running.agents.length || undefined
    case 'sessions':
      return state.sessions.length || undefined
    case 'agents':
      return state.connections.filter((connection) => connection.state === 'connected').length || undefined
    case 'policies':
      return state.policy.files.length || undefined
    case 'grants':
      return state.grants.length || undefined
  }
}
