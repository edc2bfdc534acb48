import type { RedactionRules, SecretOption } from './redaction-rules.ts'

/** What stands in the place of a secret. */
export const REDACTED = '‹redacted›'

/** A part of a text: from `start` up to, not including, `end`. */
interface Span {
  start: number
  end: number
}

interface Word extends Span {
  text: string
}

const LONGEST_NAME = 100
const WORD = /[A-Za-z0-9_.-]+/g
const ENDS_COMMAND = /[;|&\n(`]/
/** From the end of a name to its value: `=`, `:`, `=>`, around them quotes (JSON) and spaces. */
const ASSIGNMENT = /\\?["']?[ \t]*(?:=>|[:=])=?[ \t]*/y
const HEADER = /\\?["']?[ \t]*:[ \t]*/y
const SCHEME = /(?:Bearer|Basic|Token|Digest|Negotiate)[ \t]+/iy
const SPACES = /[ \t]+/y
/** A value that is itself read from elsewhere: `$TOKEN`, `${TOKEN}`, `$(pass show x)`, `{{ secrets.token }}`. */
const REFERENCE = /"?(?:\$\{?[A-Za-z_]|\$\(|\{\{|%[A-Za-z_]+%)/y
const PEM = /[A-Z0-9 ]*PRIVATE KEY-----/y
const USER_INFO = /:\/\/(?:[^\s/?#'"`@:]*:([^\s/?#'"`]*)|([^\s/?#'"`@:]{16,}))@/y

/**
 * Replaces the values of secrets in a text: known token formats, values of names that say they are secret, credential
 * headers, private keys, passwords in URLs and options. One pass, time linear in the text. When in doubt, it redacts.
 */
export function redact(text: string, rules: RedactionRules): string {
  let result = ''
  let kept = 0
  let program: string | undefined
  WORD.lastIndex = 0
  for (let match = WORD.exec(text); match; match = WORD.exec(text)) {
    const word = { text: match[0], start: match.index, end: match.index + match[0].length }
    if (program !== undefined && ENDS_COMMAND.test(text.slice(kept, word.start))) program = undefined
    if (rules.options.has(word.text)) program = word.text
    const secret = secretAt(text, word, program, rules)
    const found = secret !== undefined && secret.end > secret.start
    result += found ? text.slice(kept, secret.start) + REDACTED : text.slice(kept, word.end)
    kept = found ? secret.end : word.end
    WORD.lastIndex = kept
  }
  return result + text.slice(kept)
}

/** Whether the value of a field, option or variable of this name is a secret. */
export function isSecretName(name: string, rules: RedactionRules): boolean {
  return name.length <= LONGEST_NAME && (rules.names.test(name) || rules.headers.has(name.toLowerCase()))
}

/** As `redact` for a command that is already split into words. */
export function redactWords<T extends string | null>(program: string, words: readonly T[], rules: RedactionRules): (T | string)[] {
  const options = rules.options.get(program.slice(program.lastIndexOf('/') + 1)) ?? []
  return words.map((word, index) => {
    if (word === null) return word
    const before = words[index - 1] ?? ''
    if (before.startsWith('-') && !word.startsWith('-') && isSecretName(before, rules)) return REDACTED
    const next = options.find(({ name, form }) => form !== 'joined' && name === before)
    if (next) return maskAfter(word, 0, next)
    const joined = options.find(({ name, form }) => form !== 'next' && word.startsWith(name) && word.length > name.length)
    return joined ? maskAfter(word, joined.name.length, joined) : redact(word, rules)
  })
}

function maskAfter(word: string, start: number, option: SecretOption): string {
  const span = partOf(word, { start, end: word.length }, option)
  return span ? word.slice(0, span.start) + REDACTED : word
}

/** The secret that this word is or announces; empty where it only refers to one. */
function secretAt(text: string, word: Word, program: string | undefined, rules: RedactionRules): Span | undefined {
  if (isToken(word.text, rules)) return word
  if (word.text.endsWith('-----BEGIN')) return privateKeyAt(text, word.end)
  if (text.startsWith('://', word.end)) return userInfoAt(text, word.end)
  if (word.text.length > LONGEST_NAME) return undefined
  if (isSecretName(word.text, rules)) {
    const header = rules.headers.has(word.text.toLowerCase()) ? headerValueAt(text, word) : undefined
    return header ?? namedValueAt(text, word)
  }
  const options = program === undefined ? undefined : rules.options.get(program)
  return options && optionValueAt(text, word, options)
}

function isToken(word: string, { tokens }: RedactionRules): boolean {
  const candidates = tokens.get(word.slice(0, 2))
  return candidates?.some(({ prefix, length }) => word.length >= length && word.startsWith(prefix)) ?? false
}

function privateKeyAt(text: string, begin: number): Span | undefined {
  const start = after(PEM, text, begin)
  if (start === undefined) return undefined
  const end = text.indexOf('-----END', start)
  return { start, end: end < 0 ? text.length : end }
}

function userInfoAt(text: string, colon: number): Span | undefined {
  USER_INFO.lastIndex = colon
  const match = USER_INFO.exec(text)
  const secret = match?.[1] ?? match?.[2]
  if (!match || secret === undefined) return undefined
  const end = match.index + match[0].length - 1
  return { start: end - secret.length, end }
}

function headerValueAt(text: string, name: Word): Span | undefined {
  const value = after(HEADER, text, name.end)
  if (value === undefined) return undefined
  const quoted = quoteAt(text, value)
  const start = after(SCHEME, text, value + quoted.length) ?? value + quoted.length
  if (after(REFERENCE, text, start) !== undefined) return { start, end: start }
  const quote = quoted || quoteAt(text, name.start - 1)
  return { start, end: quote ? closing(text, start, quote) : endOfLine(text, start) }
}

function namedValueAt(text: string, name: Word): Span | undefined {
  const assigned = after(ASSIGNMENT, text, name.end)
  if (assigned !== undefined) return valueAt(text, assigned)
  if (!name.text.startsWith('-')) return undefined
  const next = after(SPACES, text, name.end)
  return next === undefined || text[next] === '-' ? undefined : valueAt(text, next)
}

function optionValueAt(text: string, word: Word, options: readonly SecretOption[]): Span | undefined {
  for (const option of options) {
    if (!word.text.startsWith(option.name)) continue
    const exact = word.text === option.name
    if (exact && option.form === 'joined' && !/["'\\]/.test(text[word.end] ?? '')) continue
    if (!exact && option.form === 'next') continue
    const start = exact ? (after(SPACES, text, word.end) ?? word.end) : word.start + option.name.length
    const value = valueAt(text, start)
    return value && partOf(text, value, option)
  }
  return undefined
}

/** The part of a value that is secret: all of it, or what follows the option's character. */
function partOf(text: string, value: Span, option: SecretOption): Span | undefined {
  if (option.after === undefined) return value
  const separator = text.slice(value.start, value.end).indexOf(option.after)
  return separator < 0 ? undefined : { start: value.start + separator + 1, end: value.end }
}

/** The value that begins at `start`, without the quotes around it; undefined when it only refers to one. */
function valueAt(text: string, start: number): Span | undefined {
  if (after(REFERENCE, text, start) !== undefined) return undefined
  const quote = quoteAt(text, start)
  if (quote) return { start: start + quote.length, end: closing(text, start + quote.length, quote) }
  return { start, end: endOfValue(text, start) }
}

/** An unquoted value goes on over escapes and over quotes that a shell would join to it. */
function endOfValue(text: string, start: number): number {
  let end = start
  while (end < text.length && !/[\s&;|<>(),}\]]/.test(text[end]!)) {
    if (text[end] === '\\') end += 2
    else if (/["'`]/.test(text[end]!)) {
      const joined = text.indexOf(text[end]!, end + 1)
      if (joined < 0 || /\s/.test(text.slice(end, Math.min(joined, end + LONGEST_NAME)))) return end
      end = joined + 1
    } else end += 1
  }
  return Math.min(end, text.length)
}

/** The quote at this place, `\"` as one (JSON within a string); empty when there is none. */
function quoteAt(text: string, at: number): string {
  const quote = text[at] === '\\' ? text.slice(at, at + 2) : (text[at] ?? '')
  return /["'`]$/.test(quote) ? quote : ''
}

function closing(text: string, start: number, quote: string): number {
  for (let end = start; end < text.length; end += 1) {
    if (text.startsWith(quote, end)) return end
    if (text[end] === '\\' && quote !== "'") end += 1
  }
  return text.length
}

function endOfLine(text: string, start: number): number {
  const end = text.indexOf('\n', start)
  return end < 0 ? text.length : end
}

/** Where the match of a sticky pattern at `at` ends. */
function after(pattern: RegExp, text: string, at: number): number | undefined {
  pattern.lastIndex = at
  return pattern.test(text) ? pattern.lastIndex : undefined
}
