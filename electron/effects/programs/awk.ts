import type { AbsolutePath } from '../../contract/ids.ts'
import { touch } from '../shell/touch.ts'
import type { Reading } from '../shell/reading.ts'

/**
 * Adds what an awk program does besides reading its operands: files written by `print > "file"`, and an `unknown` for
 * `system`, pipes, `getline` and whatever can't be followed. Source of the grammar: the POSIX awk page and the gawk manual.
 */
export function awkEffects(program: string, directories: readonly AbsolutePath[], reading: Reading): void {
  const tokens = tokensOf(program)
  if (tokens === undefined) return reading.effects.unknown('an awk program that Paddock can\'t read', program)
  let printing = false
  let depth = 0
  for (const [index, token] of tokens.entries()) {
    if (RUNS.test(token) || token.startsWith('@')) return reading.effects.unknown('an awk program that runs or reads something else', program)
    if (token === 'print' || token === 'printf') [printing, depth] = [true, 0]
    else if (/^[;\n}]$/.test(token)) printing = false
    else if (token === '(') depth += 1
    else if (token === ')') depth -= 1
    if (!printing || depth > 0 || (token !== '>' && token !== '>>')) continue
    const target = tokens[index + 1]
    const ends = tokens[index + 2]
    const isWhole = ends === undefined || /^[;\n}]$/.test(ends)
    if (isWhole && target?.startsWith('"') && !target.includes('\\')) touch(['write'], target.slice(1, -1), directories, reading)
    else reading.effects.unknown('an awk program that writes a file whose name it computes', program)
  }
}
const RUNS = /^(?:system|getline|\||\|&|ARGV|ARGC)$/

/**
 * Names, strings, regular expressions as one token each, everything else as single characters or `>>`, `||`, `|&`. Undefined
 * where a slash may divide or begin a regular expression, which would hide what follows.
 */
function tokensOf(program: string): string[] | undefined {
  const tokens: string[] = []
  /** For each open bracket, whether an `if`, `while` or `for` is before it. */
  const open: boolean[] = []
  let afterCondition = false
  let at = 0
  while (at < program.length) {
    TOKEN.lastIndex = at
    let token = TOKEN.exec(program)![0]
    const previous = tokens.at(-1) ?? ''
    if (token === '"') return undefined
    if (token === '/') {
      if (previous === '++' || previous === '--') return undefined
      if (!ENDS_OPERAND.test(previous) || (previous === ')' && afterCondition)) {
        const end = regexEnd(program, at)
        if (end === undefined) return undefined
        token = program.slice(at, end)
      }
    }
    at += token.length
    if (BLANK.test(token)) continue
    if (token === '(') open.push(/^(?:if|while|for)$/.test(previous))
    if (token === ')') afterCondition = open.pop() ?? false
    tokens.push(token)
  }
  return tokens
}
const TOKEN = /[ \t\r]+|\\\r?\n|#[^\n]*|"(?:[^"\\\n]|\\[^])*"|@?[A-Za-z_]\w*|\d[\w.]*|>>|\|\||\|&|&&|\+\+|--|[^]/y
const BLANK = /^(?:[ \t\r]+|\\\r?\n|#.*)$/
/** After an operand a slash divides. */
const ENDS_OPERAND = /^(?!(?:print|printf|return|in|else|do|case|exit|getline|delete)$)(?:[\w"$]|[)\]]$)/

function regexEnd(program: string, from: number): number | undefined {
  let inClass = false
  for (let at = from + 1; at < program.length; at += 1) {
    const character = program[at]
    if (character === '\\') at += 1
    else if (character === '\n') return undefined
    else if (character === '[' && !inClass) {
      inClass = true
      if (program[at + 1] === '^') at += 1
      if (program[at + 1] === ']') at += 1
    } else if (character === ']') inClass = false
    // Inside a class awks differ on whether a slash ends the expression.
    else if (character === '/') return inClass ? undefined : at + 1
  }
  return undefined
}
