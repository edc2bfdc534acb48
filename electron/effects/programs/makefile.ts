/** A rule of a makefile. Texts are as written, with make's own expansions still in them. */
export interface MakeRule {
  targets: string
  /** Of `TARGETS: PATTERN: PREREQUISITES`. */
  pattern: string | undefined
  prerequisites: string
  /** One shell command line each. */
  recipe: string[]
}

/** What a makefile says, as far as it matters for what its targets run. */
export interface Makefile {
  rules: MakeRule[]
  /** Undefined for what more than one way through the file may set. */
  variables: Map<string, string | undefined>
  includes: string[]
  /** Code of `$(shell …)` and `!=` outside of recipes, which runs whatever the target is. */
  startup: string[]
}

const ASSIGNMENT = /^(?:(?:export|override|private)\s+)*([\w.%/-]+)\s*(\?|\+|!|:{1,3})?=\s*(.*)$/s
const CONDITIONAL = /^(ifeq|ifneq|ifdef|ifndef|else|endif)\b/

/**
 * Reads a makefile. Both branches of a conditional count. Source of the grammar: the GNU make manual, "Writing
 * Makefiles" and "Writing Rules".
 */
export function parseMakefile(text: string): Makefile {
  const made: Makefile = { rules: [], variables: new Map(), includes: [], startup: [] }
  let rule: MakeRule | undefined
  let branches = 0
  let defining: string | undefined
  for (const line of logicalLines(text)) {
    if (defining !== undefined) {
      if (/^\s*endef\b/.test(line)) defining = undefined
    } else if (line.startsWith('\t') && rule !== undefined) rule.recipe.push(line.slice(1))
    else {
      const statement = withoutComment(line).trim()
      if (statement === '') continue
      for (const code of shellCalls(statement)) made.startup.push(code)
      const conditional = CONDITIONAL.exec(statement)?.[1]
      if (conditional !== undefined) branches += conditional === 'endif' ? -1 : conditional === 'else' ? 0 : 1
      else if (/^(?:override\s+)?define\b/.test(statement)) {
        defining = statement.split(/\s+/)[1] ?? ''
        made.variables.set(defining, undefined)
      } else if (/^[-s]?include\s/.test(statement)) made.includes.push(statement.replace(/^\S+\s+/, ''))
      else if (!assign(statement, branches > 0, made)) {
        rule = ruleOf(line, made)
        if (rule !== undefined) made.rules.push(rule)
      }
    }
  }
  return made
}

/** Lines with those after a backslash joined to them: by a blank, or in a recipe as they are, where the shell joins them. */
function logicalLines(text: string): string[] {
  const lines: string[] = []
  let open = false
  for (const raw of text.replaceAll('\r\n', '\n').split('\n')) {
    const last = lines.at(-1)
    if (open && last !== undefined) lines[lines.length - 1] = last.startsWith('\t') ? `${last}\n${raw.replace(/^\t/, '')}` : `${last.slice(0, -1)} ${raw.trimStart()}`
    else lines.push(raw)
    open = /(?:^|[^\\])(?:\\\\)*\\$/.test(raw)
  }
  return lines
}

function withoutComment(line: string): string {
  const hash = /(?:^|[^\\])#/.exec(line)
  return hash ? line.slice(0, hash.index + hash[0].length - 1) : line
}

function assign(statement: string, isConditional: boolean, { variables, startup }: Makefile): boolean {
  const match = ASSIGNMENT.exec(statement)
  if (!match) return /^(?:export|unexport|undefine|vpath)\b/.test(statement)
  const [, name = '', operator, value = ''] = match
  const before = variables.get(name)
  if (operator === '!') {
    startup.push(value)
    variables.set(name, undefined)
  } else if (operator === '+' && variables.has(name)) variables.set(name, before === undefined || isConditional ? undefined : `${before} ${value}`)
  else if (operator === '?' && variables.has(name)) return true
  else variables.set(name, isConditional && variables.has(name) && before !== value ? undefined : value)
  return true
}

function ruleOf(line: string, { variables }: Makefile): MakeRule | undefined {
  const colon = outside(line, ':')
  if (colon < 0) return undefined
  const rest = line.slice(colon + 1).replace(/^:/, '')
  const semicolon = outside(rest, ';')
  const head = withoutComment(semicolon < 0 ? rest : rest.slice(0, semicolon)).trim()
  // A variable for one target only.
  const own = ASSIGNMENT.exec(head)
  if (own) return void variables.set(own[1]!, variables.has(own[1]!) && variables.get(own[1]!) !== own[3] ? undefined : own[3])
  const second = outside(head, ':')
  return {
    targets: withoutComment(line.slice(0, colon)).replace(/&\s*$/, '').trim(),
    pattern: second < 0 ? undefined : head.slice(0, second).trim(),
    prerequisites: second < 0 ? head : head.slice(second + 1),
    recipe: semicolon < 0 ? [] : [rest.slice(semicolon + 1)],
  }
}

/** Where a sign stands outside of `$(…)`; -1 when it does not. */
function outside(text: string, sign: string): number {
  let depth = 0
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at]
    if (depth === 0 && character === sign) return at
    if (character === '(' || character === '{') depth += 1
    else if ((character === ')' || character === '}') && depth > 0) depth -= 1
  }
  return -1
}

/** The code of each `$(shell CODE)` in a text; those inside another are a part of its code. */
export function shellCalls(text: string): string[] {
  const codes: string[] = []
  const call = /\$[({]shell\s/g
  for (let match = call.exec(text); match; match = call.exec(text)) {
    const end = closing(text, match.index + 1)
    codes.push(text.slice(call.lastIndex, end))
    call.lastIndex = end
  }
  return codes
}

/** Where the bracket that opens at `open` closes; the end of the text when it does not. */
export function closing(text: string, open: number): number {
  const [opens, closes] = text[open] === '(' ? ['(', ')'] : ['{', '}']
  let depth = 0
  for (let at = open; at < text.length; at += 1) {
    if (text[at] === opens) depth += 1
    else if (text[at] === closes) depth -= 1
    if (depth === 0) return at
  }
  return text.length
}
