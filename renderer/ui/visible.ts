/** A stretch of text as it may be shown: as it is, or as the escapes of characters that would deceive a reader. */
export interface Piece {
  text: string
  escaped: boolean
}

/**
 * Text of the supervised party in a form that can't deceive. Characters that do not print (control, ANSI, bidirectional,
 * zero-width, unusual spaces, lone surrogates), that pose as ASCII (`；`, `𝐫𝐦`, a Cyrillic letter in a Latin word) or
 * that paint over their neighbours become `‹U+202E›`. Newlines and tabs stay. `‹` and `›` are escaped themselves, so the
 * original can be read back from what is shown.
 */
export function visible(text: string): Piece[] {
  const pieces: Piece[] = []
  const add = (piece: string, escaped: boolean): void => {
    const last = pieces.at(-1)
    if (last?.escaped === escaped) last.text += piece
    else if (piece !== '') pieces.push({ text: piece, escaped })
  }
  const posing = new Set(lettersOfOtherScripts(text))
  let shown = 0
  for (const { index, 0: character } of text.matchAll(NOT_PLAIN)) {
    if (!posing.has(index) && isHonest(character, text.slice(Math.max(0, index - 8), index))) continue
    add(text.slice(shown, index), false)
    add(escapeOf(character), true)
    shown = index + character.length
  }
  add(text.slice(shown), false)
  return pieces
}

/** How many characters of the text are shown as escapes. */
export function countEscapes(pieces: readonly Piece[]): number {
  return pieces.reduce((count, piece) => count + (piece.escaped ? piece.text.split('‹').length - 1 : 0), 0)
}

const NOT_PLAIN = /[^\x20-\x7e\n\t]/gu
/** Other, separators, default-ignorable, the blank Braille pattern, and the quotes around an escape. */
const HIDDEN = /[\p{C}\p{Z}\p{Default_Ignorable_Code_Point}\u2800‹›]/v
const MARK = /^\p{M}$/u
/** A letter with at most one mark so far: what a further mark may sit on. */
const CARRIES_A_MARK = /\p{L}\p{M}?$/u
const PRINTABLE_ASCII = /^[\x20-\x7e]+$/

function isHonest(character: string, before: string): boolean {
  if (HIDDEN.test(character)) return false
  if (MARK.test(character)) return CARRIES_A_MARK.test(before)
  return !PRINTABLE_ASCII.test(character.normalize('NFKC'))
}

/** The positions of Cyrillic and Greek letters in words that also have Latin ones. */
function* lettersOfOtherScripts(text: string): Generator<number> {
  for (const { index, 0: word } of text.matchAll(/[\p{L}\p{M}\p{N}_]+/gu)) {
    if (!/\p{Script=Latin}/u.test(word)) continue
    for (const letter of word.matchAll(/[\p{Script=Cyrillic}\p{Script=Greek}]/gu)) yield index + letter.index
  }
}

function escapeOf(character: string): string {
  return `‹U+${character.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')}›`
}
