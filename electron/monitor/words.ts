/** Words of texts, in the form in which the monitor compares them. Pure and bounded: no text is looked at beyond what is said. */

/** What of a text is looked at: its begin and its end. Longer texts hide what is between; that is said in the documentation. */
export const LONGEST_TEXT = 64 * 1024

/** The begin and the end of a text that is longer than is looked at. */
export function bounded(text: string, longest = LONGEST_TEXT): string {
  if (text.length <= longest) return text
  const half = Math.floor(longest / 2)
  return `${text.slice(0, half)}\n${text.slice(-half)}`
}

/** A word without plural and tense: `channels`, `posted`, `sending` become `channel`, `post`, `send`. Not linguistics: both sides get it. */
export function stem(word: string): string {
  if (word.length <= 3) return word
  if (word.endsWith('ies') && word.length > 4) return `${word.slice(0, -3)}y`
  if (word.endsWith('sses')) return word.slice(0, -2)
  if (word.endsWith('s') && !word.endsWith('ss') && !word.endsWith('us') && !word.endsWith('is')) return stem(word.slice(0, -1))
  if (word.endsWith('ing') && word.length > 5) return undouble(word.slice(0, -3))
  if (word.endsWith('ed') && word.length > 4) return undouble(word.slice(0, -2))
  return word.endsWith('e') && word.length > 4 ? word.slice(0, -1) : word
}

function undouble(word: string): string {
  const last = word.at(-1)
  const short = last === word.at(-2) && !/[lsz]/.test(last ?? '') ? word.slice(0, -1) : word
  return short.endsWith('e') && short.length > 4 ? short.slice(0, -1) : short
}

/** The words of a name: `send_directMessage` gives `send direct message`. */
export function nameWords(name: string): string[] {
  return name
    .slice(0, 200)
    .replace(/([a-z\d])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z\d]+/)
    .filter((word) => word !== '')
}

const COMMON = new Set(
  stems(
    'the and for are was were has have had not but you your with this that from they them their there then than what when where which who will would can could should please about into onto over under after before more most some any all each every other also just very been being does did doing its his her she him our out off too how why one two via here user name text content body subject title date time new true false null none string number value',
  ),
)

function stems(words: string): string[] {
  return words.split(/\s+/).map(stem)
}

/** Words that say something, as stems: at least three letters, none of the commonest. */
export function contentWords(text: string): Set<string> {
  const words = new Set<string>()
  for (const [word] of text.toLowerCase().matchAll(/[\p{L}]{3,}/gu)) {
    const one = stem(word)
    if (!COMMON.has(one)) words.add(one)
  }
  return words
}

/**
 * What names one thing in the world: addresses, hosts, paths, numbers of accounts, identifiers with digits. In one spelling: lower
 * case, without scheme, `www.`, quotes or a sign of punctuation at the end.
 */
export function marks(text: string): Set<string> {
  const found = new Set<string>()
  for (const [raw] of text.matchAll(MARK)) {
    const mark = normalMark(raw)
    if (isMark(mark)) found.add(mark)
  }
  return found
}

const MARK = /[\p{L}\p{N}_~$%+./@:#-]{4,}/gu

/** The one spelling of a mark. */
export function normalMark(raw: string): string {
  return raw
    .toLowerCase()
    .replace(/^[a-z][a-z\d+.-]*:\/\//, '')
    .replace(/^www\./, '')
    .replace(/^[.:/#@-]+(?=[\p{L}\p{N}])/u, '')
    .replace(/[.:/#@$%+~-]+$/, '')
}

/** A mark has a sign inside of it, or digits enough to be no ordinary number. */
function isMark(text: string): boolean {
  if (text.length < 4 || text.length > 300) return false
  if (/^[\d.:/-]+$/.test(text)) return text.replace(/\D/g, '').length >= 5
  return /[@/\\]/.test(text) || /[\p{L}\p{N}]\.[\p{L}]{2,}/u.test(text) || (/\d{3,}/.test(text) && /\p{L}/u.test(text)) || /_/.test(text)
}
