import { useEffect, useId, useRef, useState, type MouseEvent } from 'react'
import type { Answer, PendingRequest, Reach } from '../../electron/contract/request.ts'
import type { Look } from '../ui/armed-controls.ts'
import { callText } from '../ui/call-text.ts'
import { useArmedControls } from '../ui/use-armed-controls.ts'
import { brokerNow, type BrokerView } from '../ui/use-broker.ts'
import { allowLabel, answerTo, preselected } from './answer.ts'
import { chordNames, chordOf } from './chord.ts'
import { Countdown } from './Countdown.tsx'
import { Envelope, Who } from './Envelope.tsx'
import { Offers } from './Offers.tsx'
import { isReadable } from './readable.ts'
import { useTimeIsUp } from './use-time-is-up.ts'

interface CardProps {
  request: PendingRequest
  broker: BrokerView
  /** The agent's name for people. */
  agent: string
  /** An answer is on its way: nothing more is accepted. */
  busy: boolean
  onAnswer: (answer: Answer) => void
}

/**
 * One request, whole, with its two answers. It never takes focus by itself, has no default button, and a bare key never
 * answers: only a pointer that came for it, or a chord while the focus is inside.
 */
export function Card({ request, broker, agent, busy, onAnswer }: CardProps) {
  const [remember, setRemember] = useState<Reach | undefined>(preselected(request.offers))
  const card = useRef<HTMLElement>(null)
  const decide = useRef<HTMLElement>(null)
  const titleId = useId()
  const [controls, look] = useArmedControls(JSON.stringify([request, remember]), decide)
  const readable = isReadable(request)
  const allowable = remember !== undefined && readable
  const timeIsUp = useTimeIsUp(request, broker)
  const deaf = busy || broker.gone || timeIsUp

  const answer = (verdict: Answer['verdict']): void => {
    if (deaf || brokerNow(broker) >= request.deadline) return
    if (verdict === 'allow' && !allowable) return
    onAnswer(answerTo(request, verdict, remember ?? 'once'))
  }
  const click = (verdict: Answer['verdict']) => (event: MouseEvent) => {
    if (controls.acceptsClick(event.nativeEvent)) answer(verdict)
  }

  // The document, not the card: a card that was just replaced has no focus inside, and then no key may count.
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent): void => {
      const verdict = chordOf(event)
      if (verdict === undefined || !event.isTrusted || !card.current?.contains(document.activeElement)) return
      event.preventDefault()
      if (controls.acceptsKey()) answer(verdict)
    }
    document.addEventListener('keydown', onKeyDown)
    return () => document.removeEventListener('keydown', onKeyDown)
  })

  const keys = chordNames(navigator.platform)
  const inert = deaf || !look.armed || look.covered
  return (
    <section ref={card} className="card" role="alertdialog" aria-labelledby={titleId}>
      <div className="card-scroll">
        <h2 id={titleId} tabIndex={-1}>
          <strong>{agent}</strong> wants to {callText(request.call).wish}
        </h2>
        <Envelope request={request} readable={readable} />
        {readable && <Offers offers={request.offers} call={request.call} chosen={remember} onChoose={setRemember} />}
        <Who request={request} />
      </div>
      <footer className="decide" ref={decide} onPointerDown={controls.press}>
        <Countdown request={request} broker={broker} />
        <p className="hint">{deaf && !busy ? 'Nobody hears an answer now.' : hintOf(look, allowable, busy)}</p>
        <div className={inert ? 'answers' : 'answers armed'}>
          <button type="button" className="deny" aria-disabled={inert} aria-keyshortcuts="Control+Shift+D" onClick={click('deny')}>
            <span>Deny</span>
            <kbd>{keys.deny}</kbd>
          </button>
          <button
            type="button"
            className="allow"
            aria-disabled={inert || !allowable}
            aria-keyshortcuts="Control+Shift+A"
            onClick={click('allow')}
          >
            <span>{allowLabel(remember ?? 'once', request.call)}</span>
            <kbd>{keys.allow}</kbd>
          </button>
        </div>
      </footer>
    </section>
  )
}

function hintOf({ armed, covered }: Look, allowable: boolean, busy: boolean): string {
  if (busy) return 'Sending…'
  if (covered) return 'Move the pointer off the buttons first.'
  if (!armed) return 'Ready in a moment.'
  return allowable ? 'Nothing happens by itself: silence is Deny.' : 'This can only be denied.'
}
