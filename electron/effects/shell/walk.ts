import { parse, type AndOr, type Assignment, type Case, type Command, type CommandNode, type CompoundCommand, type CompoundList, type For, type If, type ParsedScript, type Pipeline, type PipelineNode, type Redirected, type Select, type Statement, type While, type Word } from 'unbash'
import type { Field, Within } from './field.ts'
import { judgeNested } from './nested.ts'
import { raiseObjections, refusal } from './objections.ts'
import type { Sources } from '../flow.ts'
import { feeding, DEEPEST, type Body, type Input, type Reading } from './reading.ts'
import { applyRedirections } from './redirections.ts'
import { covers, either, MOST_PLACES, withVariable, type Outcome, type Scope, type Values } from './scope.ts'
import { runSimple } from './simple.ts'
import { setVariable } from './variables.ts'
import { expandToText, expandWord, expandWords } from './words.ts'

const INHERITED: Input = { kind: 'inherited' }

/** Judges shell code: adds its effects to the reading and gives back the scope that it leaves. */
export function walkCode(code: string, scope: Scope, reading: Reading): Scope {
  const refused = refusal(code)
  if (refused !== undefined) {
    reading.effects.unknown(refused)
    return scope
  }
  if (reading.depth >= DEEPEST) {
    reading.effects.unknown('code inside code, nested too deeply', code)
    return scope
  }
  const script = parse(code)
  reading.depth += 1
  raiseObjections(code, script, reading)
  const after = walkParsed(script, scope, reading)
  reading.depth -= 1
  return after
}

/** The same for code that is parsed already, such as that of a substitution. */
export function walkParsed(script: ParsedScript, scope: Scope, reading: Reading): Scope {
  const after = statements(script.commands, scope, reading)
  // Read last: errors inside are found only when what they are in has been looked at.
  const error = script.errors?.[0]
  if (error) reading.effects.unknown(`the command can't be read as a shell would (${error.message})`)
  if (script.source !== undefined) reading.effects.unknown('backticks inside backticks')
  return after
}

/** Judges the body of a function or coprocess. */
export function walkBody(body: Body, scope: Scope, input: Input, reading: Reading): Scope {
  if (reading.depth >= DEEPEST) {
    reading.effects.unknown('a function that calls itself too often')
    return scope
  }
  reading.depth += 1
  const outcome = feeding(input, reading, () => (body.type === 'CompoundList' ? same(statements(body.commands, scope, reading)) : command(body, scope, INHERITED, reading)))
  reading.depth -= 1
  return either(outcome.yes, outcome.no) ?? scope
}

function statements(list: readonly Statement[], scope: Scope, reading: Reading): Scope {
  // What is started first may still see, or change, what the others do.
  if (list.some((statement) => statement.background)) {
    reading.hasBackground = true
    reading.effects.wrote = true
  }
  let current = scope
  for (const statement of list) {
    const outcome = pipelineNode(statement.command, current, INHERITED, reading)
    if (statement.background) continue
    // What comes after an `exit` is judged as well: it costs nothing to be sure.
    current = either(outcome.yes, outcome.no) ?? current
  }
  if (list.length > 1) reading.prints = undefined
  return current
}

function pipelineNode(node: PipelineNode | AndOr, scope: Scope, input: Input, reading: Reading): Outcome {
  switch (node.type) {
    case 'AndOr':
      return andOr(node, scope, reading)
    case 'Pipeline':
      return pipeline(node, scope, input, reading)
    default:
      return command(node, scope, input, reading)
  }
}

function andOr({ commands, operators }: AndOr, scope: Scope, reading: Reading): Outcome {
  let outcome = pipelineNode(commands[0]!, scope, INHERITED, reading)
  for (const [index, operator] of operators.entries()) {
    const from = (operator === '&&' ? outcome.yes : outcome.no) ?? either(outcome.yes, outcome.no) ?? scope
    const next = pipelineNode(commands[index + 1]!, from, INHERITED, reading)
    const reached = operator === '&&' ? outcome.yes : outcome.no
    if (reached === undefined) continue
    outcome = operator === '&&' ? { yes: next.yes, no: either(outcome.no, next.no) } : { yes: either(outcome.yes, next.yes), no: next.no }
  }
  reading.prints = undefined
  return outcome
}

function pipeline({ commands, prefixes }: Pipeline, scope: Scope, input: Input, reading: Reading): Outcome {
  if (reading.maybePosix && prefixes.some((prefix) => prefix.type !== 'Negation')) reading.effects.unknown('a plain POSIX shell may run a program named time')
  if (commands.length === 1) {
    const outcome = command(commands[0]!, scope, input, reading)
    return prefixes.some((prefix) => prefix.type === 'Negation') ? { yes: outcome.no, no: outcome.yes } : outcome
  }
  let stdin = input
  let last: Outcome = { yes: scope, no: scope }
  let piped: Sources | undefined
  for (const one of commands) {
    reading.prints = undefined
    reading.flow.open(piped)
    last = command(one, scope, stdin, reading)
    piped = reading.flow.close(one !== commands.at(-1))
    stdin = (one.type === 'Command' ? reading.prints : undefined) ?? { kind: 'other', from: 'a pipe' }
  }
  // Each runs in a subshell; in zsh, and in bash with lastpipe, the last one does not.
  const after = either(scope, either(last.yes, last.no))
  return { yes: after, no: after }
}

function command(node: CommandNode, scope: Scope, input: Input, reading: Reading): Outcome {
  reading.budget -= 1
  if (reading.budget < 0) {
    reading.effects.unknown('the command is too long to be judged in full')
    return { yes: scope, no: scope }
  }
  switch (node.type) {
    case 'Command':
    case 'Redirected': {
      reading.flow.open()
      const outcome = node.type === 'Command' ? simple(node, scope, input, reading) : redirected(node, scope, input, reading)
      reading.flow.close()
      return outcome
    }
    case 'Function': {
      const functions = new Map(scope.functions).set(node.name.value, { bodies: [node.body], certain: true })
      const others = reading.functions.get(node.name.value)?.bodies ?? []
      reading.functions.set(node.name.value, { bodies: [...new Set([...others, node.body])], certain: false })
      const after = { ...scope, functions }
      reading.uncalled.set(node.body, { ...after, positional: undefined })
      return same(after)
    }
    case 'Coproc': {
      walkBody(node.body, scope, { kind: 'other', from: 'a pipe' }, reading)
      return same(scope)
    }
    default:
      return compound(node, scope, input, reading)
  }
}

const same = (scope: Scope | undefined): Outcome => ({ yes: scope, no: scope })

function redirected(node: Redirected, scope: Scope, input: Input, reading: Reading): Outcome {
  const stdin = applyRedirections(node.redirects, scope, reading) ?? input
  return compound(node.command, scope, stdin, reading)
}

function compound(node: CompoundCommand, scope: Scope, input: Input, reading: Reading): Outcome {
  const outcome = feeding(input, reading, () => compoundFed(node, scope, reading))
  // Which way was taken, and how often, is not known.
  reading.prints = undefined
  return outcome
}

function compoundFed(node: CompoundCommand, scope: Scope, reading: Reading): Outcome {
  switch (node.type) {
    case 'Subshell':
      statements(node.body.commands, scope, reading)
      return same(scope)
    case 'BraceGroup':
      return same(statements(node.body.commands, scope, reading))
    case 'If':
      return same(conditional(node, scope, reading))
    case 'For':
      return same(forLoop(node, scope, reading))
    case 'Select': {
      return same(selection(node, scope, reading))
    }
    case 'While':
      return same(whileLoop(node, scope, reading))
    case 'Case':
      return same(cases(node, scope, reading))
    case 'ArithmeticFor':
      judgeNested(node, scope, reading)
      return same(loop(node.body, scope, reading))
    case 'TestCommand':
    case 'ArithmeticCommand':
      if (reading.maybePosix) reading.effects.unknown('a plain POSIX shell reads this as commands')
      judgeNested(node, scope, reading)
      if (EVALUATED.test(node.type === 'ArithmeticCommand' ? node.body : '')) reading.effects.unknown('arithmetic that may run code')
      return same(scope)
  }
}
const EVALUATED = /['"\\]/

function conditional({ clause, then, elif, else: otherwise }: If, scope: Scope, reading: Reading): Scope {
  let tested = statements(clause.commands, scope, reading)
  let after = statements(then.commands, tested, reading)
  for (const branch of elif) {
    tested = statements(branch.clause.commands, tested, reading)
    after = either(after, statements(branch.then.commands, tested, reading))!
  }
  return either(after, otherwise ? statements(otherwise.commands, tested, reading) : tested)!
}

function forLoop({ name, wordlist, body }: For, scope: Scope, reading: Reading): Scope {
  reading.flow.open()
  const values = wordlist ? loopValues(wordlist, scope, reading) : null
  reading.flow.assigns(name.value)
  reading.flow.close()
  setVariable(name.value, values, scope, reading)
  return loop(body, withVariable(scope, name.value, values), reading)
}

function selection({ name, wordlist, body }: Select, scope: Scope, reading: Reading): Scope {
  const values = wordlist ? loopValues(wordlist, scope, reading) : null
  return loop(body, withVariable(scope, name.value, values), reading)
}

/** The values that a loop variable takes, if they are few and known. */
function loopValues(words: readonly Word[], scope: Scope, reading: Reading): Values {
  const values: (string | Within)[] = []
  for (const word of words)
    for (const fields of expandWord(word, scope, reading))
      for (const field of fields) {
        if (typeof field !== 'string' && field.kind === 'unknown') return null
        values.push(field)
      }
  return values.length > 24 ? null : values
}

function whileLoop({ clause, body }: While, scope: Scope, reading: Reading): Scope {
  return loop({ ...body, commands: [...clause.commands, ...body.commands] }, scope, reading)
}

/** Judges a body until another round would show nothing new. */
function loop(body: CompoundList, scope: Scope, reading: Reading): Scope {
  let before = scope
  for (let round = 0; round < 4; round += 1) {
    const [wrote, changes, links] = [reading.effects.wrote, reading.effects.changes, reading.links.length]
    const after = either(before, statements(body.commands, before, reading))!
    // What one round has done to files may be what the next one finds.
    const isSame = wrote === reading.effects.wrote && changes === reading.effects.changes && links === reading.links.length
    if (covers(before, after) && (isSame || round > 0)) return before
    before = after
  }
  reading.effects.unknown('a loop that goes on changing the directory or variables')
  return before
}

function cases({ word, items }: Case, scope: Scope, reading: Reading): Scope {
  expandToText(word, scope, reading)
  let after: Scope = scope
  let current: Scope = scope
  for (const item of items) {
    for (const pattern of item.pattern) expandToText(pattern, scope, reading)
    const left = statements(item.body.commands, current, reading)
    after = either(after, left)!
    // ;& goes on into the next body.
    current = item.terminator === ';&' ? either(scope, left)! : scope
  }
  return after
}

// ---------------------------------------------------------------- simple commands

function simple(node: Command, scope: Scope, input: Input, reading: Reading): Outcome {
  const assignments = node.prefix.filter((item): item is Assignment => item.type === 'Assignment')
  const stdin = node.redirects.length > 0 ? (applyRedirections(node.redirects, scope, reading) ?? input) : input
  if (node.name === undefined) return same(assignments.reduce((current, one) => assign(one, current, reading), scope))
  const inner = assignments.length > 0 ? assignments.reduce((current, one) => assign(one, current, reading), scope) : scope
  const declarations = node.args.length > 0 && node.args.some((arg) => arg.type === 'Assignment')
  const nameText = node.name.text
  if (nameText.includes('[') && nameText !== '[' && nameText !== '[[') reading.effects.unknown('a command name that shells read differently', nameText)
  const lists = expandWords([node.name, ...node.args.filter((arg): arg is Word => arg.type === 'Word')], scope, reading)
  const declared: Field[] = []
  let after = inner
  if (declarations) {
    for (const arg of node.args) {
      if (arg.type !== 'Assignment') continue
      after = assign(arg, after, reading)
      declared.push(assignmentField(arg, after))
    }
  }
  let outcome: Outcome | undefined
  for (const words of lists) {
    const one = runSimple([...words, ...declared], after, stdin, reading)
    outcome = outcome === undefined ? one : { yes: bounded(either(outcome.yes, one.yes), reading), no: either(outcome.no, one.no) }
  }
  if (lists.length > 1) reading.prints = undefined
  // `exec < FILE`: what follows reads from there.
  if (nameText === 'exec' && node.args.length === 0 && stdin !== input) reading.stdin = { kind: 'other', from: 'a file' }
  outcome ??= same(after)
  if (assignments.length === 0) return outcome
  // Assignments in front of a command are undone after it, except by some built-ins: both may hold.
  return { yes: outcome.yes && restored(outcome.yes, scope), no: outcome.no && restored(outcome.no, scope) }
}

/** A scope in no more places than can be gone through. */
function bounded(scope: Scope | undefined, reading: Reading): Scope | undefined {
  if (scope === undefined || scope.directories.length <= MOST_PLACES) return scope
  reading.effects.unknown('a shell that may be in more directories than can be judged one by one')
  return { ...scope, directories: scope.directories.slice(0, MOST_PLACES) }
}

const restored = (after: Scope, before: Scope): Scope => either(after, { ...after, variables: before.variables })!

/** `NAME=VALUE` as one word of a declaration. */
function assignmentField(node: Assignment, after: Scope): Field {
  const [value, ...others] = after.variables.get(node.name) ?? []
  if (typeof value === 'string' && others.length === 0 && node.index === undefined) return `${node.name}=${value}`
  return { kind: 'unknown', prefix: `${node.name}=`, many: false, source: node.text }
}

function assign(node: Assignment, scope: Scope, reading: Reading): Scope {
  if (node.index) {
    judgeNested(node, scope, reading)
    if (/['"\\]/.test(node.index.text)) reading.effects.unknown('a subscript that may run code', node.text)
    return withVariable(scope, node.name, null)
  }
  if (node.value.type === 'ArrayValue') {
    // After a syntax error in such an assignment inside a substitution, bash goes on with the next line, even a quoted one.
    if (reading.substitution > 0) reading.effects.unknown('an array inside a substitution', node.text)
    expandWords(node.value.elements, scope, reading)
    reading.flow.assigns(node.name)
    setVariable(node.name, null, scope, reading)
    return withVariable(scope, node.name, null)
  }
  const values = expandToText(node.value, scope, reading)
  reading.flow.assigns(node.name)
  setVariable(node.name, node.append ? null : values, scope, reading)
  return withVariable(scope, node.name, node.append ? null : values)
}
