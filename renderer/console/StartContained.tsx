import { useEffect, useId, useState } from 'react'
import { AbsolutePath } from '../../electron/contract/ids.ts'
import type { OperatorClient } from '../../electron/contract/operator-client.ts'
import type { Connection, ContainedPlan } from '../../electron/contract/operator.ts'
import { Verbatim } from '../ui/Verbatim.tsx'
import { commandLine, isPasteable } from './shell-words.ts'

interface StartContainedProps {
  client: OperatorClient
  agent: Connection['agent']
  onClose: () => void
}

/** How the agent is started so that the kernel holds it: the folder, the command, and a terminal where there is one. */
export function StartContained({ client, agent, onClose }: StartContainedProps) {
  const [reply, setReply] = useState<{ plan: ContainedPlan } | { problem: string }>()
  useEffect(() => {
    client.call('planContained', { agent }).then(setReply, (error: Error) => setReply({ problem: error.message }))
  }, [client, agent])
  return (
    <div className="plan">
      {reply && 'problem' in reply && (
        <p className="notice tone-alert" role="alert">
          {reply.problem}
        </p>
      )}
      {reply && 'plan' in reply ? (
        <Start client={client} agent={agent} plan={reply.plan} onClose={onClose} />
      ) : (
        <button type="button" className="button" onClick={onClose}>
          Close
        </button>
      )}
    </div>
  )
}

type Outcome = { tone: 'note' | 'alert'; text: string }

function Start({ client, agent, plan, onClose }: StartContainedProps & { plan: ContainedPlan }) {
  const [folder, setFolder] = useState(plan.folder)
  const [outcome, setOutcome] = useState<Outcome>()
  const field = useId()
  const line = commandLine(folder, plan.argv)
  const chosen = AbsolutePath.safeParse(folder)
  const fail = (error: Error): void => setOutcome({ tone: 'alert', text: error.message })

  const copy = (): void => {
    navigator.clipboard.writeText(line).then(() => setOutcome({ tone: 'note', text: 'Copied.' }), fail)
  }
  const open = (): void => {
    if (!chosen.success) return setOutcome({ tone: 'alert', text: 'The folder has to be a whole path, from / on.' })
    setOutcome(undefined)
    client
      .call('startContained', { agent, folder: chosen.data })
      .then((reply) => setOutcome('started' in reply ? { tone: 'note', text: `Opened ${reply.started}.` } : { tone: 'alert', text: reply.problem }), fail)
  }
  return (
    <>
      <p>
        <code>paddock run -- {plan.command.join(' ')}</code> starts it so that the kernel holds it to its policy: what reaches outside pauses and
        asks.
      </p>
      <label className="field" htmlFor={field}>
        Folder to work in
      </label>
      <input id={field} className="search folder" value={folder} spellCheck={false} onChange={(event) => setFolder(event.target.value)} />
      <p>In a terminal:</p>
      <div className="diff command" role="region" aria-label="The command" tabIndex={0}>
        <pre>
          <Verbatim text={line} />
        </pre>
      </div>
      {!isPasteable(line) && <p className="notice tone-alert">A terminal would take characters of this folder’s name for keys, so it can’t be copied.</p>}
      <div className="plan-actions">
        {plan.terminal !== undefined && (
          <button type="button" className="button primary" onClick={open}>
            Open in a terminal
          </button>
        )}
        <button type="button" className="button" aria-disabled={!isPasteable(line)} onClick={() => isPasteable(line) && copy()}>
          Copy the command
        </button>
        <button type="button" className="button" onClick={onClose}>
          Close
        </button>
      </div>
      {plan.terminal === undefined && <p className="how">No terminal program was found where Paddock runs.</p>}
      {outcome && (
        <p className={`notice tone-${outcome.tone}`} role={outcome.tone === 'alert' ? 'alert' : 'status'}>
          <Verbatim text={outcome.text} />
        </p>
      )}
    </>
  )
}
