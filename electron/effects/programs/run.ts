import type { AbsolutePath } from '../../contract/ids.ts'
import { RUNS_WHAT_IT_WRITES } from '../effect-list.ts'
import { programNamed, type Program, type Role } from '../knowledge.ts'
import { baseName, canonicalPath, isInside, parentOf } from '../paths.ts'
import { asArgument, asWritten, type Field, type Unknown, type Within } from '../shell/field.ts'
import type { Input, Reading } from '../shell/reading.ts'
import { PRINTERS } from '../shell/known.ts'
import { positionalOf, type Scope } from '../shell/scope.ts'
import { namesOf, pathsOf, touch, type NameFilter } from '../shell/touch.ts'
import { readArguments, type CommandLine, type Use } from './arguments.ts'
import { applyRole, childScope, type Doing } from './roles.ts'
import { runTasks } from './tasks.ts'

/** What is taken for a program that nothing is known of: every word may be a path or a host. */
const STRANGER: Program = {
  style: 'getopt', bundled: false, options: new Map(), keys: undefined, numbers: false, lenient: true,
  prefixes: [], responses: false, operands: { first: [], repeated: 'maybe', last: [] }, subcommands: undefined, plain: false, without: [], does: [],
  stdin: undefined, prints: undefined, unknown: undefined, here: true, tool: false, inert: false,
}

/**
 * Adds what running a program does: the `exec` effect, and whatever knowledge says of its words.
 *
 * The `exec` effect stands for what the program itself does with what it is given and for the code of the project that it
 * runs (`npm test`, `make`, `pytest`, `python tool.py`, `./build.sh`): a policy's command rule vouches for those. Effects beside
 * it are what the words of the command line say, and what can be seen in shell scripts and tasks of the project. Code on the command line or on standard input is nobody's project code, so it
 * is `unknown` unless Paddock can read it.
 */
export function runProgram(words: readonly Field[], scope: Scope, input: Input, reading: Reading): void {
  const [name, ...args] = words
  if (name === undefined || name === '') return
  if (typeof name !== 'string') {
    reading.effects.unknown('a program that is only known at run time', asWritten(name))
    return runKnown('the program', STRANGER, args, scope, input, reading)
  }
  if (name.includes('/')) return runByPath(name, args, scope, input, reading)
  reading.effects.add({ kind: 'exec', program: name, args: args.map(asArgument) })
  runKnown(name, programNamed(name, reading.knowledge) ?? STRANGER, args, scope, input, reading)
}

/**
 * A program named by its path. From the folders of the system it is what its name says; from elsewhere only the path tells
 * what it is, so it is judged as a program without knowledge, and by its name as well.
 */
function runByPath(name: string, args: Field[], scope: Scope, input: Input, reading: Reading): void {
  const paths = pathsOf(name, scope.directories, reading)
  for (const path of paths) reading.effects.add({ kind: 'exec', program: name, args: args.map(asArgument), path })
  const base = baseName(name)
  const named = programNamed(base, reading.knowledge)
  if (named && name.startsWith('/') && reading.knowledge.programFolders.has(parentOf(name)))
    return runKnown(base, named, args, scope, input, reading)
  if (named) runKnown(base, named, args, scope, input, reading)
  runKnown(name, STRANGER, args, scope, input, reading)
  for (const path of paths) runFile(path, args, 'program', scope, reading)
}

/**
 * A file that is run as a program or by an interpreter. It is read. A shell script is judged too; of a script of the workspace
 * what can't be known is left out, because that is what the rule for the script itself vouches for.
 */
function runFile(path: AbsolutePath, args: readonly Field[], kind: 'shell' | 'code' | 'program', scope: Scope, reading: Reading): void {
  reading.effects.addCode(path)
  if (kind !== 'code' && reading.effects.writes(path)) return reading.effects.unknown(RUNS_WHAT_IT_WRITES, path)
  // Elsewhere, or with other words, the same script does something else.
  const key = [path, ...scope.directories, ...args.map(asWritten)].join('\0')
  if (reading.scripts.has(key)) return
  reading.scripts.add(key)
  const text = reading.world.text(path)
  if (text === undefined && kind !== 'code' && !isInside(path, reading.workspace) && (reading.world.list(parentOf(path) || '/')?.includes(baseName(path)) ?? false) && !reading.knowledge.programFolders.has(parentOf(path)))
    return reading.effects.unknown('runs a script from outside of the workspace that Paddock can\'t read', path)
  if (text === undefined || !(kind === 'shell' || /^#!\s*\S*\/(?:env\s+(?:-\S+\s+)*)?(?:ba|z|da|k)?sh\b/.test(text))) return
  if (isInside(path, reading.workspace)) reading.runScriptFile(text, childScope(scope, args))
  else reading.runCode(text, childScope(scope, args))
}

function runKnown(name: string, program: Program, args: readonly Field[], scope: Scope, input: Input, reading: Reading): void {
  const line = readArguments(args, name, program)
  for (const { reason, text } of line.doubts) reading.effects.unknown(reason, text)
  const doing: Doing = {
    program: name, scope, reading, known: program !== STRANGER,
    directories: directoriesOf(line, scope, reading),
    connecting: { port: portOf(line.uses), method: line.uses.find((use) => use.role === 'method')?.field as string | undefined },
    sources: line.uses.filter(isSource).map((use) => use.field),
    wholeTrees: line.uses.some((use) => isSource(use) && use.role !== 'read' && use.role !== 'itself'),
    filter: filterOf(line),
    suffix: line.uses.find((use) => use.role === 'suffix')?.field,
  }
  for (const use of line.uses) if (!RUNS.has(use.role)) applyRole(use.role, use.field, use.option, doing)
  const hasPlace = line.uses.some((use) => use.role === 'place' || use.role === 'prefix')
  for (const [role, text] of line.fixed) if (!hasPlace || text !== '.') applyRole(role, text.startsWith('~/') ? reading.world.home + text.slice(1) : text, undefined, doing)
  for (const use of line.uses) if (RUNS.has(use.role)) applyRole(use.role, use.field, use.option, doing)
  if (!program.inert && line.prints === undefined && (program === STRANGER || program.operands.repeated === 'maybe')) reading.effects.wrote = true
  if (program.here) for (const directory of doing.directories) if (!isInside(directory, reading.workspace)) touch(['write-tree'], directory, [directory], reading)
  reading.prints = printedBy(name, args, line, input, doing)
  rememberLinks(line, doing)
  rememberCopies(line, doing)
  const inner: Scope = doing.directories === scope.directories ? scope : { ...scope, directories: doing.directories }
  for (const words of line.commands) reading.runWords(words.flatMap((word) => filled(word, foundBy(line))), isolated(inner), { kind: 'inherited' })
  runTasks(line, isolated(inner), reading)
  if (line.rest) runRest(line, name, isolated(inner), input, doing)
  else if (line.program.stdin && (line.readsInput || (!line.hasOperand && !line.uses.some((use) => use.role === 'code')))) runInput(line.program.stdin, name, operandsOf(line), input, inner, reading)
}

/** Code that may find what the program has done before it runs it, such as the lock file of flock. */
const RUNS: ReadonlySet<Role> = new Set<Role>(['shell', 'helper', 'awk', 'awk-file'])

const SOURCES: ReadonlySet<Role> = new Set<Role>(['read', 'read-tree', 'visible', 'contents', 'contents-through-links', 'itself', 'move', 'link'])
const isSource = (use: Use): boolean => SOURCES.has(use.role)

/** The names that `--include`, `--exclude` and find's `-name` choose. */
function filterOf(line: CommandLine): NameFilter {
  const words = (role: Role): string[] => line.uses.flatMap((use) => (use.role === role && typeof use.field === 'string' ? [use.field] : []))
  const unknown = line.uses.some((use) => use.role === 'only' && typeof use.field !== 'string')
  const fixed = line.fixed.some(([role]) => role === 'only')
  const only = words('only')
  return { only: only.length === 0 || unknown || fixed ? undefined : only, except: words('except') }
}

function portOf(uses: readonly Use[]): number | undefined {
  const field = uses.find((use) => use.role === 'port')?.field
  const port = typeof field === 'string' ? Number(field) : NaN
  return Number.isInteger(port) && port > 0 && port < 65536 ? port : undefined
}

/** The directories that relative paths start at: each that a `-C DIR` leads to, or those of the shell. */
function directoriesOf(line: CommandLine, scope: Scope, reading: Reading): readonly AbsolutePath[] {
  const changes = line.uses.filter((use) => use.role === 'chdir')
  if (changes.length === 0) return scope.directories
  let from: readonly AbsolutePath[] = scope.directories
  const all = new Set<AbsolutePath>()
  for (const { field } of changes) {
    if (typeof field !== 'string') {
      reading.effects.unknown('a directory that is only known at run time', asWritten(field))
      continue
    }
    from = pathsOf(field, from, reading)
    for (const directory of from) all.add(directory)
  }
  return all.size === 0 ? scope.directories : [...all]
}

/** Every path that comes later is held against each of these. */
const MOST_LINKS = 200

function remember(link: Reading['links'][number], { links, effects }: Reading): void {
  if (links.length >= MOST_LINKS) effects.unknown('makes or moves more than can be followed')
  else links.push(link)
}

/** `cp -a FROM TO`, `mv FROM TO`: links that are copied or moved lead where they led before. */
function rememberCopies(line: CommandLine, { directories, wholeTrees, reading }: Doing): void {
  const to = line.uses.find((use) => use.role === 'into')?.field
  const mayBeLinks = wholeTrees || line.uses.some(({ role }) => role === 'itself')
  if (mayBeLinks && to !== undefined && reading.hasBackground) reading.effects.unknown('puts something in another place while something else is running', asWritten(to))
  if (!mayBeLinks || typeof to !== 'string') return
  for (const { role, field } of line.uses) {
    if (!SOURCES.has(role) || role === 'link') continue
    const source = typeof field === 'string' ? field : field.kind === 'within' ? field.directory || '.' : undefined
    if (source === undefined) continue
    const ends = typeof field === 'string' ? [to, `${to}/${baseName(source)}`] : [to]
    for (const end of ends)
      for (const at of namesOf(end, directories, reading))
        for (const from of namesOf(source, directories, reading)) remember({ at, to: from, isCopy: true }, reading)
  }
}

/** `ln -s TARGET NAME`: what is reached through NAME later in this call is below TARGET. */
function rememberLinks(line: CommandLine, { directories, reading }: Doing): void {
  const target = line.uses.find((use) => use.role === 'link')?.field
  if (target === undefined) return
  if (reading.hasBackground) return reading.effects.unknown('makes a link while something else is running', asWritten(target))
  const name = line.uses.find((use) => use.role === 'into')?.field ?? (typeof target === 'string' ? baseName(target) : undefined)
  if (typeof target !== 'string' || typeof name !== 'string') return reading.effects.unknown('a link that is only known at run time', asWritten(target))
  for (const at of [name, `${name}/${baseName(target)}`])
    for (const directory of directories) {
      const link = canonicalPath(at, directory, reading.world)
      remember({ at: link, to: canonicalPath(target, at === name ? (parentOf(link) as AbsolutePath) : link, reading.world) }, reading)
      if (at === name) remember({ at: link, to: canonicalPath(target, directory, reading.world) }, reading)
    }
}

/** Programs that run others know nothing of the functions of the shell. */
const isolated = (scope: Scope): Scope => (scope.functions.size === 0 ? scope : { ...scope, functions: new Map() })

function runRest(line: CommandLine, name: string, scope: Scope, input: Input, doing: Doing): void {
  const { role, words } = line.rest!
  const { reading } = doing
  switch (role) {
    case 'command':
      return void reading.runWords(withoutAssignments(words, doing), scope, input)
    case 'stdin-command': {
      const placeholder = line.placeholder
      const more: Unknown = { kind: 'unknown', prefix: '', many: true, source: `what ${name} reads` }
      const names = input.kind === 'names' || input.kind === 'text' ? input.names : undefined
      if (placeholder === undefined && names) return void reading.runWords([...words, ...names.map(perhaps)], scope, { kind: 'inherited' })
      const inner = placeholder === undefined ? [...words, more] : words.map((word) => (typeof word === 'string' && word.includes(placeholder) ? { ...more, prefix: word.slice(0, word.indexOf(placeholder)), many: false } : word))
      return void reading.runWords(inner, scope, { kind: 'inherited' })
    }
    case 'shell': {
      const [code, zero = '', ...positional] = words
      if (typeof code === 'string') reading.runCodeOf(name, code, { ...childScope(scope), positional: typeof zero === 'string' ? positionalOf(positional) : undefined })
      else reading.effects.unknown('shell code that is only known at run time', code && asWritten(code))
      return undefined
    }
    case 'split-words': {
      const [text, ...more] = words
      if (typeof text === 'string' && /^[\w\s./=:,@%+~-]*$/.test(text))
        return void reading.runWords(withoutAssignments([...text.split(/\s+/).filter((word) => word !== ''), ...more], doing), scope, input)
      return reading.effects.unknown('a command that has to be split first', text && asWritten(text))
    }
    case 'shell-words':
      return runShellWords(words, scope, reading)
    case 'script':
      return runScript(line, name, words, scope, input, doing)
    case 'module':
      return runModule(words, scope, input, doing)
    default:
      return undefined
  }
}

/** Words that are joined to shell code, as `watch`, `ssh` and `eval` do. */
export function runShellWords(words: readonly Field[], scope: Scope, reading: Reading): void {
  if (words.every((word) => typeof word === 'string')) reading.runCode(words.join(' '), childScope(scope))
  else reading.effects.unknown('shell code that is only known at run time', words.map(asWritten).join(' '))
}

/** `NAME=VALUE` words in front of a command, as for env and sudo. */
function withoutAssignments(words: readonly Field[], doing: Doing): readonly Field[] {
  let first = 0
  for (const word of words) {
    const text = typeof word === 'string' ? word : word.kind === 'unknown' ? word.prefix : ''
    // `env - A=1 COMMAND`: the dash is the option -i.
    if (text !== '-' && !/^[A-Za-z_]\w*=/.test(text)) break
    if (text !== '-') applyRole('assignment', word, undefined, doing)
    first += 1
  }
  return words.slice(first)
}

function runScript(line: CommandLine, name: string, words: readonly Field[], scope: Scope, input: Input, doing: Doing): void {
  const [file, ...args] = words
  const { reading } = doing
  if (typeof file === 'string' && /:\/\/|^(?:npm|jsr|data|gist):/.test(file)) {
    if (file.includes('://')) applyRole('url', file, undefined, doing)
    reading.effects.unknown(`runs ${name} code from the network`, file)
  } else if (file === '-' || file === '/dev/stdin') runInput(line.program.stdin ?? 'code', name, args, input, scope, reading)
  else if (typeof file !== 'string') {
    if (file) reading.effects.unknown('a script that is only known at run time', asWritten(file))
  } else if (/^\/dev\/fd\/|^\/proc\/.*\/fd\//.test(file)) reading.effects.unknown(`runs ${name} code that Paddock can't read`, file)
  else for (const path of pathsOf(file, scope.directories, reading)) runFile(path, args, line.program.stdin === 'shell' ? 'shell' : 'code', scope, reading)
  for (const word of args) applyRole('maybe', word, undefined, doing)
}

/** `python -m NAME …`: what is known of a program with that name holds for its words. */
function runModule(words: readonly Field[], scope: Scope, input: Input, { reading }: Doing): void {
  const [name, ...args] = words
  if (typeof name === 'string') runKnown(name, programNamed(name, reading.knowledge) ?? STRANGER, args, scope, input, reading)
  else reading.effects.unknown('a module that is only known at run time', name && asWritten(name))
}

const operandsOf = (line: CommandLine): Field[] => line.uses.flatMap((use) => (use.option === undefined ? [use.field] : []))

/** Code that a program gets on standard input, with the words that it gets as `$1 $2 …`. */
function runInput(language: 'shell' | 'code', name: string, args: readonly Field[], input: Input, scope: Scope, reading: Reading): void {
  if (input.kind === 'inherited') return
  if (input.kind === 'file' && language === 'shell' && input.paths.some((path) => reading.world.text(path) !== undefined)) {
    for (const path of input.paths)
      if (reading.effects.writes(path)) reading.effects.unknown(RUNS_WHAT_IT_WRITES, path)
      else runFile(path, args, language, scope, reading)
  } else if (input.kind !== 'text') reading.effects.unknown(`${name} runs what it gets from ${input.kind === 'names' ? 'a pipe' : input.from}`)
  else if (language === 'shell') reading.runCodeOf(name, input.text, { ...childScope(scope), positional: positionalOf(args) })
  else reading.effects.unknown(`runs ${name} code that Paddock can't read`, input.text)
}

/** What a program prints, as far as it matters to who reads it: its words, the file that it shows, or names for `| xargs`. */
function printedBy(name: string, args: readonly Field[], line: CommandLine, input: Input, { directories, reading }: Doing): Input | undefined {
  const names = printedNames(line, input)
  const text = args.every((arg) => typeof arg === 'string') ? PRINTERS.get(name)?.(args) : undefined
  if (text !== undefined) return { kind: 'text', text: `${text}\n`, names }
  const [only, ...others] = args
  if (line.prints === 'file' && typeof only === 'string' && others.length === 0 && !only.startsWith('-') && !/^\/(?:dev|proc)\//.test(only))
    return { kind: 'file', from: only, paths: pathsOf(only, directories, reading) }
  return names && { kind: 'names', names }
}

/** The names that a program prints: of what it finds, or those that it was given. */
function printedNames(line: CommandLine, input: Input): readonly Field[] | undefined {
  if (line.prints === 'words') return printedWords(line)
  if (line.prints === 'names') return foundBy(line)
  if (line.prints === 'tracked') return foundBy(line).map((one) => ({ ...one, isTracked: true }))
  const readsFiles = line.uses.some((use) => use.option === undefined && use.role !== 'text' && use.role !== 'sed')
  return line.prints === 'input' && (input.kind === 'names' || input.kind === 'text') && !readsFiles ? input.names : undefined
}

/** A word that may come together with others, or not at all. */
const perhaps = (word: Field): Field => (typeof word === 'string' ? { kind: 'within', directory: '', known: [word] } : word)

/** The words of echo, where whoever reads them takes each as it is. */
function printedWords(line: CommandLine): readonly Field[] | undefined {
  const words = line.uses.map((use) => use.field)
  return words.every((word) => typeof word === 'string' && /^[\w./@:+,][\w./@:+,-]*$/.test(word)) ? words : undefined
}

/** What `{}` of `find -exec` stands for: something below each of the starting points. */
function foundBy(line: CommandLine): Within[] {
  const starts = line.uses.filter((use) => use.option === undefined && (use.role === 'read-tree' || use.role === 'visible' || use.role === 'contents' || use.role === 'contents-through-links' || use.role === 'read')).flatMap(({ field }) => (typeof field === 'string' ? [field] : []))
  const { only } = filterOf(line)
  return (starts.length > 0 ? starts : ['.']).map((directory) => ({ kind: 'within', directory, names: only }))
}

function filled(word: Field, found: Within[]): Field[] {
  if (typeof word !== 'string' || !word.includes('{}')) return [word]
  return word === '{}' ? found : [{ kind: 'unknown', prefix: word.slice(0, word.indexOf('{}')), many: false, source: word }]
}

