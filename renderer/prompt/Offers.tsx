import { useId } from 'react'
import type { Call } from '../../electron/contract/call.ts'
import type { Offer, Reach } from '../../electron/contract/request.ts'
import { Verbatim } from '../ui/Verbatim.tsx'
import { coversFolder, inWords } from './answer.ts'

/** The ways to say Allow, narrowest first, each with the literal rules it would put in force. */
export function Offers({
  offers,
  call,
  chosen,
  onChoose,
}: {
  offers: readonly Offer[]
  call: Call
  chosen: Reach | undefined
  onChoose: (remember: Reach) => void
}) {
  const name = useId()
  if (offers.length === 0) return null
  return (
    <fieldset className="offers">
      <legend>Allow means</legend>
      {offers.map((offer) => (
        <label key={offer.remember} className="offer">
          <input
            type="radio"
            name={name}
            checked={offer.remember === chosen}
            onChange={() => onChoose(offer.remember)}
          />
          <OfferText offer={offer} call={call} />
        </label>
      ))}
    </fieldset>
  )
}

function OfferText({ offer, call }: { offer: Offer; call: Call }) {
  switch (offer.remember) {
    case 'once':
      return (
        <div>
          <strong>{onceText(call)}</strong>
          <p>{coversFolder(call) ? 'Until the command ends. Nothing is remembered.' : 'Nothing is remembered.'}</p>
        </div>
      )
    case 'folder':
      return (
        <div>
          <strong>What this command does in the folder</strong>
          <p>Until the command ends. Allows without asking:</p>
          <Rules rules={offer.rules} />
        </div>
      )
    case 'session':
      return (
        <div>
          <strong>Until the session ends</strong>
          <p>Can be revoked in the console. Allows without asking:</p>
          <Rules rules={offer.rules} />
        </div>
      )
    case 'rule':
      return (
        <div>
          <strong>From now on, in every session</strong>
          <p>Allows without asking:</p>
          <Rules rules={offer.rules} />
          <p>
            Adds to <Verbatim text={offer.file} />
          </p>
          <pre className="adds">
            <Verbatim text={offer.adds} />
          </pre>
        </div>
      )
    default:
      return (
        <div>
          <strong>For {inWords(offer.remember)}, in this session</strong>
          <p>Can be revoked in the console. Allows without asking:</p>
          <Rules rules={offer.rules} />
        </div>
      )
  }
}

function onceText(call: Call): string {
  if (coversFolder(call)) return 'What this command does in the folder'
  return call.tool === 'operation' ? 'This operation only' : 'This call only'
}

function Rules({ rules }: { rules: readonly string[] }) {
  return (
    <ul className="rules">
      {rules.map((rule) => (
        <li key={rule}>
          <Verbatim text={rule} />
        </li>
      ))}
    </ul>
  )
}
