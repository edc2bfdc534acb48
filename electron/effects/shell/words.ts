import type { CommandExpansionPart, DoubleQuotedChild, ParameterExpansionPart, Word, WordPart } from 'unbash'
import { expandBraces } from './braces.ts'
import type { AbsolutePath } from '../../contract/ids.ts'
import { DIGITS, type Field, type Unknown, type Within } from './field.ts'
import { expandGlob, type PatternPiece } from './globs.ts'
import { operated, outputsOf } from './known.ts'
import { judgeNested } from './nested.ts'
import type { Reading } from './reading.ts'
import type { Scope, Values } from './scope.ts'

/** Longer values of variables, in UTF-16 units, count as any; no command is longer. */
const LONGEST_VALUE = 64 * 1024

/** More readings of one command than this are not told apart. */
const MOST_READINGS = 32

/**
 * The words of a command after all expansions, in the order of the shell: braces, tilde, parameters and substitutions,
 * splitting, pathname patterns. More than one list where a word has several possible values. Substitutions inside the words
 * are judged on the way.
 */
export function expandWords(words: readonly Word[], scope: Scope, reading: Reading): Field[][] {
  let lists: Field[][] = [[]]
  let end = -1
  for (const word of words) {
    // Text right behind a process substitution belongs to the same word.
    if (word.pos === end) reading.effects.unknown('a process substitution inside a word', word.text)
    end = word.end
    const readings = expandWord(word, scope, reading)
    if (readings.length === 1) for (const list of lists) list.push(...readings[0]!)
    else if (readings.length * lists.length <= MOST_READINGS) lists = lists.flatMap((list) => readings.map((one) => [...list, ...one]))
    else for (const list of lists) list.push({ kind: 'unknown', prefix: '', many: true, source: word.text })
  }
  return lists
}

/** The possible readings of one word, each a list of fields. */
export function expandWord(word: Word, scope: Scope, reading: Reading): Field[][] {
  if (word.parts === undefined) return plainWord(word, reading)
  judgeNested(word, scope, reading)
  const braced = braceWords(word.parts, reading.maybePosix)
  if (braced === undefined) return [[unknownWord(word, '', true)]]
  let lists: Field[][] = [[]]
  for (const parts of braced) {
    const readings = expandParts(word, parts, scope, reading)
    if (readings.length * lists.length > MOST_READINGS) return [[unknownWord(word, '', true)]]
    lists = lists.flatMap((list) => readings.map((one) => [...list, ...one]))
  }
  return lists
}

/**
 * A word where one string is meant: the value of an assignment, the target of a redirection, the text of a here-string. There is no
 * splitting, and no pattern in an assignment. Null when it can be anything.
 */
export function expandToText(word: Word, scope: Scope, reading: Reading): Values {
  if (word.parts === undefined) {
    const tilde = word.text.startsWith('~') ? tildePrefix(word.value, reading) : undefined
    if (tilde === null) return null
    const text = assignedTildes(`:${tilde ?? word.value}`, reading)
    return text === null ? null : [text.slice(1)]
  }
  judgeNested(word, scope, reading)
  if (word.parts.length === 1 && word.parts[0]!.type === 'ArithmeticExpansion') return [DIGITS]
  const pieces = piecesOf(word.parts, false, scope, reading)
  const values: (string | Within)[] = []
  for (const combination of combinations(pieces)) {
    if (combination === undefined || combination.some((piece) => 'unknown' in piece || 'within' in piece)) {
      const only = combination?.length === 1 ? combination[0] : undefined
      if (only && 'within' in only) values.push(only.within)
      else return null
    } else {
      const text = combination.map((piece) => ('text' in piece ? piece.text : 'glob' in piece ? piece.glob : '')).join('')
      // A value that doubles with each assignment would soon be too long for anybody.
      if (text.length > LONGEST_VALUE) return null
      values.push(text)
    }
  }
  return values
}

// ---------------------------------------------------------------- words without parts

function plainWord(word: Word, reading: Reading): Field[][] {
  const { text, value } = word
  if (text.charCodeAt(0) === TILDE) {
    const expanded = tildePrefix(value, reading)
    return expanded === null ? [[unknownWord(word, '', false)]] : [[expanded ?? value]]
  }
  if (text.charCodeAt(0) === EQUALS && text.length > 1 && reading.maybeZsh)
    reading.effects.unknown('zsh puts the path of a program here', text)
  if (text.includes('~') && ASSIGNMENT_WITH_TILDE.test(text)) {
    const expanded = assignedTildes(value, reading)
    return expanded === null ? [[value], [unknownWord(word, '', false)]] : [[value], [expanded]]
  }
  return [[value]]
}
/** bash expands ~ after = and : in words that look like assignments (`dd of=~/x`); other shells don't. */
const ASSIGNMENT_WITH_TILDE = /^[A-Za-z_]\w*\+?=(?:[^]*:)?~/
const TILDE = 0x7e
const EQUALS = 0x3d

/** `~/x` as a path of the home directory; null for the home of somebody else; undefined when nothing is expanded. */
function tildePrefix(text: string, reading: Reading): string | null | undefined {
  if (text === '~' || text.startsWith('~/')) return reading.world.home + text.slice(1)
  return /^~[\w+-]/.test(text) ? null : undefined
}

/** The value of an assignment with each `~` after `=` or `:` expanded; null when one is somebody else's home. */
function assignedTildes(text: string, reading: Reading): string | null {
  if (/[=:]~[\w+-]/.test(text)) return null
  return text.replaceAll(/([=:])~(?=[/:]|$)/g, (_whole, mark: string) => mark + reading.world.home)
}

function unknownWord(word: Word, prefix: string, many: boolean): Unknown {
  return { kind: 'unknown', prefix, many, source: word.text }
}

// ---------------------------------------------------------------- words with parts

/** What one part of a word contributes. */
type Piece =
  | { text: string; splits: boolean }
  | { glob: string }
  | { within: Within }
  | { unknown: true; many: boolean }
  /** A variable with several possible values. */
  | { choice: Piece[] }

/** The word once for each way its braces can be written out; undefined when they can't be followed. */
function braceWords(parts: readonly WordPart[], posix: boolean): WordPart[][] | undefined {
  let words: WordPart[][] = [[]]
  for (const part of parts) {
    if (part.type !== 'BraceExpansion') {
      for (const word of words) word.push(part)
      continue
    }
    // A plain POSIX shell leaves braces alone.
    const texts = posix ? undefined : expandBraces(part.text)
    if (texts === undefined || texts.length * words.length > 128) return undefined
    words = words.flatMap((word) => texts.map((text) => [...word, ...textParts(text, part)]))
  }
  return words
}

/** The text of a brace alternative as parts again: it may hold patterns. */
function textParts(text: string, { pos, end }: WordPart): WordPart[] {
  return text.split(/([*?])/).filter((piece) => piece !== '').map((piece): WordPart => {
    const common = { pos, end, text: piece, value: piece }
    if (piece === '*') return { type: 'Glob', kind: 'star', ...common }
    return piece === '?' ? { type: 'Glob', kind: 'question', ...common } : { type: 'Literal', ...common }
  })
}

function expandParts(word: Word, parts: readonly WordPart[], scope: Scope, reading: Reading): Field[][] {
  const positional = allPositional(parts)
  // Without quotes each is split and expanded once more.
  const isSplit = parts[0]?.type !== 'DoubleQuoted' && scope.positional?.some((one) => typeof one === 'string' && /[\s*?[]/.test(one))
  if (positional) return [scope.positional === undefined || isSplit ? [unknownWord(word, '', true)] : [...scope.positional]]
  const pieces = piecesOf(parts, false, scope, reading)
  const readings: Field[][] = []
  for (const combination of combinations(pieces)) {
    if (combination === undefined) return [[unknownWord(word, '', true)]]
    readings.push(...fieldsOf(word, combination, scope, reading))
  }
  return readings
}

/** `"$@"`, `$@` or `$*` and nothing else. */
function allPositional(parts: readonly WordPart[]): boolean {
  const [only, ...rest] = parts
  if (only === undefined || rest.length > 0) return false
  if (only.type === 'DoubleQuoted') return only.parts.length === 1 && only.parts[0]!.text === '$@'
  return only.type === 'SimpleExpansion' && (only.text === '$@' || only.text === '$*')
}

function piecesOf(parts: readonly (WordPart | DoubleQuotedChild)[], quoted: boolean, scope: Scope, reading: Reading): Piece[] {
  return parts.flatMap((part, index): Piece | Piece[] => {
    switch (part.type) {
      case 'Literal':
        return literalPiece(part.value, part.text, quoted, index, parts, reading)
      case 'SingleQuoted':
        return { text: part.value, splits: false }
      case 'AnsiCQuoted':
        if (reading.maybePosix) reading.effects.unknown('shells read this quotation differently', part.text)
        return PLAIN_ANSI_C.test(part.text) ? { text: part.value, splits: false } : { unknown: true, many: false }
      case 'DoubleQuoted':
        return part.parts.length === 0 ? { text: '', splits: false } : piecesOf(part.parts, true, scope, reading)
      case 'LocaleString':
        return { unknown: true, many: false }
      case 'SimpleExpansion':
        return variablePiece(part.text.slice(1), quoted, parts[index + 1], scope, reading)
      case 'ParameterExpansion':
        if (part.prefix === undefined && part.index === undefined && part.operation === undefined)
          return variablePiece(part.parameter, quoted, undefined, scope, reading)
        return operatedPiece(part, quoted, scope, reading) ?? { unknown: true, many: !quoted && part.prefix !== '#' }
      case 'CommandExpansion':
        return knownOutput(part, quoted, scope, reading) ?? { unknown: true, many: !quoted }
      case 'ArithmeticExpansion':
        return { unknown: true, many: false }
      case 'ProcessSubstitution':
        // bash leaves out one without a command.
        if (part.script?.commands.length === 0) return { unknown: true, many: true }
        return { text: '/dev/fd/63', splits: false }
      case 'Glob':
        return part.kind === 'bracket' && (!part.parts.every(isLiteral) || /["'\\]/.test(part.text)) ? { unknown: true, many: true } : { glob: part.text }
      case 'ExtendedGlob':
        if (reading.maybeZsh) reading.effects.unknown('zsh may run code in a pattern like this', part.text)
        return part.parts?.every(isLiteral) === false ? { unknown: true, many: true } : { glob: part.text }
      case 'BraceExpansion':
        return { unknown: true, many: true }
    }
  })
}

const isLiteral = (part: WordPart): boolean => part.type === 'Literal'

/** The escapes of `$'…'` on which bash, zsh and the parser agree. */
const PLAIN_ANSI_C = /^\$'(?:[^\\']|\\(?:[nt\\'"]|x[2-7][0-9A-Fa-f]|(?!000)[01][0-7]{2}))*'$/

function literalPiece(
  value: string, text: string, quoted: boolean, index: number, parts: readonly (WordPart | DoubleQuotedChild)[], reading: Reading,
): Piece {
  if (quoted) return { text: value, splits: false }
  if (index === 0 && text.includes('~') && ASSIGNMENT_WITH_TILDE.test(text)) {
    const expanded = assignedTildes(value, reading)
    return { choice: [{ text: value, splits: false }, expanded === null ? { unknown: true, many: false } : { text: expanded, splits: false }] }
  }
  if (index > 0 && text.includes(':~') && /^[A-Za-z_]\w*\+?=/.test(parts[0]!.text)) return { unknown: true, many: false }
  if (index > 0 || text.charCodeAt(0) !== TILDE) return { text: value, splits: false }
  const isWholePrefix = text.includes('/') || parts.length === 1
  if (!isWholePrefix) return parts[1]?.type === 'SimpleExpansion' ? { unknown: true, many: false } : { text: value, splits: false }
  const expanded = tildePrefix(value, reading)
  return expanded === null ? { unknown: true, many: false } : { text: expanded ?? value, splits: false }
}

function variablePiece(name: string, quoted: boolean, next: WordPart | DoubleQuotedChild | undefined, scope: Scope, reading: Reading): Piece {
  // In zsh $x[1] is a subscript and $x:h a modifier.
  const isZshForm = reading.maybeZsh && next !== undefined && (next.type === 'Glob' || next.type === 'Literal') && /^(\[|:[a-zA-Z])/.test(next.text)
  const values = isZshForm ? null : valuesOf(name, scope, reading)
  if (values === null) return { unknown: true, many: !quoted && !COUNTERS.has(name) }
  return oneOf(values.map((value): Piece => (typeof value === 'string' ? { text: value, splits: !quoted } : value.kind === 'digits' ? { unknown: true, many: false } : { within: value })))
}

const oneOf = (pieces: Piece[]): Piece => (pieces.length === 1 ? pieces[0]! : { choice: pieces })

/** `${x%.ts}` and its like, where all that x may be is known. */
function operatedPiece({ parameter, prefix, index, operation }: ParameterExpansionPart, quoted: boolean, scope: Scope, reading: Reading): Piece | undefined {
  const values = valuesOf(parameter, scope, reading)
  if (prefix !== undefined || index !== undefined || operation === undefined || !/^(?:[A-Za-z_]\w*|[1-9])$/.test(parameter)) return undefined
  const textOf = (word: Word): string | undefined => {
    if (/[`$~]|[<>]\(/.test(word.text)) return undefined
    const [only, ...others] = expandToText(word, scope, reading) ?? []
    return others.length === 0 && typeof only === 'string' ? only : undefined
  }
  const texts = values?.map((value) => (typeof value === 'string' ? operated(value, operation, textOf) : undefined))
  return texts?.every((text) => text !== undefined) ? oneOf(texts.map((text) => ({ text, splits: !quoted }))) : undefined
}
const COUNTERS = new Set(['?', '#', '$', '!', '-', 'RANDOM', 'SECONDS', 'LINENO', 'UID', 'EUID', 'PPID', 'BASHPID'])

/** What `$name` may stand for. */
export function valuesOf(name: string, scope: Scope, reading: Reading): Values {
  reading.flow.uses(name)
  const own = scope.variables.get(name)
  if (own !== undefined) return own
  if (name === 'HOME') return [reading.world.home]
  if (name === 'PWD') return workingDirectories(scope, reading)
  if (/^[1-9]$/.test(name)) {
    if (scope.positional === undefined) return null
    const field = scope.positional[Number(name) - 1] ?? ''
    return typeof field === 'string' || field.kind === 'within' ? [field] : null
  }
  if (!/^[A-Za-z_]\w*$/.test(name)) return null
  const value = reading.world.variable(name)
  return value === undefined || value.includes('\0') ? null : [value]
}

/** What the shell says its directory is: with the links that it went through. */
const workingDirectories = (scope: Scope, reading: Reading): AbsolutePath[] =>
  scope.directories.flatMap((directory) => [directory, ...(reading.logical.get(directory) ?? [])])

/** Substitutions whose output follows from what is known. */
function knownOutput({ text, script }: CommandExpansionPart, quoted: boolean, scope: Scope, reading: Reading): Piece | undefined {
  if (text === '$(pwd)' || text === '`pwd`') return oneOf(workingDirectories(scope, reading).map((directory) => ({ text: directory, splits: false })))
  if (script === undefined || script.source !== undefined) return undefined
  const texts = outputsOf(script, scope, (words) => expandWords(words, scope, reading))
  if (texts !== undefined && texts.length > 0 && texts.length <= 16) return oneOf(texts.map((one) => ({ text: one, splits: !quoted })))
  const names = quoted ? undefined : reading.printed.get(script)?.filter((name) => typeof name !== 'string' && name.kind === 'within')
  return names && names.length > 0 && names.length === reading.printed.get(script)?.length ? oneOf(names.map((within) => ({ within }))) : undefined
}

/** Every way to choose a value for each variable; undefined in place of ways that are too many. */
function combinations(pieces: Piece[]): (Exclude<Piece, { choice: Piece[] }>[] | undefined)[] {
  let lists: Exclude<Piece, { choice: Piece[] }>[][] = [[]]
  for (const piece of pieces) {
    if (!('choice' in piece)) {
      for (const list of lists) list.push(piece)
      continue
    }
    if (lists.length * piece.choice.length > MOST_READINGS) return [undefined]
    lists = lists.flatMap((list) => piece.choice.flatMap((one) => ('choice' in one ? [] : [[...list, one]])))
  }
  return lists
}

/** Joins pieces to fields: splits what an unquoted variable holds, and expands patterns. */
function fieldsOf(word: Word, pieces: Exclude<Piece, { choice: Piece[] }>[], scope: Scope, reading: Reading): Field[][] {
  let prefix = ''
  for (const piece of pieces) {
    if ('text' in piece) prefix += piece.text
    else if ('glob' in piece) break
    else if ('within' in piece && pieces.indexOf(piece) === 0 && pieces.slice(1).every(isEndOfName)) return [[extended(piece.within, pieces.slice(1))]]
    else return [[unknownWord(word, prefix, pieces.some((one) => 'unknown' in one && one.many))]]
  }
  if (pieces.some((piece) => 'unknown' in piece || 'within' in piece)) return [[unknownWord(word, '', true)]]
  if (pieces.some((piece) => 'text' in piece && piece.splits && /[\s*?[]/.test(piece.text))) return splitFields(word, pieces, reading)
  if (pieces.some((piece) => 'glob' in piece)) return expandGlob(pieces as PatternPiece[], scope.directories, reading.world, { wrote: reading.effects.wrote, removed: reading.effects.all.some((effect) => effect.kind === 'delete') })
  return prefix === '' && pieces.length > 0 && pieces.every((piece) => 'text' in piece && piece.splits) ? [[]] : [[prefix]]
}

/** What still leaves a name in the same directory: `"$f.bak"`. */
const isEndOfName = (piece: Piece): piece is Extract<Piece, { text: string }> => 'text' in piece && !piece.text.includes('/')

/** Something in a directory with more at the end of its name. */
function extended(within: Within, end: readonly Piece[]): Within {
  const more = end.map((piece) => ('text' in piece ? piece.text : '')).join('')
  if (more === '') return within
  return within.known ? { ...within, known: within.known.map((name) => name + more) } : { ...within, names: undefined, isTracked: undefined }
}

/** bash splits an unquoted value at blanks and takes patterns in it for patterns, zsh does neither. */
function splitFields(word: Word, pieces: Exclude<Piece, { choice: Piece[] }>[], reading: Reading): Field[][] {
  const only = pieces.length === 1 ? pieces[0] : undefined
  if (!only || !('text' in only) || /[*?[]/.test(only.text)) return [[unknownWord(word, '', true)]]
  const split = only.text.split(/[ \t\n]+/).filter((piece) => piece !== '')
  return reading.maybeZsh ? [split, [only.text]] : [split]
}
