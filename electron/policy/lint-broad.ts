import type { Knowledge, Operands, Program, Role } from '../effects/knowledge.ts'
import { baseName } from '../effects/paths.ts'
import type { CommandPattern } from './command-index.ts'
import { alternativesOf, covers, type Alternative } from './coverage.ts'
import { compileSegment, matchSegment, segmentCovers, type Segment } from './glob.ts'
import type { HostPattern } from './host-index.ts'
import type { Section } from './rule.ts'
import { isShared, type SharedDomains } from './shared-domains.ts'
import type { ToolPattern } from './tool-index.ts'
import type { Variables } from './variables.ts'

/** What the checks of a policy know of the machine and of the world. */
export interface LintContext {
  knowledge: Knowledge
  sharedDomains: SharedDomains
  /** What variables stand for; `workspace` is a folder that no pattern names. */
  variables: Variables
  /** The path that the operating system would reach. */
  canonical(path: string): string
}

/** What is wrong with a rule, and what to write instead. */
export interface Finding {
  message: string
  suggestion: string
}

/** Why a rule that allows this pattern allows more than anybody can have meant. */
export function whyTooBroad(section: Section, pattern: string, context: LintContext): Finding | undefined {
  for (const alternative of alternativesOf(section, pattern, context.variables)) {
    const finding = broad(alternative, section, context)
    if (finding) return finding
  }
  return undefined
}

/** Why a rule that allows this pattern allows a secret, where the pattern names one. */
export function whySecret(section: Section, pattern: string, { variables }: LintContext): Finding | undefined {
  if (!section.startsWith('files.')) return undefined
  const secrets = alternativesOf(section, '${secrets}', variables)
  const secret = alternativesOf(section, pattern, variables).find((each) => secrets.some((one) => covers(one, each, true)))
  if (!secret) return undefined
  return { message: `${secret.text} is a place of secrets (\${secrets})`, suggestion: 'let the operator run the step that needs the secret' }
}

function broad(alternative: Alternative, section: Section, context: LintContext): Finding | undefined {
  switch (alternative.kind) {
    case 'path':
      return broadPath(alternative, section, context)
    case 'command':
      return broadCommand(alternative.pattern, context.knowledge)
    case 'host':
      return broadHost(alternative.pattern, section, context.sharedDomains)
    case 'tool':
      return broadTool(alternative.pattern)
  }
}

/** All that is the user's, or more. */
function broadPath(alternative: Alternative, section: Section, { variables }: LintContext): Finding | undefined {
  const [home] = alternativesOf(section, '${home}/**', variables)
  if (!home || !covers(alternative, home, false)) return undefined
  const [, verb] = section.split('.')
  return { message: `it lets an agent ${verb} everything in your home directory`, suggestion: 'name the folders, such as "${workspace}/**"' }
}

/** `git *` has a program that is known for what it does. `python *` and `*` run whatever they are given. */
function broadCommand({ words, open }: CommandPattern, knowledge: Knowledge): Finding | undefined {
  const [first, ...rest] = words
  if (first === undefined) return undefined
  if (segmentCovers(first, ANYTHING)) {
    const message = open || rest.length > 0 ? 'it allows every program' : 'it allows every program that is run without arguments'
    return { message, suggestion: 'name the programs, such as "git status"' }
  }
  if (!open) return undefined
  for (const name of programsNamed(first, knowledge)) {
    const what = whatItRuns(programNamed(name, knowledge), rest)
    const start = [name, ...rest.filter((word) => typeof word === 'string')].join(' ')
    if (what === 'code') return { message: `${name} runs any code that it is given`, suggestion: `name what it may run, such as "${start} tools/build *"` }
    if (what === 'commands') return { message: `${start} runs any program that it is given, though Paddock judges that one too`, suggestion: `name what it may run, such as "${start} make test"` }
  }
  return undefined
}

const ANYTHING = compileSegment('*')

/** The programs that the first word of a pattern can stand for, as far as there is knowledge of them. */
function programsNamed(word: Segment, { programs }: Knowledge): string[] {
  if (typeof word === 'string') return [baseName(word)]
  return [...programs.keys()].filter((name) => matchSegment(word, name))
}

/** Also with a version behind its name: `python3.12`. */
function programNamed(name: string, { programs }: Knowledge): Program | undefined {
  return programs.get(name) ?? programs.get(name.replace(/(?:-?\d+(?:\.\d+)*)?(?:\.exe)?$/, ''))
}

/** What a program runs when only options and subcommands of its words are settled, and any may follow. */
function whatItRuns(program: Program | undefined, words: readonly Segment[]): 'code' | 'commands' | undefined {
  if (!program) return undefined
  const [word, ...rest] = words
  if (word === undefined) return kindOf(program) ?? (someSubcommand(program, (sub) => kindOf(sub) === 'code') ? 'code' : undefined)
  if (typeof word !== 'string') return undefined
  if (word.startsWith('-')) return whatItRuns(program, rest)
  return whatItRuns(program.subcommands?.get(word), rest)
}

function someSubcommand({ subcommands }: Program, is: (sub: Program) => boolean): boolean {
  return [...(subcommands?.values() ?? [])].some(is)
}

const CODE: readonly Role[] = ['code', 'script', 'module', 'source']
const COMMANDS: readonly Role[] = ['command', 'stdin-command', 'shell', 'shell-words']

function kindOf({ operands, stdin }: Program): 'code' | 'commands' | undefined {
  const roles = rolesOf(operands)
  if (stdin !== undefined || roles.some((role) => CODE.includes(role))) return 'code'
  return roles.some((role) => COMMANDS.includes(role)) ? 'commands' : undefined
}

const rolesOf = ({ first, repeated, last }: Operands): Role[] => [...first, ...(repeated ? [repeated] : []), ...last]

/** Networks larger than a /8 are the world's, not anybody's. */
const SHORTEST_PREFIX = 8

function broadHost(pattern: HostPattern, section: Section, shared: SharedDomains): Finding | undefined {
  const suggestion = section === 'listen' ? 'name the address, such as "loopback"' : 'name the hosts, such as "api.example.com:443"'
  const isLarge = pattern.kind === 'range' && pattern.ranges.some(({ bits }) => bits < SHORTEST_PREFIX)
  if (pattern.kind === 'any' || isLarge)
    return { message: section === 'listen' ? 'it allows listening on every address' : 'it allows hosts all over the internet', suggestion }
  if (pattern.kind === 'below' && isShared(pattern.domain, shared))
    return { message: `anybody can have a host below ${pattern.domain}`, suggestion }
  return undefined
}

function broadTool({ server, name }: ToolPattern): Finding | undefined {
  if (!segmentCovers(name, ANYTHING)) return undefined
  if (server === undefined) return { message: 'it allows every tool of the agent itself, also those that Paddock does not know', suggestion: 'name the tools, such as "TodoWrite"' }
  return segmentCovers(server, ANYTHING) ? { message: 'it allows every tool of every server', suggestion: 'name the server, such as "github/get_*"' } : undefined
}
