import { useId } from 'react'
import type { Offer, Remember } from '../../electron/contract/request.ts'
import { Verbatim } from '../ui/Verbatim.tsx'
import { inWords } from './answer.ts'

/** The ways to say Allow, narrowest first, each with the literal rules it would put in force. */
export function Offers({
  offers,
  chosen,
  onChoose,
}: {
  offers: readonly Offer[]
  chosen: Remember | undefined
  onChoose: (remember: Remember) => void
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
          <OfferText offer={offer} />
        </label>
      ))}
    </fieldset>
  )
}

function OfferText({ offer }: { offer: Offer }) {
  switch (offer.remember) {
    case 'once':
      return (
        <div>
          <strong>This call only</strong>
          <p>Nothing is remembered.</p>
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
