import { visible } from './visible.ts'

/** Text that Paddock does not vouch for, in the order of its characters, with nothing hidden (`visible`). */
export function Verbatim({ text }: { text: string }) {
  return (
    <span className="verbatim" dir="ltr">
      {visible(text).map((piece, index) =>
        piece.escaped ? (
          <span key={index} className="escape">
            {piece.text}
          </span>
        ) : (
          piece.text
        ),
      )}
    </span>
  )
}
