import { useEffect, useRef, useState } from 'react'
import type { OperatorClient } from '../../electron/contract/operator-client.ts'
import type { Answer, PendingRequest } from '../../electron/contract/request.ts'
import { callSubject } from '../../electron/contract/describe.ts'
import { callText } from '../ui/call-text.ts'
import type { BrokerView } from '../ui/use-broker.ts'
import { Verbatim } from '../ui/Verbatim.tsx'
import type { Tone } from '../ui/VerdictWord.tsx'
import { confirmation } from './answer.ts'
import { Card } from './Card.tsx'

/** Milliseconds between an answer and the next card. */
const GAP_MS = 600

/** Milliseconds that a notice stays. */
const NOTICE_MS = 8000

interface Notice {
  tone: Tone
  text: string
  subject?: string
}

/** The requests that wait, one card at a time, oldest first, and what became of the one before. */
export function PromptQueue({ client, broker }: { client: OperatorClient; broker: BrokerView }) {
  const [notice, setNotice] = useNotice()
  const { phase, answer } = useAnswers(client, setNotice)
  const requests = broker.state?.requests ?? []
  const shown = shownIn(phase, requests)
  useDepartures(shown, phase.name === 'idle', setNotice)
  useFocusKey()

  const agent = shown && nameOf(shown, broker)
  return (
    <div className={shown || phase.name === 'gap' ? 'prompt-queue occupied' : 'prompt-queue'}>
      <header className="queue-header">
        <p className="queue-count">{countOf(requests.length)}</p>
        {shown && <p className="queue-key">F6 brings the keyboard here</p>}
        {broker.gone && shown && <BrokerGone />}
        {notice && (
          <p className={`notice tone-${notice.tone}`}>
            {notice.text} {notice.subject !== undefined && <Verbatim text={notice.subject} />}
          </p>
        )}
      </header>
      {shown && agent !== undefined && (
        // A changed envelope is another card: nothing chosen for the old one carries over.
        <Card
          key={`${shown.id} ${shown.digest} ${shown.nonce}`}
          request={shown}
          broker={broker}
          agent={agent}
          busy={phase.name === 'sending'}
          onAnswer={(given) => answer(given, shown, agent)}
        />
      )}
      {!shown && phase.name === 'idle' && (
        <div className="nothing-waits">{broker.gone ? <BrokerGone /> : <p>Nothing waits for you.</p>}</div>
      )}
      <p className="only-heard" role="status">
        {notice?.text} {shown && `${agent} wants to ${callText(shown.call).wish}. ${countOf(requests.length)}.`}
      </p>
    </div>
  )
}

type Phase = { name: 'idle' } | { name: 'sending'; request: PendingRequest } | { name: 'gap' }

/** While an answer is on its way its card stays, and after it there is a gap. */
function shownIn(phase: Phase, requests: readonly PendingRequest[]): PendingRequest | undefined {
  switch (phase.name) {
    case 'idle':
      return requests[0]
    case 'sending':
      return phase.request
    case 'gap':
      return undefined
  }
}

/** Sends answers, one at a time, and says what became of them. */
function useAnswers(client: OperatorClient, setNotice: (notice: Notice) => void) {
  const [phase, setPhase] = useState<Phase>({ name: 'idle' })
  const sending = useRef(false)

  const answer = (given: Answer, request: PendingRequest, agent: string): void => {
    if (sending.current) return
    sending.current = true
    setPhase({ name: 'sending', request })
    const settle = (tone: Tone, text: string): void => {
      setNotice({ tone, text, subject: shortSubject(request) })
      setPhase({ name: 'gap' })
      setTimeout(() => {
        sending.current = false
        setPhase({ name: 'idle' })
      }, GAP_MS)
    }
    client.call('answer', given).then(
      (result) =>
        result.outcome === 'applied'
          ? settle(given.verdict, confirmation(given, agent, request.call))
          : settle('alert', `Not applied: ${result.message}`),
      (error: Error) => settle('alert', `Not confirmed: ${error.message}`),
    )
  }
  return { phase, answer }
}

/** A notice that stays long enough to be read. */
function useNotice() {
  const [notice, setNotice] = useState<Notice>()
  useEffect(() => {
    if (!notice) return undefined
    const timer = setTimeout(() => setNotice(undefined), NOTICE_MS)
    return () => clearTimeout(timer)
  }, [notice])
  return [notice, setNotice] as const
}

/** Says so when the card on show goes away or changes by itself, that is while no answer to it is on its way. */
function useDepartures(shown: PendingRequest | undefined, idle: boolean, setNotice: (notice: Notice) => void): void {
  const last = useRef<PendingRequest>(undefined)
  useEffect(() => {
    const before = last.current
    last.current = shown
    if (!idle || !before || before.digest === shown?.digest) return
    if (before.id === shown?.id) setNotice({ tone: 'ask', text: 'The request changed while it was shown. Read it again.' })
    else setNotice({ tone: 'note', text: 'No longer waiting:', subject: shortSubject(before) })
  }, [shown, idle, setNotice])
}

/** The way to the card by keyboard: it never comes by itself. */
function useFocusKey(): void {
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent): void => {
      if (event.key !== 'F6') return
      event.preventDefault()
      focusCard()
    }
    document.addEventListener('keydown', onKeyDown)
    return () => document.removeEventListener('keydown', onKeyDown)
  }, [])
}

/** Puts the focus on the heading of the card, which does nothing by itself. */
export function focusCard(): void {
  document.querySelector<HTMLElement>('[role="alertdialog"] h2')?.focus()
}

function BrokerGone() {
  return (
    <p className="notice tone-alert" role="alert">
      Paddock’s broker is gone. Every call of a connected agent is denied until it runs again.
    </p>
  )
}

function countOf(waiting: number): string {
  if (waiting === 0) return 'None waiting'
  return waiting === 1 ? '1 waiting' : `1 of ${waiting} waiting`
}

function nameOf(request: PendingRequest, broker: BrokerView): string {
  const { agent } = request.caller
  return broker.state?.connections.find((connection) => connection.agent === agent)?.name ?? agent
}

function shortSubject(request: PendingRequest): string {
  const subject = callSubject(request.call)
  return subject.length > 120 ? `${subject.slice(0, 120)}…` : subject
}
