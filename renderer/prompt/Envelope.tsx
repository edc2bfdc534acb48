import type { PendingRequest } from '../../electron/contract/request.ts'
import { callText } from '../ui/call-text.ts'
import { EffectList } from '../ui/EffectList.tsx'
import { Verbatim } from '../ui/Verbatim.tsx'
import { CallBox } from './CallBox.tsx'
import { Monitored } from './Monitored.tsx'

/** What the answer will be bound to, nothing left out. Of what can't be read, and only denied, the beginning. */
export function Envelope({ request, readable }: { request: PendingRequest; readable: boolean }) {
  const { paused, parts } = callText(request.call)
  return (
    <>
      {paused !== undefined && <p className="paused">{paused}</p>}
      {parts.map((part) => (
        <CallBox key={part.label} label={part.label} text={part.text} />
      ))}
      <dl className="facts">
        <dt>Runs in</dt>
        <dd>
          <Verbatim text={request.cwd} />
        </dd>
      </dl>
      {readable && request.claim !== undefined && (
        <section className="claim">
          <h3>
            The agent’s own words <span className="unverified">not verified</span>
          </h3>
          <p>
            <Verbatim text={request.claim} />
          </p>
        </section>
      )}
      {readable && request.weighing && <Monitored weighing={request.weighing} />}
      {readable && (
        <section>
          <h3>What it would do</h3>
          <EffectList effects={request.effects} reasons={request.reasons} />
        </section>
      )}
    </>
  )
}

/** Who makes the call, and how that is known. */
export function Who({ request: { call, caller, toolName, revision } }: { request: PendingRequest }) {
  return (
    <section>
      <h3>Who asks</h3>
      <dl className="facts">
        <dt>Agent</dt>
        <dd>
          <Verbatim text={caller.agent} />
        </dd>
        <dt>Process</dt>
        <dd>
          {caller.process ? (
            <>
              {caller.process.pid} <Verbatim text={caller.process.program} />
              <span className="how">named by the operating system</span>
            </>
          ) : (
            <>
              unknown <span className="how">this system can’t tell; the agent is who its hook says it is</span>
            </>
          )}
        </dd>
        <dt>Session</dt>
        <dd>
          <Verbatim text={caller.session} /> <span className="how">{call.tool === 'operation' ? 'named by Paddock, which holds it' : 'named by the agent'}</span>
        </dd>
        <dt>Workspace</dt>
        <dd>
          <Verbatim text={caller.workspace} />
        </dd>
        <dt>Tool</dt>
        <dd>
          <Verbatim text={toolName} />
        </dd>
        <dt>Policy</dt>
        <dd>revision {revision}</dd>
      </dl>
    </section>
  )
}
