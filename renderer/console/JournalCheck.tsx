import { useState } from 'react'
import type { OperatorClient } from '../../electron/contract/operator-client.ts'
import type { State } from '../../electron/contract/operator.ts'

type Check = { tone: 'note' | 'allow' | 'alert'; text: string }

/** How long the record is, and the button that verifies its whole chain. */
export function JournalCheck({ client, journal }: { client: OperatorClient; journal: State['journal'] }) {
  const [check, setCheck] = useState<Check>()
  const verify = (): void => {
    setCheck({ tone: 'note', text: 'Verifying…' })
    client.call('verifyJournal', {}).then(
      ({ rows, problem }) =>
        setCheck(
          problem === undefined
            ? { tone: 'allow', text: `All ${rows.toLocaleString('en')} rows verified` }
            : { tone: 'alert', text: problem },
        ),
      (error: Error) => setCheck({ tone: 'alert', text: error.message }),
    )
  }
  return (
    <div className="journal-check">
      <p>
        Journal <span>{journal.rows.toLocaleString('en')}</span>
      </p>
      <button type="button" className="button" onClick={verify} title={journal.file}>
        Verify
      </button>
      <p className={`check tone-${check?.tone ?? 'note'}`} role="status">
        {check?.text}
      </p>
    </div>
  )
}
