import { useState } from 'react'
import type { OperatorClient } from '../../electron/contract/operator-client.ts'
import type { Connection, ConnectionPlan, ContainedAgent } from '../../electron/contract/operator.ts'
import { Verbatim } from '../ui/Verbatim.tsx'
import { VerdictWord, type Tone } from '../ui/VerdictWord.tsx'
import { ContainedRuns } from './ContainedRuns.tsx'
import { PlanPanel } from './PlanPanel.tsx'
import { StartContained } from './StartContained.tsx'

/** The agents that Paddock knows how to hold, and how firmly each is held now. */
export function Agents({ client, connections, contained }: { client: OperatorClient; connections: readonly Connection[]; contained: readonly ContainedAgent[] }) {
  const anyConnected = connections.some((connection) => connection.state !== 'not-connected')
  return (
    <>
      <div className="toolbar">
        <h2>Agents</h2>
      </div>
      <ContainedRuns client={client} runs={contained} />
      {!anyConnected && connections.length > 0 && (
        <div className="empty first-run">
          <h3>Connect an agent</h3>
          <p>
            Paddock adds itself to the agent’s own settings. You see the exact change first, a backup is kept, and
            disconnecting takes out only what was added.
          </p>
        </div>
      )}
      {connections.length === 0 && <p className="empty">Paddock knows no agent on this machine.</p>}
      <ul className="cards">
        {connections.map((connection) => (
          <li key={connection.agent}>
            <AgentCard client={client} connection={connection} />
          </li>
        ))}
      </ul>
    </>
  )
}

const STATES: Record<Connection['state'], { tone: Tone; word: string }> = {
  connected: { tone: 'allow', word: 'Connected' },
  'not-connected': { tone: 'note', word: 'Not connected' },
  altered: { tone: 'alert', word: 'Altered' },
}

const LEVELS: Record<Connection['level'], string> = {
  observed: 'nothing holds it',
  hooked: 'its own hook asks Paddock before every tool call',
}

type Change = 'connect' | 'disconnect'
type Pending = { change: Change; plan: ConnectionPlan } | { change: Change; problem: string }

function AgentCard({ client, connection }: { client: OperatorClient; connection: Connection }) {
  const [pending, setPending] = useState<Pending>()
  const [done, setDone] = useState<string>()
  const [starting, setStarting] = useState(false)
  const { tone, word } = STATES[connection.state]

  const plan = (change: Change): void => {
    setDone(undefined)
    client.call('planConnection', { agent: connection.agent, change }).then(
      (reply) => setPending({ change, ...reply }),
      (error: Error) => setPending({ change, problem: error.message }),
    )
  }
  const apply = (change: Change, { digest }: ConnectionPlan): void => {
    client.call('applyConnection', { agent: connection.agent, change, digest }).then(
      (reply) => {
        if (!reply.done) return setPending({ change, problem: reply.message })
        setPending(undefined)
        setDone(change === 'connect' ? 'Connected. Sessions that start now are held.' : 'Disconnected. Nothing holds it now.')
      },
      (error: Error) => setPending({ change, problem: error.message }),
    )
  }
  return (
    <section className="agent-card">
      <header>
        <h3>{connection.name}</h3>
        <VerdictWord tone={tone}>{word}</VerdictWord>
        <span className="spring" />
        {connection.installed && (
          <button type="button" className="button" aria-expanded={starting} onClick={() => setStarting(!starting)}>
            Start contained…
          </button>
        )}
        {connection.state !== 'connected' && (
          <button type="button" className={`button ${connection.installed ? 'primary' : ''}`} onClick={() => plan('connect')}>
            {connection.state === 'altered' ? 'Repair…' : 'Connect…'}
          </button>
        )}
        {connection.state !== 'not-connected' && (
          <button type="button" className="button" onClick={() => plan('disconnect')}>
            Disconnect…
          </button>
        )}
      </header>
      <dl className="facts">
        <dt>Level</dt>
        <dd>
          <strong>{connection.level}</strong> <span className="how">{LEVELS[connection.level]}</span>
        </dd>
        <dt>Settings</dt>
        <dd>
          <Verbatim text={connection.file} />
        </dd>
        <dt>Program</dt>
        <dd>{connection.installed ? 'found on this machine' : 'not found on this machine'}</dd>
      </dl>
      {connection.note !== undefined && (
        <p className={`notice tone-${connection.state === 'altered' ? 'alert' : 'note'}`}>
          <Verbatim text={connection.note} />
        </p>
      )}
      {done !== undefined && (
        <p className="notice tone-note" role="status">
          {done}
        </p>
      )}
      {starting && <StartContained client={client} agent={connection.agent} onClose={() => setStarting(false)} />}
      {pending && 'problem' in pending && (
        <p className="notice tone-alert" role="alert">
          {pending.problem}
        </p>
      )}
      {pending && 'plan' in pending && (
        <PlanPanel
          plan={pending.plan}
          verb={pending.change === 'connect' ? 'Connect' : 'Disconnect'}
          onApply={() => apply(pending.change, pending.plan)}
          onCancel={() => setPending(undefined)}
        />
      )}
    </section>
  )
}
