import { useState } from 'react'
import type { Registration, ResponseAction, RunningAgent, Running as RunningState, ServerEntry } from '../../electron/contract/finding.ts'
import type { OperatorClient } from '../../electron/contract/operator-client.ts'
import type { PolicyFileStatus } from '../../electron/contract/operator.ts'
import { Verbatim } from '../ui/Verbatim.tsx'
import { VerdictWord, type Tone } from '../ui/VerdictWord.tsx'
import { clockTime, fullTime } from './time.ts'

interface RunningProps {
  client: OperatorClient
  running: RunningState
  policies: readonly PolicyFileStatus[]
}

/** Every agent that runs on this machine, how it is known, what it can reach, and what may be done about it. */
export function Running({ client, running, policies }: RunningProps) {
  const { agents, servers, findings, gaps } = running
  const sorted = agents.toSorted((a, b) => Number(a.authorized) - Number(b.authorized) || b.startedAt - a.startedAt)
  return (
    <>
      <div className="toolbar">
        <h2>Running</h2>
        <span className="measure">agents on this machine, found by what they are and do</span>
      </div>
      {sorted.length === 0 && (
        <div className="empty">
          <h3>No agent runs</h3>
          <p>An agent appears here within a second of its start, whether it is connected or not.</p>
        </div>
      )}
      {sorted.map((agent) => (
        <AgentCard key={`${agent.pid} ${agent.startedAt}`} client={client} agent={agent} policies={policies} />
      ))}
      {findings.map(({ id, message, advice }) => (
        <p key={id} className="notice tone-note">
          <Verbatim text={`${message} ${advice}`} />
        </p>
      ))}
      {servers.length > 0 && <Servers servers={servers} />}
      {gaps.map((gap) => (
        <p key={gap} className="about gap">
          {gap}
        </p>
      ))}
    </>
  )
}

function stateOf({ authorized, paused, findings }: RunningAgent): { tone: Tone; word: string } {
  if (paused) return { tone: 'note', word: 'Paused' }
  if (!authorized && findings.length > 0) return { tone: 'alert', word: 'Not authorised' }
  if (!authorized) return { tone: 'note', word: 'Ignored here' }
  return findings.length > 0 ? { tone: 'ask', word: 'Authorised' } : { tone: 'allow', word: 'Authorised' }
}

function AgentCard({ client, agent, policies }: { client: OperatorClient; agent: RunningAgent; policies: readonly PolicyFileStatus[] }) {
  const { pid, startedAt, name, folder, level, confidence, evidence, startedBy, program, script, connections, credentials, findings, processes } = agent
  const { tone, word } = stateOf(agent)
  const models = connections.flatMap(({ remote, model }) => (remote !== undefined && model !== undefined ? [remote] : []))
  const local = connections.flatMap(({ protocol, remote, peer }) => (protocol === 'unix' && remote !== undefined ? [peer ? `${remote} of ${peer.program} (${peer.pid})` : remote] : []))
  return (
    <article className="session-card running-card" aria-label={`${name}, process ${pid}`}>
      <header>
        <VerdictWord tone={tone}>{word}</VerdictWord>
        <h3>
          <Verbatim text={name} />
          {folder !== undefined && (
            <>
              {' in '}
              <Verbatim text={folder} />
            </>
          )}
        </h3>
        <span className="score">{Math.round(confidence * 100)} % sure</span>
      </header>
      <p className="about">
        process {pid} · since{' '}
        <time dateTime={new Date(startedAt).toISOString()} title={fullTime(startedAt)}>
          {clockTime(startedAt)}
        </time>{' '}
        · {level}
        {startedBy && (
          <>
            {' · started by '}
            <Verbatim text={startedBy.program} />
          </>
        )}
        {processes.length > 1 && ` · ${processes.length} processes`}
      </p>
      {findings.map(({ id, message, severity }) => (
        <p key={id} className={`notice tone-${severity === 'high' ? 'alert' : 'note'}`}>
          <Verbatim text={message} />
        </p>
      ))}
      <dl className="facts">
        <dt>Program</dt>
        <dd>
          <Verbatim text={script ?? program} />
        </dd>
        <dt>Known by</dt>
        <dd>
          <ul className="evidence">
            {evidence.map(({ what, weight }) => (
              <li key={what}>
                <span className="weight">{weight.toFixed(2)}</span> <Verbatim text={what} />
              </li>
            ))}
          </ul>
        </dd>
        {models.length > 0 && (
          <>
            <dt>Talks to</dt>
            <dd>
              <Verbatim text={[...new Set(models)].join(', ')} />
            </dd>
          </>
        )}
        {local.length > 0 && (
          <>
            <dt>Uses</dt>
            <dd>
              <Verbatim text={[...new Set(local)].join(', ')} />
            </dd>
          </>
        )}
        {credentials.length > 0 && (
          <>
            <dt>Can reach</dt>
            <dd>
              <Verbatim text={credentials.map(({ name: held, production }) => (production ? `${held} (production)` : held)).join(', ')} />
            </dd>
          </>
        )}
      </dl>
      <Choices client={client} agent={agent} policies={policies} />
    </article>
  )
}

type Pending = { registration: Registration; file: string; adds: string } | { confirm: ResponseAction | 'restart'; message: string }

/** What may be done. Nothing happens before what it does was shown. */
function Choices({ client, agent, policies }: { client: OperatorClient; agent: RunningAgent; policies: readonly PolicyFileStatus[] }) {
  const { pid, startedAt, authorized, paused, level, command } = agent
  const [policy, setPolicy] = useState('')
  const [pending, setPending] = useState<Pending>()
  const [problem, setProblem] = useState<string>()
  const fail = (error: Error): void => setProblem(error.message)

  const plan = (as: Registration['as']): void => {
    setProblem(undefined)
    const registration = { pid, startedAt, as, ...(as === 'authorized' && policy !== '' && { policy }) }
    client.call('planRegistration', registration).then((reply) => ('problem' in reply ? setProblem(reply.problem) : setPending({ registration, ...reply })), fail)
  }
  const apply = (registration: Registration): void => {
    setPending(undefined)
    client.call('applyRegistration', registration).then((reply) => (reply.done ? undefined : setProblem(reply.message)), fail)
  }
  const act = (action: ResponseAction, confirmed: boolean): void => {
    setProblem(undefined)
    setPending(undefined)
    client.call('respondToAgent', { pid, startedAt, action, confirmed }).then((reply) => {
      if (reply.done) return
      if (reply.asks.length > 0) setPending({ confirm: action, message: reply.message })
      else setProblem(reply.message)
    }, fail)
  }
  const restart = (confirmed: boolean): void => {
    setProblem(undefined)
    setPending(undefined)
    client.call('restartContained', { pid, startedAt, confirmed, ...(policy !== '' && { policy }) }).then((reply) => {
      if ('asks' in reply) setPending({ confirm: 'restart', message: reply.asks })
      if ('problem' in reply) setProblem(reply.problem)
    }, fail)
  }
  return (
    <>
      <div className="choices">
        {!authorized && (
          <>
            <label>
              Policy{' '}
              <select value={policy} onChange={(event) => setPolicy(event.target.value)}>
                <option value="">the one that fits</option>
                {policies.map(({ name }) => (
                  <option key={name}>{name}</option>
                ))}
              </select>
            </label>
            <button type="button" className="button" onClick={() => plan('authorized')}>
              Authorise…
            </button>
            <button type="button" className="button" onClick={() => plan('ignored')}>
              Ignore here…
            </button>
          </>
        )}
        <span className="spring" />
        {level !== 'contained' && (
          <button type="button" className="button" onClick={() => restart(false)}>
            Restart contained…
          </button>
        )}
        <button type="button" className="button" onClick={() => act(paused ? 'resume' : 'pause', false)}>
          {paused ? 'Resume' : 'Pause'}
        </button>
        <button type="button" className="button" onClick={() => setPending({ confirm: 'end', message: `End ${agent.name} and everything it has started?` })}>
          End…
        </button>
      </div>
      {problem !== undefined && (
        <p className="notice tone-alert" role="alert">
          <Verbatim text={problem} />
        </p>
      )}
      {pending && 'adds' in pending && (
        <section className="plan" aria-label="What is added">
          <p>
            Adds to <Verbatim text={pending.file} />:
          </p>
          <pre>
            <Verbatim text={pending.adds} />
          </pre>
          <button type="button" className="button primary" onClick={() => apply(pending.registration)}>
            {pending.registration.as === 'authorized' ? 'Authorise' : 'Ignore here'}
          </button>{' '}
          <button type="button" className="button" onClick={() => setPending(undefined)}>
            Cancel
          </button>
        </section>
      )}
      {pending && 'confirm' in pending && (
        <section className="plan" aria-label="Confirm">
          <p>
            <Verbatim text={pending.message} />
          </p>
          <button type="button" className="button primary" onClick={() => (pending.confirm === 'restart' ? restart(true) : act(pending.confirm, true))}>
            {pending.confirm === 'end' ? 'End' : pending.confirm === 'restart' ? 'Restart contained' : 'Do it'}
          </button>{' '}
          <button type="button" className="button" onClick={() => setPending(undefined)}>
            Cancel
          </button>
        </section>
      )}
      {level !== 'contained' && (
        <details>
          <summary>Run it contained by hand</summary>
          <p className="about">End it, then start it in a terminal, in its folder:</p>
          <pre>
            <Verbatim text={`paddock run ${policy === '' ? '' : `--policy ${policy} `}-- ${command.join(' ')}`} />
          </pre>
        </details>
      )}
    </>
  )
}

function Servers({ servers }: { servers: readonly ServerEntry[] }) {
  return (
    <section className="servers" aria-label="Servers">
      <h3>Servers of tools and models</h3>
      <ul>
        {servers.map((server) => (
          <li key={`${server.kind} ${server.host} ${server.file} ${server.name}`}>
            <strong>
              <Verbatim text={server.name} />
            </strong>{' '}
            <span className="about">
              {[server.kind === 'mcp' ? 'MCP' : 'model', server.host, server.enabled ? undefined : 'off', server.running.length > 0 ? 'running' : undefined, server.pinned === false ? 'version not pinned' : undefined].filter(Boolean).join(' · ')}
            </span>
            <br />
            <Verbatim text={server.command?.join(' ') ?? server.url ?? ''} />
          </li>
        ))}
      </ul>
    </section>
  )
}
