import type { Operands, OptionSpec, Program, Role } from '../knowledge.ts'
import { asWritten, type Field, type Unknown } from '../shell/field.ts'

/** One word of a command line with what it means to the program. */
export interface Use {
  role: Role
  field: Field
  /** The option whose value it is. */
  option?: string | undefined
}

/** A command line, read by what is known of the program. */
export interface CommandLine {
  uses: Use[]
  /** A word and all that follow it, for the roles that take everything: a command, a script, shell code. */
  rest?: { role: Role; words: Field[] } | undefined
  /** Commands given as `-exec … ;`. */
  commands: Field[][]
  /** Roles with fixed words: what is done without being written on the command line. */
  fixed: [Role, string][]
  /** What can't be known, each completing "not known: …". */
  doubts: { reason: string; text: string }[]
  /** Text that stands for words from elsewhere, as `{}` for `xargs -I{}`. */
  placeholder?: string | undefined
  /** Whether there was any operand. */
  hasOperand: boolean
  /** Whether an option says that the code is on standard input. */
  readsInput: boolean
  /** What it prints, where that is names. */
  prints: Program['prints']
  /** The program, or the subcommand, that the words were read by. */
  program: Program
}

const TAKES_ALL: ReadonlySet<Role> = new Set<Role>(['command', 'stdin-command', 'shell', 'shell-words', 'split-words', 'script', 'module', 'source'])

/** Reads the words after a program's name. */
export function readArguments(args: readonly Field[], name: string, program: Program): CommandLine {
  const line: CommandLine = { uses: [], commands: [], fixed: [...program.does], doubts: [], hasOperand: false, readsInput: false, prints: program.prints, program }
  if (program.unknown !== undefined) line.doubts.push({ reason: program.unknown, text: name })
  const operands: Field[] = []
  let sequence = program.operands
  const without = [...program.without]
  const turns = new Map<Role, readonly Role[]>()
  let onlyOperands = false
  let at = 0

  const turned = (role: Role): readonly Role[] => turns.get(role) ?? [role]
  const add = (role: Role, field: Field, option?: string): void => {
    line.uses.push(option === undefined ? { role, field } : { role, field, option })
  }

  /**
   * Takes note of an option; `value` is what stands in the same word. `unsure`: it may be another option, so the word after it counts
   * for itself as well.
   */
  const give = (option: string, spec: OptionSpec, value: Field | undefined, unsure = false): void => {
    if (spec.unknown !== undefined) line.doubts.push({ reason: spec.unknown, text: `${name} ${option}` })
    if (spec.operands) sequence = spec.operands
    if (spec.ends) onlyOperands = true
    if (spec.stdin) line.readsInput = true
    if (spec.prints) line.prints = spec.prints
    for (const [role, roles] of spec.turns ?? []) turns.set(role, roles)
    line.fixed.push(...(spec.does ?? []))
    without.push(...(spec.without ?? []))
    if (spec.takes === undefined) return
    if (spec.until) return takeCommand(spec.until, spec.appends === true)
    if (TAKES_ALL.has(spec.takes) && spec.ends) {
      line.rest = { role: spec.takes, words: value === undefined ? args.slice(at + 1) : [value, ...args.slice(at + 1)] }
      at = args.length
      return
    }
    let given = value
    if (given === undefined && !spec.attached) {
      given = args[at + 1]
      if (!unsure) at += 1
    }
    if (given === undefined) return
    if (spec.doubtful?.some((text) => asWritten(given).includes(text))) line.doubts.push({ reason: `what ${option} makes ${name} run or reach`, text: asWritten(given) })
    // A pattern may stand for several words: the first is the value, the others are operands.
    if (typeof given === 'object' && given.kind === 'within') operands.push(given)
    if (spec.placeholder) line.placeholder = asWritten(given)
    const keyed = spec.keys && typeof given === 'string' ? keyedUse(spec.keys, given) : undefined
    if (keyed) add(keyed.role, keyed.field, option)
    else add(spec.takes, given, option)
  }

  const takeCommand = (until: readonly string[], appends: boolean): void => {
    const from = at + 1
    at = from
    while (at < args.length && !until.includes(args[at] as string)) at += 1
    line.commands.push(appends && !args.slice(from, at).some((word) => asWritten(word).includes('{')) ? [...args.slice(from, at), '{}'] : args.slice(from, at))
  }

  const unlisted = (option: string, value: Field | undefined): void => {
    if (value !== undefined && value !== '') add('maybe', value, option)
    if (!program.lenient) line.doubts.push({ reason: `what ${option} does to ${name}`, text: `${name} ${option}` })
  }

  const long = (word: string, tail: Unknown | undefined): void => {
    const equals = word.indexOf('=')
    const option = equals < 0 ? word : word.slice(0, equals)
    const inline = equals < 0 ? undefined : word.slice(equals + 1)
    const value: Field | undefined = tail && inline !== undefined ? { ...tail, prefix: inline } : inline
    const exact = program.options.get(option)
    const found = exact ?? abbreviated(option, program)
    if (found === 'several') line.doubts.push({ reason: `which option ${option} abbreviates`, text: `${name} ${option}` })
    if (found === undefined || found === 'several') unlisted(option, value)
    else give(option, found, value, exact === undefined && program.lenient)
  }

  const cluster = (word: string, tail: Unknown | undefined): void => {
    for (let index = 1; index < word.length; index += 1) {
      const option = `-${word[index]!}`
      if (program.numbers && word[index]! >= '0' && word[index]! <= '9') continue
      const spec = program.options.get(option)
      const inline = word.slice(index + 1)
      if (spec === undefined) {
        unlisted(option, inline.includes('/') || inline.startsWith('~') ? inline : undefined)
        if (program.lenient) return
        continue
      }
      if (spec.takes === undefined) {
        give(option, spec, undefined)
        continue
      }
      const value: Field | undefined = tail ? { ...tail, prefix: inline } : inline === '' ? undefined : inline
      return give(option, spec, value)
    }
  }

  const option = (word: string, tail?: Unknown): void => {
    const exact = tail ? undefined : program.options.get(word)
    const beginning = exact ? undefined : program.prefixes.find(([prefix]) => word.startsWith(prefix))
    if (exact) give(word, exact, undefined)
    else if (beginning) give(beginning[0], beginning[1], tail ? { ...tail, prefix: valueAfter(beginning[0], word) } : valueAfter(beginning[0], word))
    else if (word.startsWith('--') || program.style === 'words') long(word, tail)
    else cluster(word, tail)
  }

  /** An operand; true when it and all the words after it are taken. */
  const operand = (field: Field): boolean => {
    line.hasOperand = true
    const [role] = turned(roleAt(sequence, operands.length))
    if (role !== undefined && TAKES_ALL.has(role)) {
      line.rest = { role, words: args.slice(at) }
      return true
    }
    operands.push(field)
    return false
  }

  for (; at < args.length; at += 1) {
    const word = args[at]!
    if (typeof word !== 'string') {
      if (!onlyOperands && word.kind === 'unknown') {
        if (word.prefix.startsWith('-') && word.prefix.length > 1) {
          option(word.prefix, word)
          continue
        }
        if (!program.inert && (word.many || word.prefix === '' || word.prefix === '-'))
          line.doubts.push({ reason: `a word for ${name} that is only known at run time`, text: word.source })
      }
      if (program.subcommands && operands.length === 0) line.doubts.push({ reason: `what ${name} is told to do`, text: asWritten(word) })
      if (operand(word)) break
      continue
    }
    if (!onlyOperands && word === '--' && program.style !== 'words') {
      onlyOperands = true
      continue
    }
    if (!onlyOperands && program.style === 'keys' && word.includes('=')) {
      const use = program.keys && keyedUse(program.keys, word)
      if (use) line.uses.push(use)
      else unlisted(word, undefined)
      continue
    }
    if (!onlyOperands && ((word.length > 1 && word.charCodeAt(0) === DASH) || (program.style === 'words' && program.options.has(word)))) {
      option(word)
      continue
    }
    if (program.responses && word.startsWith('@') && word.length > 1) {
      add('read', word.slice(1))
      line.doubts.push({ reason: `what the words in the file make ${name} do`, text: word })
      continue
    }
    const plus = !onlyOperands && word.charCodeAt(0) === PLUS ? program.options.get('+') : undefined
    if (plus) {
      give('+', plus, word.slice(1))
      continue
    }
    if (at === 0 && program.bundled && /^[A-Za-z]+$/.test(word)) {
      bundle(word)
      continue
    }
    if (program.subcommands && operands.length === 0) {
      const sub = program.subcommands.get(word)
      if (sub !== undefined) return joined(line, readArguments(args.slice(at + 1), `${name} ${word}`, sub))
      if (!program.lenient && !program.plain) line.doubts.push({ reason: `what ${name} ${word} does`, text: `${name} ${word}` })
    }
    if (operand(word)) break
  }

  assignRoles(operands, sequence, turned, line)
  // A value is what its key says: `git config user.name NAME`.
  const [key, value] = operands
  const keyed = typeof key === 'string' && value !== undefined && program.style !== 'keys' ? program.keys?.get(key) : undefined
  if (keyed) line.uses = line.uses.map((use) => (use.field === value && use.option === undefined ? { ...use, role: keyed } : use))
  for (const use of line.uses.splice(0)) for (const role of use.option === undefined ? [use.role] : turned(use.role)) line.uses.push({ ...use, role })
  if (!line.rest && line.uses.every((use) => use.option !== undefined || use.role === 'text')) line.fixed.push(...without)
  line.fixed = line.fixed.flatMap(([role, text]) => turned(role).map((one): [Role, string] => [one, text]))
  return line

  /** `tar xzf a.tgz`: a cluster whose values are the words that follow, in order. */
  function bundle(word: string): void {
    for (const letter of word) {
      const spec = program.options.get(`-${letter}`)
      if (spec === undefined) unlisted(`-${letter}`, undefined)
      else give(`-${letter}`, spec, undefined)
    }
  }
}
const DASH = 0x2d
const PLUS = 0x2b

/** `-fplugin=x`, `-javaagent:x`, `-Ix`: the value behind what the option begins with. */
const valueAfter = (prefix: string, word: string): string => word.slice(prefix.length).replace(/^[=:]/, '')

function roleAt(operands: Operands, index: number): Role {
  return operands.first[index] ?? operands.repeated ?? operands.last[index - operands.first.length] ?? 'maybe'
}

function assignRoles(operands: Field[], sequence: Operands, turned: (role: Role) => readonly Role[], line: CommandLine): void {
  if (operands.length === 1 && sequence.first.length === 0 && sequence.repeated !== undefined && sequence.last[0] === 'into') {
    // `ln FILE`: the target is the working directory.
    for (const one of turned(sequence.repeated)) line.uses.push({ role: one, field: operands[0]! })
    line.fixed.push(['into', '.'])
    return
  }
  const lastFrom = Math.max(operands.length - sequence.last.length, 0)
  for (const [index, field] of operands.entries()) {
    const role =
      sequence.last.length > 0 && index >= lastFrom && index >= sequence.first.length
        ? sequence.last[index - Math.max(lastFrom, sequence.first.length)]!
        : (sequence.first[index] ?? sequence.repeated ?? 'maybe')
    const roles = typeof field === 'object' && field.kind === 'within' ? rolesFrom(index, index === operands.length - 1, sequence) : [role]
    for (const each of new Set([role, ...roles])) for (const one of turned(each)) line.uses.push({ role: one, field })
  }
}

/** A pattern may stand for several operands: what it may be besides the first of them. */
function rolesFrom(index: number, isLast: boolean, sequence: Operands): Role[] {
  return [...sequence.first.slice(index), ...(sequence.repeated ? [sequence.repeated] : []), ...(isLast ? sequence.last : [])]
}

function joined(outer: CommandLine, inner: CommandLine): CommandLine {
  return {
    ...inner,
    uses: [...outer.uses, ...inner.uses],
    commands: [...outer.commands, ...inner.commands],
    fixed: [...outer.fixed, ...inner.fixed],
    doubts: [...outer.doubts, ...inner.doubts],
    placeholder: inner.placeholder ?? outer.placeholder,
  }
}

function keyedUse(keys: { get(name: string): Role | undefined }, text: string): Use | undefined {
  const equals = text.indexOf('=')
  const role = keys.get(equals < 0 ? text : text.slice(0, equals))
  return role === undefined ? undefined : { role, field: equals < 0 ? '' : text.slice(equals + 1), option: text }
}

/** The option that a long option abbreviates, as getopt_long allows. */
function abbreviated(option: string, program: Program): OptionSpec | 'several' | undefined {
  if (!option.startsWith('--') || option.length < 3 || program.style === 'words') return undefined
  let found: OptionSpec | undefined
  for (const [name, spec] of program.options) {
    if (!name.startsWith(option)) continue
    if (found !== undefined && found !== spec) return 'several'
    found = spec
  }
  return found
}
