/** More words than this from one are not written out. */
const MOST = 128

/**
 * The words that `{a,b}` or `{1..3}` stands for, as bash expands them; undefined when it holds quotes or expansions, or
 * becomes too many words.
 */
export function expandBraces(text: string): string[] | undefined {
  if (/["'`$\\]/.test(text)) return undefined
  const words = alternatives(text)
  return words.length > MOST ? undefined : words
}

function alternatives(text: string): string[] {
  const open = text.indexOf('{')
  if (open < 0) return [text]
  const { close, pieces } = splitAt(text, open)
  if (close < 0) return [text]
  const inner = pieces.length > 1 ? pieces.flatMap(alternatives) : sequence(pieces[0]!)
  const before = text.slice(0, open)
  const tails = alternatives(text.slice(close + 1))
  const middles = inner ?? alternatives(pieces[0]!).map((piece) => `{${piece}}`)
  const words: string[] = []
  for (const middle of middles) for (const tail of tails) if (words.length <= MOST) words.push(before + middle + tail)
  return words
}

/** The pieces between the brace at `open` and its partner, split at the commas of that level. */
function splitAt(text: string, open: number): { close: number; pieces: string[] } {
  const pieces: string[] = []
  let depth = 0
  let start = open + 1
  for (let at = open; at < text.length; at += 1) {
    const character = text[at]
    if (character === '{') depth += 1
    if (character === '}') depth -= 1
    if (depth === 0) return { close: at, pieces: [...pieces, text.slice(start, at)] }
    if (character === ',' && depth === 1) {
      pieces.push(text.slice(start, at))
      start = at + 1
    }
  }
  return { close: -1, pieces: [] }
}

/** `1..9`, `01..10..2`, `a..e`. */
function sequence(text: string): string[] | undefined {
  const match = /^(-?\d{1,9}|[A-Za-z])\.\.(-?\d{1,9}|[A-Za-z])(?:\.\.(-?\d{1,9}))?$/.exec(text)
  if (!match) return undefined
  const [, from = '', to = '', step = ''] = match
  const numeric = /\d/.test(from) && /\d/.test(to)
  if (!numeric && (/\d/.test(from) || /\d/.test(to))) return undefined
  const [first, last] = numeric ? [Number(from), Number(to)] : [from.charCodeAt(0), to.charCodeAt(0)]
  const by = Math.abs(Number(step)) || 1
  const width = numeric && (/^-?0\d/.test(from) || /^-?0\d/.test(to)) ? Math.max(from.length, to.length) : 0
  const words: string[] = []
  for (let n = first; first <= last ? n <= last : n >= last; n += first <= last ? by : -by) {
    words.push(numeric ? padded(n, width) : String.fromCharCode(n))
    if (words.length > MOST) break
  }
  return words
}

function padded(n: number, width: number): string {
  return n < 0 ? `-${String(-n).padStart(width - 1, '0')}` : String(n).padStart(width, '0')
}
