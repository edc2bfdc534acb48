import { runShellWords } from '../programs/run.ts'
import type { AbsolutePath } from '../../contract/ids.ts'
import { isInside, lexicalPath } from '../paths.ts'
import { asWritten, type Field } from './field.ts'
import { printed } from './known.ts'
import type { Input, Reading } from './reading.ts'
import { MOST_PLACES, positionalOf, withVariable, type Outcome, type Scope } from './scope.ts'
import { pathsOf, touch } from './touch.ts'
import { setVariable } from './variables.ts'

/** What a built-in of the shell does, after its `exec` effect: it may change what the shell knows. */
export type Builtin = (args: readonly Field[], scope: Scope, input: Input, reading: Reading) => Outcome

const same = (scope: Scope): Outcome => ({ yes: scope, no: scope })
const nothing: Builtin = (_args, scope) => same(scope)

/** Built-ins that can change what later words mean, in ways that are not followed. */
const notFollowed: Builtin = (args, scope, _input, reading) => {
  reading.effects.unknown('a built-in that changes how the shell reads what follows', args.map(asWritten).join(' '))
  return same(scope)
}

/** `cd`, `pushd`: later paths start at the directory if it worked, and where they did if not. */
const cd: Builtin = (args, scope, _input, reading) => {
  const operands = args.filter((arg) => !(typeof arg === 'string' && /^-[LPeq@]+$|^--$/.test(arg)))
  const [to] = operands
  if (operands.length > 1 || (typeof to === 'string' && /^\+\d|^-\d/.test(to))) return notFollowed(args, scope, _input, reading)
  if (to === '-') return back(args, scope, _input, reading)
  const text = to === undefined ? reading.world.home : to
  if (typeof text !== 'string') {
    reading.effects.unknown('a directory that is only known at run time', asWritten(text))
    return same(scope)
  }
  if (text === '') return same(scope)
  const directories = [...new Set([...pathsOf(text, scope.directories, reading), ...followed(text, scope, reading)])]
  for (const directory of directories.slice(0, MOST_PLACES)) reading.visited.add(directory)
  if (directories.length > MOST_PLACES) reading.effects.unknown('a shell that may be in more directories than can be judged one by one')
  return { yes: { ...scope, directories: directories.slice(0, MOST_PLACES) }, no: scope }
}

/** Where `cd` leads when `..` undoes the last step by name, also out of a link, as shells do unless told otherwise. */
function followed(text: string, scope: Scope, reading: Reading): AbsolutePath[] {
  const all: AbsolutePath[] = []
  for (const directory of scope.directories)
    for (const base of [directory, ...(reading.logical.get(directory) ?? [])]) {
      const name = lexicalPath(text, base)
      for (const reached of pathsOf(name, scope.directories, reading)) {
        all.push(reached)
        if (reached !== name) reading.logical.set(reached, new Set(reading.logical.get(reached)).add(name))
      }
    }
  return all
}

/** `cd -`, `popd`: to any directory that the shell has been in. */
const back: Builtin = (args, scope, _input, reading) => {
  if (reading.visited.size < 2) {
    reading.effects.unknown('a directory that is only known at run time', args.map(asWritten).join(' '))
    return same(scope)
  }
  return same({ ...scope, directories: [...reading.visited] })
}

/** A subscript that several built-ins evaluate although it is quoted: `unset 'a[$(id)]'`. */
function judgeSubscripts(args: readonly Field[], reading: Reading): void {
  for (const arg of args)
    if (typeof arg === 'string' && /\[[^]*(?:\$\(|`|\$\{|\$\[)/.test(arg)) reading.effects.unknown('a subscript that may run code', arg)
}

/** `export`, `declare` and their like. Words that the parser read as assignments have been made before. */
const declare: Builtin = (args, scope, _input, reading) => {
  judgeSubscripts(args, reading)
  let after = scope
  for (const arg of args) {
    const text = typeof arg === 'string' ? arg : arg.kind === 'unknown' ? arg.prefix : ''
    const match = /^([A-Za-z_]\w*)\+?=/.exec(text)
    if (match && typeof arg === 'string') {
      const known = after.variables.get(match[1]!)
      setVariable(match[1]!, [text.slice(match[0].length)], after, reading)
      if (known === undefined) after = withVariable(after, match[1]!, [text.slice(match[0].length)])
    } else if (typeof arg !== 'string' && !match) reading.effects.unknown('a variable that is only known at run time', asWritten(arg))
    else if (/^[-+]\w*[nif]/.test(text)) reading.effects.unknown('a declaration that changes what a variable does', text)
  }
  return same(after)
}

/** `read -r NAME <<< TEXT` and `printf -v NAME %s TEXT`, where the text is known. */
function setTo(name: string, value: string, scope: Scope, reading: Reading): Outcome {
  setVariable(name, [value], scope, reading)
  reading.flow.assigns(name)
  return same(withVariable(scope, name, [value]))
}

const read: Builtin = (args, scope, input, reading) => {
  const [option, name, ...others] = args
  const isPlain = option === '-r' && typeof name === 'string' && /^[A-Za-z_]\w*$/.test(name) && others.length === 0
  if (!isPlain || input.kind !== 'text' || scope.variables.has('IFS')) return overwrite(args, scope, input, reading)
  return setTo(name, input.text.split('\n', 1)[0]!.replace(/^[ \t]+|[ \t]+$/g, ''), scope, reading)
}

/** Built-ins that put something unknown into variables that they name: `read`, `mapfile`, `getopts`, `unset`. */
const overwrite: Builtin = (args, scope, _input, reading) => {
  judgeSubscripts(args, reading)
  let after = scope
  for (const arg of args) {
    if (typeof arg !== 'string') reading.effects.unknown('a variable that is only known at run time', asWritten(arg))
    else if (/^[A-Za-z_]\w*$/.test(arg)) {
      setVariable(arg, null, after, reading)
      reading.flow.assigns(arg)
      after = withVariable(after, arg, null)
    } else if (/^-\w*[CF]/.test(arg)) reading.effects.unknown('a built-in that calls back', arg)
  }
  return same(args.some((arg) => arg === '-f') ? { ...after, functions: new Map() } : after)
}

const printf: Builtin = (args, scope, input, reading) => {
  const [option, name, ...words] = args
  const text = option === '-v' && typeof name === 'string' && /^[A-Za-z_]\w*$/.test(name) && words.every((word) => typeof word === 'string') && words[0] === '%s' ? printed(words) : undefined
  if (text !== undefined) return setTo(name as string, text, scope, reading)
  const shown = args.every((arg) => typeof arg === 'string') ? printed(args) : undefined
  reading.prints = shown === undefined ? undefined : { kind: 'text', text: shown }
  if (typeof option === 'string' && option.startsWith('-v')) return overwrite([option.length > 2 ? option.slice(2) : (name ?? '')], scope, input, reading)
  return same(scope)
}

const test: Builtin = (args, scope, _input, reading) => {
  judgeSubscripts(args, reading)
  return same(scope)
}

const arithmetic: Builtin = (args, scope, _input, reading) => {
  for (const arg of args)
    if (typeof arg !== 'string' || /[[$`]/.test(arg)) reading.effects.unknown('arithmetic that may run code', asWritten(arg))
    else for (const [name] of arg.matchAll(/[A-Za-z_]\w*/g)) scope = withVariable(scope, name, null)
  return same(scope)
}

const set: Builtin = (args, scope, _input, reading) => {
  let first = 0
  for (; first < args.length; first += 1) {
    const arg = args[first]!
    if (typeof arg !== 'string' || !/^[-+]/.test(arg)) break
    if (arg === '--') {
      first += 1
      break
    }
    if (/^[-+]\w*k/.test(arg)) reading.effects.unknown('an option of the shell that changes what words mean', arg)
    if (/^[-+]\w*o$/.test(arg)) first += 1
  }
  return same(first < args.length || args.includes('--') ? { ...scope, positional: positionalOf(args.slice(first)) } : scope)
}

const HARMLESS_OPTIONS = new Set(['-s', '-u', '-p', '-q', 'failglob', 'extglob', 'globstar', 'lastpipe', 'inherit_errexit', 'login_shell'])
const shopt: Builtin = (args, scope, input, reading) =>
  args.every((arg) => typeof arg === 'string' && HARMLESS_OPTIONS.has(arg)) ? same(scope) : notFollowed(args, scope, input, reading)

const shift: Builtin = (args, scope) => {
  const by = typeof args[0] === 'string' ? Number(args[0]) : args[0] === undefined ? 1 : NaN
  return same({ ...scope, positional: Number.isInteger(by) && scope.positional?.slice(0, by).every((word) => typeof word === 'string') ? scope.positional.slice(by) : undefined })
}

const alias: Builtin = (args, scope, _input, reading) => {
  for (const arg of args) {
    if (arg === '-p') continue
    if (typeof arg === 'string' && !arg.includes('=')) continue
    reading.effects.unknown('an alias, which changes what later words mean', asWritten(arg))
    if (typeof arg === 'string') reading.runCode(arg.slice(arg.indexOf('=') + 1), scope)
  }
  return same(scope)
}

const evaluate: Builtin = (args, scope, _input, reading) => {
  const words = args[0] === '--' ? args.slice(1) : args
  if (words.every((word) => typeof word === 'string')) return same(reading.runCode(words.join(' '), scope))
  runShellWords(words, scope, reading)
  return same(scope)
}

/** `source FILE`: a script that runs in this very shell, so what can't be read of it may change everything after. */
const source: Builtin = (args, scope, _input, reading) => {
  const [file, ...positional] = args[0] === '--' ? args.slice(1) : args
  if (file === undefined) return same(scope)
  touch(['read'], file, scope.directories, reading)
  if (typeof file !== 'string') return same(scope)
  let after = scope
  for (const path of pathsOf(file, scope.directories, reading)) {
    const text = isInside(path, reading.workspace) && file.includes('/') ? reading.world.text(path) : undefined
    const written = reading.effects.writes(path)
    const isEnvironment = isInside(path, reading.workspace) && reading.knowledge.environments.some((end) => path.endsWith(`/${end}`))
    if ((text === undefined || written) && !isEnvironment) reading.effects.unknown('runs a script in this shell that Paddock can\'t read', file)
    else if (text !== undefined && !reading.scripts.has(path)) {
      reading.scripts.add(path)
      after = reading.runScriptFile(text, positional.length > 0 ? { ...after, positional: positionalOf(positional) } : after)
    }
  }
  return same(after)
}

/** `exec PROGRAM`: nothing comes after it. Without a program only its redirections count. */
const exec: Builtin = (args, scope, input, reading) => {
  let first = 0
  while (typeof args[first] === 'string' && /^-[cl]*a?[cl]*$/.test(args[first] as string)) first += (args[first] as string).includes('a') ? 2 : 1
  const words = args[first] === '--' ? args.slice(first + 1) : args.slice(first)
  if (words.length === 0) return same(scope)
  reading.runWords(words, withoutFunctions(scope), input)
  return { yes: undefined, no: scope }
}

/** `command PROGRAM`, `builtin NAME`: as if the words stood alone, but no function is called. */
const command: Builtin = (args, scope, input, reading) => {
  const first = args.findIndex((arg) => typeof arg !== 'string' || !arg.startsWith('-'))
  if (first < 0 || args.slice(0, first).some((arg) => /^-\w*[vV]/.test(arg as string))) return same(scope)
  // What these run is read by this very shell, with its functions.
  const keeps = args[first] === 'source' || args[first] === '.' || args[first] === 'eval'
  const after = reading.runWords(args.slice(first), keeps ? scope : withoutFunctions(scope), input)
  return same(after.functions.size === 0 ? { ...after, functions: scope.functions } : after)
}

const withoutFunctions = (scope: Scope): Scope => (scope.functions.size === 0 ? scope : { ...scope, functions: new Map() })

/** `noglob`, `nocorrect` and `-` of zsh. */
const modifier: Builtin = (args, scope, input, reading) => same(reading.runWords(args, scope, input))

/** `repeat N COMMAND` of zsh. */
const repeat: Builtin = (args, scope, input, reading) => same(reading.runWords(args.slice(1), scope, input))

const trap: Builtin = (args, scope, _input, reading) => {
  const [code, ...signals] = args.filter((arg) => arg !== '--')
  if (code === undefined || code === '-' || code === '' || (typeof code === 'string' && /^-[lp]$/.test(code)) || signals.length === 0) return same(scope)
  if (typeof code !== 'string') reading.effects.unknown('shell code that is only known at run time', asWritten(code))
  else reading.deferred.push({ code, scope })
  return same(scope)
}

/** The built-ins of bash and zsh. The others are programs to what effects are concerned (`echo`, `pwd`, `kill`). */
export const builtins: ReadonlyMap<string, Builtin> = new Map<string, Builtin>([
  ['cd', cd], ['pushd', cd], ['chdir', cd], ['popd', back],
  ...['export', 'declare', 'typeset', 'local', 'readonly', 'integer', 'float'].map((name): [string, Builtin] => [name, declare]),
  ...['mapfile', 'readarray', 'getopts', 'unset', 'vared'].map((name): [string, Builtin] => [name, overwrite]),
  ['read', read], ['printf', printf], ['test', test], ['[', test], ['let', arithmetic], ['set', set], ['shopt', shopt], ['shift', shift],
  ['alias', alias], ['eval', evaluate], ['source', source], ['.', source], ['exec', exec], ['command', command], ['builtin', command],
  ['noglob', modifier], ['nocorrect', modifier], ['-', modifier], ['repeat', repeat], ['trap', trap],
  ['exit', () => ({ yes: undefined, no: undefined })],
  ...['return', 'break', 'continue', ':', 'true', 'false', 'wait', 'jobs', 'times', 'umask', 'ulimit', 'type', 'dirs', 'unalias', 'disown', 'suspend']
    .map((name): [string, Builtin] => [name, nothing]),
  ...['enable', 'disable', 'bind', 'complete', 'compgen', 'hash', 'rehash', 'setopt', 'unsetopt', 'emulate', 'zmodload', 'autoload', 'functions', 'zle', 'sched', 'fc', 'history']
    .map((name): [string, Builtin] => [name, notFollowed]),
])
