import { useMemo } from 'react'
import { countEscapes, visible } from '../ui/visible.ts'
import { LONGEST_READABLE } from './readable.ts'

/** One part of a call, complete, in a box that scrolls. */
export function CallBox({ label, text }: { label: string; text: string }) {
  const shown = text.slice(0, LONGEST_READABLE)
  const pieces = useMemo(() => visible(shown), [shown])
  const escapes = useMemo(() => countEscapes(pieces), [pieces])
  return (
    <section className="call-part">
      <header>
        <h3>{label}</h3>
        <span className="measure">{measure(text)}</span>
      </header>
      <div className="call-text" role="region" aria-label={`${label}, complete`} tabIndex={0}>
        <pre dir="ltr">
          {pieces.map((piece, index) =>
            piece.escaped ? (
              <span key={index} className="escape">
                {piece.text}
              </span>
            ) : (
              piece.text
            ),
          )}
        </pre>
      </div>
      {escapes > 0 && (
        <p className="caution">
          {escapes === 1 ? 'One character' : `${escapes.toLocaleString('en')} characters`} would have been invisible or
          misleading. Shown as <span className="escape">‹U+…›</span>.
        </p>
      )}
      {text.length > shown.length && (
        <p className="caution">
          Too long to be read: only the first {LONGEST_READABLE.toLocaleString('en')} characters are shown, and it can only be
          denied.
        </p>
      )}
    </section>
  )
}

function measure(text: string): string {
  const lines = text.split('\n').length
  const characters = `${text.length.toLocaleString('en')} ${text.length === 1 ? 'character' : 'characters'}`
  return lines === 1 ? characters : `${characters}, ${lines.toLocaleString('en')} lines`
}
