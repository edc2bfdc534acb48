import type { ParameterOperation, ParsedScript, Word } from 'unbash'
import { parentOf } from '../paths.ts'
import type { Field } from './field.ts'
import { matchesPattern, type PatternPiece } from './globs.ts'
import type { Reading } from './reading.ts'
import type { Scope } from './scope.ts'

/**
 * The texts that a substitution such as `$(basename "$f")` may stand for; undefined when they don't follow from what is known. The
 * line ends at its end are gone already. `expand` gives the words of a command.
 */
export function outputsOf({ commands }: ParsedScript, scope: Scope, expand: (words: readonly Word[]) => Field[][]): string[] | undefined {
  const [only, ...others] = commands
  const command = only?.command
  if (command?.type !== 'Command' || others.length > 0 || only?.background) return undefined
  const { name, args, prefix, redirects } = command
  const print = name && prefix.length === 0 && redirects.length === 0 && !scope.functions.has(name.text) ? PRINTERS.get(name.text) : undefined
  if (print === undefined || !args.every(isFlatWord)) return undefined
  const texts = expand(args).map((fields) => (fields.every((field) => typeof field === 'string') ? print(fields) : undefined))
  return texts.every((text) => text !== undefined) ? texts.map((text) => text.replace(/\n+$/, '')) : undefined
}

/** Without a substitution inside, which would be judged once more. */
const isFlatWord = (arg: { type: string; text: string }): arg is Word => arg.type === 'Word' && !/[`]|\$\(|[<>]\(/.test(arg.text)

/** Programs that print what they are told, as far as all shells agree on it. */
export const PRINTERS: ReadonlyMap<string, (args: readonly string[]) => string | undefined> = new Map([
  ['echo', (args: readonly string[]) => (args[0]?.startsWith('-') || args.some((arg) => arg.includes('\\')) ? undefined : args.join(' '))],
  ['printf', printed],
  ['basename', ([path, ending, ...more]: readonly string[]) => {
    if (path === undefined || path === '' || path.startsWith('-') || more.length > 0) return undefined
    const name = path.replace(/(?<=.)\/+$/, '').split('/').at(-1) || '/'
    return ending !== undefined && name !== ending && name.endsWith(ending) ? name.slice(0, name.length - ending.length) : name
  }],
  ['dirname', ([path, ...more]: readonly string[]) => {
    if (path === undefined || path.startsWith('-') || more.length > 0) return undefined
    return path.includes('/') ? parentOf(path.replace(/(?<=.)\/+$/, '')).replace(/(?<=.)\/+$/, '') || (path.startsWith('/') ? '/' : '.') : '.'
  }],
])

/** What `printf FORMAT WORD` prints, for the formats that are only the word. */
export function printed([format, ...args]: readonly string[]): string | undefined {
  if (format !== undefined && args.length === 0 && /^[^%\\-][^%\\]*$/.test(format)) return format
  return args.length === 1 && /^%s(?:\\n)?$/.test(format ?? '') ? args[0] : undefined
}

/**
 * What `${x%.ts}`, `${x:-y}` and their like make of a value; undefined when that doesn't follow from what is known. `expand` gives
 * the one text that a word is.
 */
export function operated(value: string, operation: ParameterOperation, expand: (word: Word) => string | undefined): string | undefined {
  if (value.length > LONGEST) return undefined
  const result = changed(value, operation, expand)
  return result !== undefined && result.length <= LONGEST ? result : undefined
}

/** Longer values are not worked on: matching costs the square of their length. */
const LONGEST = 1000

function changed(value: string, operation: ParameterOperation, expand: (word: Word) => string | undefined): string | undefined {
  switch (operation.type) {
    case 'Default': {
      const isGiven = value !== '' || !operation.operator.startsWith(':')
      if (operation.operator.endsWith('+')) return isGiven ? expand(operation.operand) : ''
      return isGiven ? value : operation.operator.endsWith('-') ? expand(operation.operand) : undefined
    }
    case 'Remove': {
      const pattern = patternOf(operation.operand)
      return pattern && removed(value, pattern, operation.operator)
    }
    case 'Replace': {
      const [from, to] = [operation.pattern.text, operation.replacement.text]
      if (!/^[\w.:,@ -]+$/.test(from) || !/^[\w./:,@ -]*$/.test(to)) return undefined
      if (operation.operator === '/#') return value.startsWith(from) ? to + value.slice(from.length) : value
      if (operation.operator === '/%') return value.endsWith(from) ? value.slice(0, -from.length) + to : value
      return operation.operator === '//' ? value.replaceAll(from, () => to) : value.replace(from, () => to)
    }
    default:
      return undefined
  }
}

/** A pattern of text, `*` and `?`; undefined when there is more in it. */
function patternOf({ text }: Word): PatternPiece[] | undefined {
  if (!/^[\w./:,@ *?-]+$/.test(text)) return undefined
  return text.split(/([*?])/).filter((piece) => piece !== '').map((piece) => (piece === '*' || piece === '?' ? { glob: piece } : { text: piece }))
}

function removed(value: string, pattern: readonly PatternPiece[], operator: '#' | '##' | '%' | '%%'): string {
  const lengths = Array.from({ length: value.length + 1 }, (_, length) => length)
  if (operator.length === 2) lengths.reverse()
  for (const length of lengths) {
    const isPrefix = operator.startsWith('#')
    if (matchesPattern(pattern, isPrefix ? value.slice(0, length) : value.slice(value.length - length))) return isPrefix ? value.slice(length) : value.slice(0, value.length - length)
  }
  return value
}

/** The names that a substitution prints, such as those of files that `find` finds, where whoever uses them splits them at blanks. */
export function namesPrintedBy({ commands }: ParsedScript, reading: Reading): readonly Field[] | undefined {
  const [only, ...others] = commands
  const last = only?.command.type === 'Pipeline' ? only.command.commands.at(-1) : only?.command
  const prints = others.length === 0 && last?.type === 'Command' && last.redirects.length === 0 ? reading.prints : undefined
  return prints?.kind === 'names' ? prints.names : undefined
}
