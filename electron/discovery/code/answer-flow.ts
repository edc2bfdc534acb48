import type { CodeWords } from '../catalogue/schema.ts'

/** What a text is known to ask a model by. */
export interface AskedBy {
  /** Names of its libraries that ask a model. */
  libraries: Iterable<string>
  /** Variables of the environment that hold a model's address. */
  variables: Iterable<string>
  /** No address is known, so that whatever it sends may be the question. */
  anything: boolean
}

/** A piece of the text between line ends, semicolons and braces. */
interface Piece {
  text: string
  names: ReadonlySet<string>
  /** What the piece gives a value to: targets of an assignment, of a loop, parameters of a callback. */
  targets: readonly string[]
  /** The function that the piece is the head of, and its parameters. */
  heads: { name: string; parameters: readonly string[] } | undefined
}

/** Without `$`, which shells and Perl put before names. */
const NAME = /[A-Za-z_]\w*/g
const ASSIGNED = /^\s*(?:(?:export|const|let|var|my|local|final|auto|async)\s+)*(?:await\s+)?([\w$.@%][\w$.@%\]['",\s]*|\([^()]*\)|\[[^\][]*\])\s*(?::[^=]+?)?\s*(?:\+|\|\||\?\?|\.|:)?=(?![=>~])/
const LOOPED = /\bfor\s*(?:await\s*)?\(?\s*(?:(?:const|let|var|my)\s+)?([\w$, ()[\]]+?)\s+(?:of|in)\s/
const BOUND = /\b(?:as|if)\s+\(?(\w+)\s*(?::=|:$)/g
const CALLBACK = /(?:\(([\w$\s,]*)\)|\b([\w$]+))\s*=>/g
const HEAD = /\b(?:(?:function\*?|def|sub|fn|func)\s+([\w$]+)\s*|(?:const|let|var)\s+([\w$]+)\s*=\s*(?:async\s*)?(?:function\s*)?)\(([^()]*)\)/
const METHOD = /^\s*(?:(?:async|static|public|private)\s+)*([\w$]+)\s*\(([^()]*)\)\s*(?::[^=]*)?$/
const FILLED = /([\w$]+)\.(?:push|append|extend|add|unshift|request|send|sendall|on|update|set)\(/
/** Names of functions that run something, and of methods that do not. */
const METHODS_TOO = new Set(['exec', 'eval', 'system', 'popen', 'fork', 'spawn', 'Command', 'Function'])
const KEYWORDS = new Set(['if', 'for', 'while', 'switch', 'catch', 'return', 'await', 'const', 'let', 'var', 'function', 'async', 'of', 'in', 'self', 'this', 'my', 'None', 'True', 'False', 'null', 'e', 'err', 'error', '_'])
/** Values go through so many steps at most that are written the wrong way round. */
const PASSES = 6
/** So much of one piece is read. */
const MOST_PIECE = 1000
/** So far an argument list is read. */
const ARGUMENTS = 400

/**
 * Whether what a model answers becomes a program that is started, code that is run, a function that is called by its name, or the
 * path of a file that is written: the call where it does. Values are followed by the names they have, through assignments,
 * loops, callbacks, parameters and results, in any of the usual languages and without parsing them: a name is the same
 * wherever it stands. Time grows with the length of the text.
 */
export function answerFlow(text: string, words: CodeWords, asked: AskedBy): string | undefined {
  const plain = text.replace(/[(,]\s*\n\s*/g, (sign) => sign[0]!).replace(/\n[ \t]*\./g, '.')
  // `const { a, b: c } =` is an assignment to three names, not a block.
  const flat = plain.replace(/\{([\w$\s,:.]{0,500})\}(?=\s{0,20}(?::[^=\n]+)?=(?!=))/g, '($1)').replace(/\{([\w$\s,:.]{0,500})\}(?=\s{0,20}\)?\s*(?:=>|of\b))/g, '$1')
  const pieces = [...flat.matchAll(/([^\n;{}]+)([\n;{}]?)/g)].flatMap(([, piece = '', end = '']) => pieceOf(piece.slice(0, MOST_PIECE), end === '{'))
  const known = new Set(importedFrom(plain, new Set(asked.libraries)))
  const asks = sources(words, asked)
  const heads = new Map(pieces.flatMap(({ heads: head }) => (head ? [[head.name, head.parameters] as const] : [])))
  for (let pass = 0, before = -1; pass < PASSES && before !== known.size; pass++) {
    before = known.size
    follow(pieces, known, heads, asks)
  }
  return sinkOf(plain, words, known)
}

function pieceOf(text: string, opens: boolean): Piece[] {
  if (text.trim() === '') return []
  const assigned = ASSIGNED.exec(text)?.[1]
  const looped = LOOPED.exec(text)?.[1]
  const bound = [...text.matchAll(BOUND)].map(([, name = '']) => name)
  const callbacks = [...text.matchAll(CALLBACK)].map(([, list, one]) => list ?? one ?? '')
  const [, method, list] = (opens && METHOD.exec(text)) || []
  const [, declared = method, held = declared, parameters = list ?? ''] = HEAD.exec(text) ?? []
  const name = declared ?? held
  return [{
    text,
    names: new Set(withoutTexts(text).match(NAME)),
    targets: [lastOf(assigned ?? ''), looped ?? '', ...bound, ...callbacks].flatMap(namesIn),
    heads: name === undefined || KEYWORDS.has(name) ? undefined : { name, parameters: namesIn(parameters) },
  }]
}

/** Of `a.b` the last name has the value, of several each. */
const lastOf = (target: string): string => (/^[\w$.@%]+$/.test(target.trim()) ? (target.trim().split('.').at(-1) ?? '') : target)
const namesIn = (text: string): string[] => (text.match(NAME) ?? []).filter((name) => !KEYWORDS.has(name))

/** Adds to `known` the names that have something of the question or of the answer. */
function follow(pieces: readonly Piece[], known: Set<string>, heads: ReadonlyMap<string, readonly string[]>, asks: RegExp): void {
  let within: string | undefined
  for (const { text, names, targets, heads: head } of pieces) {
    if (head) within = head.name
    const touched = [...names].some((name) => known.has(name) && !head?.parameters.includes(name)) || asks.test(text)
    if (!touched) continue
    for (const target of targets) known.add(target)
    if (within !== undefined && /^\s*(?:return|yield)\b/.test(text)) known.add(within)
    const filled = FILLED.exec(text)?.[1]
    if (filled !== undefined && !KEYWORDS.has(filled)) known.add(filled)
    for (const name of names) {
      const parameters = head ? undefined : heads.get(name)
      if (parameters && argumentsAfter(text, `${name}(`).some((list) => mentions(list, known))) for (const parameter of parameters) known.add(parameter)
    }
  }
}

/** Where a model is asked: its address, or, where none is known, anything that is sent. */
function sources({ models, sends }: CodeWords, { variables, anything }: AskedBy): RegExp {
  return new RegExp([...models, ...variables, ...(anything ? sends : [])].map(escaped).join('|'))
}

function importedFrom(text: string, libraries: ReadonlySet<string>): string[] {
  const found: string[] = []
  for (const [, list = '', , module = ''] of text.matchAll(/\b(?:import|const|let|var)\s+([\w$\s,{}*:]{1,300}?)\s*(?:from|=\s*(?:await\s+)?(?:require|import)\s*\()\s*(['"])([^'"\n]+)\2/g)) if (isOf(module, libraries)) found.push(...namesIn(list))
  for (const [, module = '', list = ''] of text.matchAll(/^[ \t]*from[ \t]+([\w.]+)[ \t]+import[ \t]+([^\n#]+)/gm)) if (isOf(module, libraries)) found.push(...namesIn(list))
  for (const [, list = ''] of text.matchAll(/^[ \t]*import[ \t]+([\w. ,\t]+)/gm))
    for (const part of list.split(',')) {
      const [module = '', , as] = part.trim().split(/\s+/)
      if (isOf(module, libraries)) found.push(as ?? module.split('.')[0]!)
    }
  return found
}

const isOf = (module: string, libraries: ReadonlySet<string>): boolean => libraries.has(module.replace(/^npm:/, '')) || [...libraries].some((library) => module.startsWith(`${library}/`) || module.startsWith(`${library}.`) || library.startsWith(`${module}.`))

/** The first call that runs, calls by name or writes what is known to come from a model. */
function sinkOf(text: string, { runs, asksBy }: CodeWords, known: ReadonlySet<string>): string | undefined {
  const asking = new RegExp(`\\b(?:${asksBy.map(escaped).join('|')})\\b`)
  for (const found of text.matchAll(new RegExp(`(?<![\\w$])(?:${runs.map(escaped).join('|')})(?=\\s*\\(|\\s+["']?\\$)`, 'g'))) {
    // `/x/.exec(text)` and `rows.exec(…)` start nothing.
    if (METHODS_TOO.has(found[0]) && text[found.index - 1] === '.' && !/(?:child_process['"]?\)?|cp|os)\.$/.test(text.slice(Math.max(0, found.index - 20), found.index))) continue
    const list = argumentList(text, found.index + found[0].length)
    // Who asks by a program hands it the question.
    if (mentions(list, known) && !asking.test(list) && !isOnlyWord(list)) return found[0]
  }
  for (const [, table = '', key = ''] of text.matchAll(/((?<![\w$.])[\w$.]+|\))\[([^\][\n]{1,120}(?:\[[^\]\n]{0,120}\][^\][\n]{0,120}){0,3})\]\s*\(/g)) if (table !== '' && mentions(key, known) && !/^\s*-?\d+\s*$/.test(key)) return `${table}[${key}]`
  for (const list of argumentsAfter(text, 'getattr(')) if (mentions(list.slice(list.indexOf(',') + 1), known)) return 'getattr'
  for (const call of ['writeFile(', 'writeFileSync(', 'file_put_contents(']) for (const list of argumentsAfter(text, call)) if (mentions(list.split(',')[0]!, known)) return call.slice(0, -1)
  for (const list of argumentsAfter(text, 'open(')) if (/,\s*(?:mode\s*=\s*)?['"][wax]/.test(list) && mentions(list.split(',')[0]!, known)) return 'open'
  const piped = text.split('\n').find((line) => /\|\s*(?:ba|z|k)?sh\b/.test(line) && mentions(line, known))
  return piped === undefined ? undefined : '| sh'
}

/** Without texts that no value goes into. */
const withoutTexts = (text: string): string => text.replace(/(['"])(?:(?!\1)[^\\\n${`]|\\.)*\1/g, '""')
const mentions = (text: string, known: ReadonlySet<string>): boolean => (withoutTexts(text).match(NAME) ?? []).some((name) => known.has(name))

/** A program of a fixed name that gets the answer as one of its words, as a message or a text to read aloud; unless it runs what it is given. */
const FIXED = /^\s*\(\s*(?:\[\s*(['"])[\w./-]+\1\s*,|(['"])[\w./-]+\2\s*,\s*\[)(?![^\n]*(?:\.\.\.|[[,]\s*\*))/
const RUNS_WORDS = /(['"])(?:[\w./-]*\/)?(?:(?:ba|z|da|k|fi)?sh|cmd|pwsh|powershell|python[\d.]*|node|deno|bun|ruby|perl|php|ssh|osascript|eval)(?:\.exe)?\1/
const isOnlyWord = (list: string): boolean => FIXED.test(list) && !RUNS_WORDS.test(list)

function argumentsAfter(text: string, call: string): string[] {
  const lists: string[] = []
  for (let at = text.indexOf(call); at >= 0; at = text.indexOf(call, at + call.length)) lists.push(argumentList(text, at + call.length - 1))
  return lists
}

/** From a bracket to the one that closes it; without a bracket the rest of the line. */
function argumentList(text: string, from: number): string {
  const rest = text.slice(from, from + ARGUMENTS)
  if (!/^\s*\(/.test(rest)) return rest.split('\n', 1)[0]!
  let depth = 0
  for (let at = 0; at < rest.length; at++) {
    if (rest[at] === '(') depth += 1
    else if (rest[at] === ')' && (depth -= 1) === 0) return rest.slice(0, at)
  }
  return rest
}

const escaped = (word: string): string => word.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
