import { forEachChild, type ParsedScript, type SyntaxNode } from 'unbash'
import type { Reading } from './reading.ts'

/** Longer commands are not parsed. In UTF-16 units. */
const LONGEST = 65_536
/** Deeper nesting of brackets is not parsed; a shell nests a handful of them. */
const MOST_OPEN = 200

/** Why a text is not even parsed, or undefined. Linear in the length, and cheap when the text is huge. */
export function refusal(code: string): string | undefined {
  if (code.length > LONGEST) return `the command is longer than ${LONGEST / 1024} KiB`
  if (code.includes('\0')) return 'the command holds a NUL character'
  let open = 0
  for (let at = 0; at < code.length; at += 1) {
    const unit = code.charCodeAt(at)
    if (unit === 0x28 || unit === 0x60 || unit === 0x7b) open += 1
    else if ((unit === 0x29 || unit === 0x7d) && open > 0) open -= 1
    if (open > MOST_OPEN) return 'the command is nested too deeply'
  }
  return undefined
}

/**
 * Tells, as `unknown` effects, what shells and parsers may read differently from each other in this text: control and
 * invisible characters, line continuations inside words, constructs of zsh, and what bash takes up again after an error.
 * What the text does otherwise is judged all the same.
 */
export function raiseObjections(code: string, script: ParsedScript, reading: Reading): void {
  if (INVISIBLE.test(code)) objectToInvisible(code, script, reading)
  if (code.includes('\\\n') || code.endsWith('\\')) objectToContinuations(code, script, reading)
  if (reading.maybeZsh && ZSH.test(code)) objectToZsh(code, script, reading)
}

// Control, format (bidirectional, zero-width, tags, BOM) and separator characters other than tab, newline and space; lone
// surrogates; letters and marks that draw nothing.
const INVISIBLE =
  /(?![\t\n ])[\p{Cc}\p{Cf}\p{Zs}\p{Zl}\p{Zp}\p{Cs}]|\u034f|\u115f|\u1160|\u17b4|\u17b5|\u3164|\uffa0|[\ufe00-\ufe0f]|[\u{e0000}-\u{e0fff}]/u
/** These reorder what a person sees, quoted or not. */
const BIDIRECTIONAL = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/

function objectToInvisible(code: string, script: ParsedScript, reading: Reading): void {
  if (BIDIRECTIONAL.test(code)) reading.effects.unknown('the command holds characters that change the order in which text is shown')
  if (INVISIBLE.test(withoutQuoted(code, script))) reading.effects.unknown('the command holds control or invisible characters')
}

/** A backslash-newline is harmless after a blank; elsewhere it glues tokens together, as in `"$\⏎(id)"`. */
const CONTINUATION_IN_WORD = /(?:[^ \t\n]|\\[ \t])\\\n/
const CONTINUATION_IN_EXPANSION = /[$`][\w{([]*\\\n/

function objectToContinuations(code: string, script: ParsedScript, reading: Reading): void {
  const bare = withoutQuoted(code, script)
  if (CONTINUATION_IN_WORD.test(bare) || expandingTexts(script).some((text) => CONTINUATION_IN_EXPANSION.test(text)))
    reading.effects.unknown('a line continuation inside a word')
  if (/(?:^|[^\\])(?:\\\\)*\\$/.test(bare)) reading.effects.unknown('the command ends in a backslash')
}

// Plain for bash, something else for zsh: $^x $=x $~x, 1=value, {x}>file, 10>file, >!file, <1-5>.
const ZSH = /\$[\^=~]|(?:^|[\s;&|(])\d+=|\{\w+\}\s*[<>]|\d\d[<>]|[<>]!|<\d*-\d*>|[<>]&!/

function objectToZsh(code: string, script: ParsedScript, reading: Reading): void {
  if (ZSH.test(withoutQuoted(code, script))) reading.effects.unknown('bash and zsh read this differently')
}

/** The code with everything inside quotes, here-documents and comments replaced by `x` of the same length. */
function withoutQuoted(code: string, script: ParsedScript): string {
  let bare = code
  const blank = (pos: number, end: number): void => {
    if (end > pos) bare = bare.slice(0, pos) + 'x'.repeat(end - pos) + bare.slice(end)
  }
  const visit = (node: SyntaxNode): void => {
    if (node.type === 'Script' && node.source !== undefined) return
    if (node.type === 'SingleQuoted' || node.type === 'AnsiCQuoted') blank(node.pos + 1, node.end - 1)
    else if (node.type === 'DoubleQuoted' || node.type === 'HereDocBody') blankAround(node, visit, blank)
    else forEachChild(node, visit)
  }
  visit(script)
  return bare
}

/** Blanks a quotation but for the substitutions in it, which are code again. */
function blankAround(node: SyntaxNode, visit: (node: SyntaxNode) => void, blank: (pos: number, end: number) => void): void {
  let from = node.type === 'DoubleQuoted' ? node.pos + 1 : node.pos
  forEachChild(node, (child) => {
    if (child.type === 'Literal') return
    blank(from, child.pos)
    from = child.end
    visit(child)
  })
  blank(from, node.type === 'DoubleQuoted' ? node.end - 1 : node.end)
}

/** The texts in which `$` means something although they are quoted. */
function expandingTexts(script: ParsedScript): string[] {
  const texts: string[] = []
  const visit = (node: SyntaxNode): void => {
    if (node.type === 'DoubleQuoted') texts.push(node.text)
    if (node.type === 'HereDoc' && node.delimiter && !node.delimiter.quoted) texts.push(node.body.text)
    forEachChild(node, visit)
  }
  visit(script)
  return texts
}
