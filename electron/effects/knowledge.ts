import * as z from 'zod'
import { err, ok, type Result } from '../contract/result.ts'
import { nameMatcher, namesIn } from './names.ts'
import { readYaml } from './yaml.ts'

/**
 * What a word on a command line means to its program.
 *
 * - `text`: nothing outside the program. `maybe`: not known; a path if it looks like one, a host if it looks like one.
 * - `read` `write` `edit` (read and write) `delete`, each also `-tree` for everything below; `move` (read and delete);
 *   `into`: written, or a directory that the sources are written into; `link`: another name for this path is made;
 *   `contents`: everything below is read, not only its names; `visible`: but for what is hidden or
 *   ignored by git; `contents-through-links`: also what links in it lead to;
 *   `repack`: read and replaced by a file with another ending, `pack`: the same, and kept; `prefix`: what the names of new files begin
 *   with; `suffix`: what is put behind the name of a backup;
 *   `folders`: directories that are made, with those on the way;
 *   `unpacked`: a directory that an archive is unpacked into; `place`: the same, in place of the working directory;
 *   `at-file`: `@FILE` is read, anything else is text; `assigned-file`: a file after `NAME=@` is read;
 *   `only`, `except`: patterns for the names of the files below a directory that are meant, or not;
 *   `remote-code`: code that is fetched and run if it is `HOST/PATH@VERSION`, a path otherwise;
 *   `revision`: git's `REVISION:PATH`, or a path if it is one.
 * - `host` (`[user@]host[:port]`), `url` (without a scheme: http), `remote` and `remote-to` (`[user@]host:path`, a URL, or a
 *   local path that is read or written), `any-remote` (a remote, or the name of one that is configured somewhere), `port`,
 *   `listen`, `method`.
 * - `command`: this word and all that follow are a command. `shell`: shell code, what follows are its `$0 $1 …`.
 *   `helper`: shell code that gets more words.
 *   `split-words`: a command in one word, as for `env -S`. `shell-words`: this word and all that follow, joined by blanks, are shell code. `stdin-command`: a command that gets
 *   more words from standard input. `script`: a program's file, what follows is for it. `module`: the same by a name of its language.
 *   `source`: a shell script that runs in this very shell.
 * - `code`: code in a language that Paddock does not read. `sed`, `awk`, `jq`: code that it reads; `sed-file`, `awk-file`: a file with such code.
 *   `loaded`: a file, a folder or several (`a:b`) with code or settings that the program runs or goes by. Those of the workspace count as
 *   its own code; a name alone is something installed.
 * - `mount`: `/path/here:/path/there`, edited. `chdir`: the directory that the other words are relative to.
 * - `task`: a script of `package.json` that is run; `lifecycle`: several, by blanks, that are run if they are there; `package`: the name or
 *   folder of other packages of the workspace whose scripts are meant. `target`: a target of a makefile, or `NAME=VALUE` for it;
 *   `makefile`: the file that says what it is.
 * - `assignment`: `NAME=VALUE` for the environment. `opaque`: can change what the program runs or reaches.
 */
const Role = z.enum([
  'text', 'maybe',
  'read', 'read-tree', 'visible', 'write', 'write-tree', 'edit', 'edit-tree', 'delete', 'delete-tree', 'contents', 'contents-through-links', 'itself', 'only', 'except', 'move', 'into', 'folders', 'place', 'prefix', 'repack', 'pack', 'suffix', 'unpacked', 'link', 'at-file', 'assigned-file', 'revision', 'remote-code',
  'host', 'url', 'remote', 'remote-to', 'any-remote', 'port', 'listen', 'method',
  'command', 'stdin-command', 'shell', 'helper', 'shell-words', 'split-words', 'script', 'module', 'source', 'code', 'sed', 'awk', 'jq', 'sed-file', 'awk-file', 'loaded',
  'mount', 'chdir', 'assignment', 'opaque',
  'task', 'lifecycle', 'package', 'target', 'makefile',
])
export type Role = z.infer<typeof Role>

/** Names separated by blanks. */
const Names = z.string().transform((text) => text.split(/\s+/).filter((name) => name !== ''))

const Roles = Names.pipe(z.array(Role))

/** What the operands are, in order: `text read...`, `read... into`. One of them may repeat. */
const Operands = Names.transform((names, context): Operands => {
  const operands: Operands = { first: [], last: [] }
  for (const name of names) {
    const role = Role.safeParse(name.replace(/\.\.\.$/, ''))
    if (!role.success) context.addIssue({ code: 'custom', message: `there is no role "${name}"` })
    else if (name.endsWith('...') && operands.repeated === undefined) operands.repeated = role.data
    else if (name.endsWith('...')) context.addIssue({ code: 'custom', message: 'only one operand may repeat' })
    else (operands.repeated === undefined ? operands.first : operands.last).push(role.data)
  }
  return operands
})
export interface Operands {
  first: Role[]
  repeated?: Role
  last: Role[]
}

/** Roles with the fixed word that they hold of: `{ read-tree: "." }`. */
const Fixed = z.partialRecord(Role, z.string()).transform((record) => Object.entries(record) as [Role, string][])

/** Roles for the keys of `KEY=VALUE`: names, or `prefix*`. Without regard to case. */
const Keys = z.record(z.string(), Role).transform((record) => new NameTable(record, true))

/** What a program prints: names of what it finds, of files that git keeps (`tracked`), its own words, lines of its standard input (`input`), its only operand (`file`), or some other text. */
const Prints = z.enum(['names', 'tracked', 'words', 'input', 'file', 'text'])
type Prints = z.infer<typeof Prints>

const Option = z.union([
  Role.transform((takes): OptionSpec => ({ takes })),
  z.strictObject({
    /** What its value is. Without it the option has no value. */
    takes: Role.optional(),
    /** The value, where there is one, is in the same word. */
    attached: z.literal(true).optional(),
    /** Its value ends at one of these words, as for `find -exec`. */
    until: Names.optional(),
    /** A command that has no `{}` gets what was found at its end, as for `fd -x`. */
    appends: z.literal(true).optional(),
    /** What other roles become: `{ read: read-tree }`. */
    turns: z.partialRecord(Role, Roles).transform((record) => new Map(Object.entries(record) as [Role, Role[]][])).optional(),
    /** What the operands are when it is given. */
    operands: Operands.optional(),
    /** Whatever follows is an operand. */
    ends: z.literal(true).optional(),
    does: Fixed.optional(),
    /** What is done when it is given and no operand says where. */
    without: Fixed.optional(),
    /** For a value `KEY=VALUE`: what VALUE is. */
    keys: Keys.optional(),
    /** Its value stands for words that come from elsewhere, as in `xargs -I{}`. */
    placeholder: z.literal(true).optional(),
    /** What the program prints then. */
    prints: Prints.optional(),
    /** The program's code is on standard input, whatever the operands are. */
    stdin: z.literal(true).optional(),
    /** What can't be known when it is given; completes "not known: …". */
    unknown: z.string().optional(),
    /** Texts which, somewhere in its value, make it one that can change what the program runs or reaches. */
    doubtful: z.array(z.string()).optional(),
  }),
])
export interface OptionSpec {
  takes?: Role | undefined
  attached?: true | undefined
  until?: string[] | undefined
  appends?: true | undefined
  turns?: ReadonlyMap<Role, Role[]> | undefined
  operands?: Operands | undefined
  ends?: true | undefined
  does?: [Role, string][] | undefined
  without?: [Role, string][] | undefined
  keys?: NameTable<Role> | undefined
  placeholder?: true | undefined
  prints?: Prints | undefined
  stdin?: true | undefined
  unknown?: string | undefined
  doubtful?: string[] | undefined
}

const shape = {
  /** `words`: `-name value` as in find and go. `keys`: `if=file` as in dd. Otherwise as getopt_long reads them. */
  style: z.enum(['words', 'keys']).optional(),
  /** The first word may be a cluster of options without its dash, as for tar and ps. */
  bundled: z.literal(true).optional(),
  /** Options that have no value and no effect. `-NUM`: any number. Of options, `-X*` is any that begins so, what follows (after `=` or `:`) being its value. */
  flags: Names.optional(),
  options: z.record(z.string(), Option).optional(),
  /** `@FILE` stands for the words in the file. */
  responses: z.literal(true).optional(),
  /** What the value of a key is: for `style: keys`, and otherwise for two operands KEY VALUE. */
  keys: Keys.optional(),
  /** `harmless`: an option that is not listed changes nothing but the output. Otherwise it makes an `unknown` effect. */
  unlisted: z.enum(['harmless']).optional(),
  operands: Operands.optional(),
  /** What is done when no operand is more than `text`. */
  without: Fixed.optional(),
  /** What is done in any case. A word `~/…` means the home directory. */
  does: Fixed.optional(),
  /** It works on the directory that it is started in, whatever its words are: outside the workspace that counts as writing there. */
  here: z.literal(true).optional(),
  /** It builds, checks or tests what is in a project: a task of the project may run it without a rule of its own. */
  tool: z.literal(true).optional(),
  /** What standard input is when there is no operand. */
  stdin: z.enum(['shell', 'code']).optional(),
  prints: Prints.optional(),
  /** It need not be told a subcommand: a word that is none is an operand. */
  plain: z.literal(true).optional(),
  /** What can't be known in any case; completes "not known: …". */
  unknown: z.string().optional(),
} satisfies z.ZodRawShape

type Source = z.infer<z.ZodObject<typeof shape>> & { subcommands?: Record<string, Source> | undefined }
const Source: z.ZodType<Source> = z.strictObject({
  ...shape,
  get subcommands() {
    return z.record(z.string(), Source).optional()
  },
})

/** What Paddock knows of one program, or of one of its subcommands. */
export interface Program {
  style: 'getopt' | 'words' | 'keys'
  bundled: boolean
  options: ReadonlyMap<string, OptionSpec>
  /** Options by what they begin with, the longest first. */
  prefixes: readonly (readonly [string, OptionSpec])[]
  responses: boolean
  keys: NameTable<Role> | undefined
  /** Any `-3` is a flag. */
  numbers: boolean
  lenient: boolean
  operands: Operands
  subcommands: ReadonlyMap<string, Program> | undefined
  plain: boolean
  without: [Role, string][]
  does: [Role, string][]
  stdin: 'shell' | 'code' | undefined
  prints: Prints | undefined
  unknown: string | undefined
  here: boolean
  tool: boolean
  /** No word of its command line has an effect, so it does not matter what the words are. */
  inert: boolean
}

const File = z.strictObject({
  programs: z.record(z.string(), Source).optional(),
  /** Environment variables that make programs run or load something: names or `PREFIX*`, and what the value is. */
  variables: z.record(z.string(), Role).optional(),
  /** Folders whose programs are those that their names say. */
  programFolders: z.array(z.string()).optional(),
  /** Endings of file names that are not taken for the last part of a host name. */
  fileEndings: Names.optional(),
  /** Ends of the paths of generated scripts that set up a shell, such as `bin/activate`: the rule for `source` vouches for them. */
  environments: z.array(z.string()).optional(),
  secrets: z.array(z.string()).optional(),
})

/** Everything that is known of programs, variables and secrets; immutable. */
export interface Knowledge {
  readonly programs: ReadonlyMap<string, Program>
  readonly variables: NameTable<Role>
  readonly programFolders: ReadonlySet<string>
  readonly fileEndings: ReadonlySet<string>
  readonly environments: readonly string[]
  /** Where secrets are kept: globs, with `${home}`. Policies name them `${secrets}`. */
  readonly secrets: readonly string[]
  /** Whether a file may be one of the secrets by its name alone, wherever it is. */
  readonly isSecretName: (name: string) => boolean
}

/**
 * Compiles the files of `policies/knowledge/` that concern effects. A program that a later file describes again is taken
 * from the later one, so that a user's or IT's file can correct a shipped one. Errors are `file:line:column: what is wrong`.
 */
export function parseKnowledge(files: readonly { file: string; text: string }[]): Result<Knowledge, string[]> {
  const errors: string[] = []
  const programs = new Map<string, Program>()
  const variables: Record<string, Role> = {}
  const programFolders = new Set<string>()
  const fileEndings = new Set<string>()
  const environments: string[] = []
  const secrets: string[] = []
  for (const { file, text } of files) {
    const parsed = readYaml(file, text, File)
    if (!parsed.ok) {
      errors.push(...parsed.error)
      continue
    }
    const own = new Set<string>()
    for (const [names, source] of Object.entries(parsed.value.programs ?? {}))
      for (const name of names.split(/\s+/)) {
        if (own.has(name)) errors.push(`${file}: "${name}" is described twice`)
        own.add(name)
        programs.set(name, compiled(source))
      }
    Object.assign(variables, parsed.value.variables)
    for (const folder of parsed.value.programFolders ?? []) programFolders.add(folder)
    for (const ending of parsed.value.fileEndings ?? []) fileEndings.add(ending)
    environments.push(...(parsed.value.environments ?? []))
    secrets.push(...(parsed.value.secrets ?? []))
  }
  if (errors.length > 0) return err(errors)
  return ok({ programs, variables: new NameTable(variables, false), programFolders, fileEndings, environments, secrets, isSecretName: nameMatcher(namesIn(secrets)) })
}

function compiled(source: Source): Program {
  const options = new Map<string, OptionSpec>()
  for (const flag of source.flags ?? []) options.set(flag, {})
  for (const [names, option] of Object.entries(source.options ?? {}))
    for (const name of names.split(/\s+/)) options.set(name, option)
  const subcommands = source.subcommands && new Map<string, Program>()
  for (const [names, sub] of Object.entries(source.subcommands ?? {}))
    for (const name of names.split(/\s+/)) subcommands?.set(name, compiled(sub))
  const operands = source.operands ?? { first: [], repeated: 'maybe', last: [] }
  const lenient = source.unlisted === 'harmless'
  return {
    style: source.style ?? 'getopt',
    bundled: source.bundled ?? false,
    options,
    prefixes: [...options].filter(([name]) => name.length > 1 && name.endsWith('*')).map(([name, spec]) => [name.slice(0, -1), spec] as const).toSorted(([a], [b]) => b.length - a.length),
    responses: source.responses ?? false,
    keys: source.keys,
    numbers: options.has('-NUM'),
    lenient,
    operands,
    subcommands,
    plain: source.plain ?? false,
    without: source.without ?? [],
    does: source.does ?? [],
    stdin: source.stdin,
    prints: source.prints,
    unknown: source.unknown,
    here: source.here ?? false,
    tool: source.tool ?? false,
    inert: lenient && !subcommands && !source.keys && !source.responses && rolesOf(operands).every(isText) && [...options.values()].every(isInert),
  }
}

const rolesOf = (operands: Operands): Role[] => [...operands.first, ...(operands.repeated ? [operands.repeated] : []), ...operands.last]
const isText = (role: Role): boolean => role === 'text'
const isInert = (option: OptionSpec): boolean =>
  (option.takes === undefined || option.takes === 'text') && !option.turns && !option.operands && !option.does && !option.without && !option.keys && !option.unknown && !option.doubtful

/** A program by its name, also with a version behind it: `python3.12`, `clang-17`. */
export function programNamed(name: string, { programs }: Knowledge): Program | undefined {
  return programs.get(name) ?? programs.get(name.replace(/(?:-?\d+(?:\.\d+)*)?(?:\.exe)?$/, ''))
}

/** A table by name where `prefix*` stands for all names that begin so. Exact names win, then the longest prefix. */
export class NameTable<T> {
  readonly #exact = new Map<string, T>()
  readonly #prefixes: [string, T][] = []
  readonly #fold: boolean

  constructor(record: Record<string, T>, fold: boolean) {
    this.#fold = fold
    for (const [names, value] of Object.entries(record))
      for (const written of names.split(/\s+/)) {
        const name = fold ? written.toLowerCase() : written
        if (name.endsWith('*')) this.#prefixes.push([name.slice(0, -1), value])
        else this.#exact.set(name, value)
      }
    this.#prefixes.sort(([a], [b]) => b.length - a.length)
  }

  get(written: string): T | undefined {
    const name = this.#fold ? written.toLowerCase() : written
    return this.#exact.get(name) ?? this.#prefixes.find(([prefix]) => name.startsWith(prefix))?.[1]
  }
}
