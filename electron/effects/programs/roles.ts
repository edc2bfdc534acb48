import type { AbsolutePath } from '../../contract/ids.ts'
import { RUNS_WHAT_IT_WRITES } from '../effect-list.ts'
import type { Role } from '../knowledge.ts'
import { baseName, isInside, parentOf } from '../paths.ts'
import { asWritten, type Field } from '../shell/field.ts'
import type { Reading } from '../shell/reading.ts'
import type { Scope } from '../shell/scope.ts'
import { pathsOf, touch, type Access, type NameFilter } from '../shell/touch.ts'
import { awkEffects } from './awk.ts'
import { connectToHost, connectToRemote, connectToUrl, looksLikeHost, type Connecting } from './network.ts'
import { sedEffects } from './sed.ts'

/** What the words of one command line share. */
export interface Doing {
  program: string
  scope: Scope
  /** Where relative paths start: the directories of `-C DIR`, or those of the shell. */
  directories: readonly AbsolutePath[]
  connecting: Connecting
  /** What is copied, moved or linked: its names appear in the directory that it goes to. */
  sources: readonly Field[]
  /** Whether the sources may be directories, with all that is in them. */
  wholeTrees: boolean
  /** What is put behind the names of files that are edited, to keep them as they were. */
  suffix: Field | undefined
  /** Which names below directories are meant. */
  filter: NameFilter
  reading: Reading
  /** Something is known of the program: then a bare name with a dot is no host. */
  known: boolean
}

const PATHS: Partial<Record<Role, readonly Access[]>> = {
  'read': ['read'], 'read-tree': ['read-tree'],
  'itself': ['read'], 'visible': ['visible'], 'contents': ['contents'], 'contents-through-links': ['contents-through-links'],
  'write': ['write', 'replace'], 'write-tree': ['write-tree'],
  'edit': ['read', 'write', 'replace'], 'edit-tree': ['read-tree', 'write-tree'],
  'delete': ['delete'], 'delete-tree': ['delete-tree'],
  'move': ['contents', 'delete-tree'],
}

const REMOTES: Record<'remote' | 'remote-to' | 'any-remote', readonly Access[]> = {
  'remote': ['contents'], 'remote-to': ['write-tree'], 'any-remote': ['read-tree', 'write-tree'],
}

const MOST_UNPACKED = 32

/** Adds the effects of one word, by what it means. */
export function applyRole(role: Role, field: Field, option: string | undefined, doing: Doing): void {
  const { program, reading, connecting } = doing
  if (typeof field !== 'string' && field.kind === 'within' && field.known) {
    for (const name of field.known) applyRole(role, name, option, doing)
    return undefined
  }
  // The value of an option may be relative to either.
  const directories = option === undefined || doing.directories === doing.scope.directories ? doing.directories : [...new Set([...doing.directories, ...doing.scope.directories])]
  const accesses = PATHS[role]
  if (accesses) return field === '-' ? undefined : reachAll(accesses, field, directories, doing)
  switch (role) {
    case 'text':
    case 'only':
    case 'except':
    case 'suffix':
    case 'port':
    case 'method':
    case 'lifecycle':
    case 'package':
      return undefined
    case 'chdir':
      return touch(['read'], field, doing.scope.directories, reading)
    case 'maybe':
    case 'target':
      return possible(field, doing)
    case 'repack':
      touch(['delete'], field, directories, reading)
      return pack(field, doing)
    case 'pack':
      return pack(field, doing)
    case 'prefix':
      return typeof field === 'string' ? touch(['write-tree'], field.slice(0, field.lastIndexOf('/') + 1) || '.', directories, reading) : touch(['write'], field, directories, reading)
    case 'unpacked':
    case 'place':
      touch(['write-tree'], field, directories, reading)
      // What comes out of an archive may be a link to anywhere.
      if (typeof field !== 'string') return undefined
      if (reading.unpacked.length >= MOST_UNPACKED) return reading.effects.unknown('unpacks more archives than can be followed')
      reading.unpacked.push(...pathsOf(field, directories, reading))
      return undefined
    case 'folders':
      return folders(field, doing)
    case 'into':
      return into(field, doing)
    case 'link':
      return link(field, doing)
    case 'at-file':
      return fileAfter(/^@/, field, doing)
    case 'assigned-file':
      return fileAfter(/^[^=]*=[@<]/, field, doing)
    case 'mount':
      return mount(field, doing)
    case 'url': {
      const local = connectToUrl(field, connecting, reading)
      return local && touch(['read'], local.path, directories, reading)
    }
    case 'host':
      return connectToHost(field, connecting, reading)
    case 'remote':
    case 'remote-to':
    case 'any-remote': {
      const local = connectToRemote(field, connecting, reading)
      // A plain word may be the name of a remote in the repository's configuration.
      if (local === undefined || (role === 'any-remote' && !/[/~]|^\.\.?$/.test(local.path))) return undefined
      return touch(REMOTES[role], local.path, directories, reading)
    }
    case 'listen':
      return listen(field, reading)
    case 'code':
      return reading.effects.unknown(`runs ${program} code that Paddock can't read`, asWritten(field))
    case 'sed':
      return typeof field === 'string' ? sedEffects(field, directories, reading) : reading.effects.unknown('a sed script that is only known at run time', asWritten(field))
    case 'awk':
      return typeof field === 'string' ? awkEffects(field, directories, reading) : reading.effects.unknown('an awk program that is only known at run time', asWritten(field))
    case 'jq':
      if (typeof field !== 'string') return reading.effects.unknown(`a filter of ${program} that is only known at run time`, asWritten(field))
      return READS_MORE.test(field) ? reading.effects.unknown(`a filter of ${program} that reads more than it is given`, field) : undefined
    case 'loaded':
      return loaded(field, directories, program, reading)
    case 'sed-file':
    case 'awk-file':
      return codeInFile(role === 'sed-file' ? sedEffects : awkEffects, field, directories, reading)
    case 'task':
      // bun takes a file as well.
      return typeof field === 'string' && /\/|\.[cm]?[jt]sx?$/.test(field) ? touch(['read'], field, directories, reading) : undefined
    case 'makefile':
      if (field === '-') return reading.effects.unknown('reads what to make from standard input')
      touch(['read'], field, directories, reading)
      return loaded(field, directories, program, reading)
    case 'shell':
      if (typeof field === 'string') reading.runCodeOf(program, field, childScope(doing.scope))
      else reading.effects.unknown('shell code that is only known at run time', asWritten(field))
      return undefined
    case 'helper':
      // What more it is given is not known; for an interpreter that would be the code.
      if (typeof field === 'string') reading.runCodeOf(program, `${field} "$@"`, { ...childScope(doing.scope), positional: undefined })
      else reading.effects.unknown('shell code that is only known at run time', asWritten(field))
      return undefined
    case 'revision':
      return revision(field, doing)
    case 'remote-code':
      if (typeof field === 'string' && /^[\w-]+(?:\.[\w-]+)+\/.*@/.test(field)) return reading.effects.unknown(`runs ${program} code from the network`, field)
      return possible(field, doing)
    case 'assignment': {
      const text = typeof field === 'string' ? field : field.kind === 'unknown' ? field.prefix : ''
      const equals = text.indexOf('=')
      if (equals > 0) reading.setVariable(text.slice(0, equals), typeof field === 'string' ? [text.slice(equals + 1)] : null, doing.scope)
      else if (typeof field !== 'string') reading.effects.unknown('a variable that is only known at run time', asWritten(field))
      return undefined
    }
    case 'opaque':
      return reading.effects.unknown(`${option ?? 'a word'} of ${program} can change what it runs or reaches`, asWritten(field))
    case 'command':
    case 'stdin-command':
    case 'shell-words':
    case 'split-words':
    case 'script':
    case 'module':
    case 'source':
      return reading.effects.unknown(`${option ?? 'a word'} of ${program} runs something`, asWritten(field))
    default:
      return undefined
  }
}

/** Functions of jq and yq that read files, the environment, or run something. */
const READS_MORE = /\$ENV\b|\$__prog_args|(?<![.\w"'-])(?:import|include|env|strenv|envsubst|input_filename)(?![\w"'-]|\s*:)|\b(?:load\w*|strload|system|eval)\s*\(/

/** Code or settings that a program goes by. Of the workspace, or of the system, it is vouched for with the program. */
export function loaded(field: Field, directories: readonly AbsolutePath[], program: string, reading: Reading): void {
  if (typeof field !== 'string') return reading.effects.unknown(`${program} loads what is only known at run time`, asWritten(field))
  if (/^\s*[{[]|^data:|:\/\//.test(field)) return reading.effects.unknown(`runs ${program} code that Paddock can't read`, field)
  for (const text of field.split(':')) {
    const file = text.startsWith('~/') ? reading.world.home + text.slice(1) : text
    const paths = file === '' ? [] : pathsOf(file, directories, reading)
    const isPath = /^[./~]/.test(text) || exists(text.split('/')[0]!, directories, reading) || paths.some((path) => reading.effects.writes(path))
    if (!isPath) continue
    touch(['read'], file, directories, reading)
    for (const path of paths) {
      if (reading.effects.writes(path)) reading.effects.unknown(RUNS_WHAT_IT_WRITES, path)
      else if (!isInside(path, reading.workspace) && !path.startsWith('/usr/')) reading.effects.unknown(`${program} loads code or settings from outside of the workspace`, path)
    }
  }
}

/** Code of sed or awk in a file. */
function codeInFile(judge: typeof sedEffects, field: Field, directories: readonly AbsolutePath[], reading: Reading): void {
  touch(['read'], field, directories, reading)
  if (typeof field !== 'string') return undefined
  for (const path of pathsOf(field, directories, reading)) {
    const text = reading.effects.writes(path) ? undefined : reading.world.text(path)
    if (text === undefined) reading.effects.unknown('what the code in the file does', field)
    else judge(text, directories, reading)
  }
}

/** Reaches a path; what is removed below it by name (`find . -name '*.pyc' -delete`) is only what has such a name. */
function reachAll(accesses: readonly Access[], field: Field, directories: readonly AbsolutePath[], { filter, suffix, reading }: Doing): void {
  if (suffix !== undefined && suffix !== '' && accesses.includes('replace')) {
    if (typeof suffix !== 'string' || suffix.includes('*') || suffix.includes('/')) reading.effects.unknown('keeps a copy under a name that is only known at run time', asWritten(suffix))
    else if (typeof field === 'string') touch(['write', 'replace'], field + suffix, directories, reading)
  }
  if (accesses[0] === 'delete-tree' && filter.only && typeof field === 'string')
    return touch(['delete'], { kind: 'within', directory: field, names: filter.only }, directories, reading)
  return touch(accesses, field, directories, reading, filter)
}

/** What a program started from the shell knows: its directory, but not for certain the variables. */
export function childScope(scope: Scope, positional: readonly Field[] = []): Scope {
  const variables = new Map([...scope.variables.keys()].map((name) => [name, null] as const))
  return { directories: scope.directories, variables, functions: new Map(), positional }
}

/** A word that nothing is known of: the program may read, write or connect to it. */
function possible(field: Field, doing: Doing): void {
  const { directories, connecting, reading } = doing
  if (typeof field !== 'string') {
    if (field.kind === 'within') return touch(['read', 'write'], field, directories, reading)
    return reading.effects.unknown('a word that is only known at run time, and may be a path or a host', asWritten(field))
  }
  const equals = field.indexOf('=')
  // `make SHELL=x`
  if (equals > 0 && reading.knowledge.variables.get(field.slice(0, equals)) === 'opaque') reading.setVariable(field.slice(0, equals), null, doing.scope)
  if (equals > 0 && !field.slice(0, equals).includes('/')) return possible(field.slice(equals + 1), doing)
  if ((!doing.known || field.includes('://')) && looksLikeHost(field, reading.knowledge.fileEndings) && !exists(field, directories, reading)) {
    const local = connectToRemote(field.includes('://') || field.includes('@') ? field : `tcp://${field}`, connecting, reading)
    if (local === undefined && field.includes('://')) return undefined
  }
  const path = field.replace(/^@/, '')
  if (!looksLikePath(path, directories, reading)) return undefined
  // Many programs take ~ for the home directory themselves.
  if (path.startsWith('~/')) touch(['read', 'write'], reading.world.home + path.slice(1), directories, reading)
  return touch(['read', 'write'], path, directories, reading)
}

function looksLikePath(text: string, directories: readonly AbsolutePath[], reading: Reading): boolean {
  if (text.includes('/') || text.startsWith('.') || text.startsWith('~')) return true
  // In the workspace a name that does not exist yet is harmless to create; elsewhere it is not.
  return directories.some((directory) => !isInside(directory, reading.workspace)) || exists(text, directories, reading)
}

function exists(text: string, directories: readonly AbsolutePath[], reading: Reading): boolean {
  if (text.includes('/') || text === '') return false
  return directories.some((directory) => reading.world.list(directory)?.includes(text) ?? true)
}

/** `mkdir -p a/../b` makes `a` as well. */
function folders(field: Field, { directories, reading }: Doing): void {
  touch(['write', 'replace'], field, directories, reading)
  if (typeof field === 'string') for (const { index } of field.matchAll(/[^/]\/+\.\.(?=\/|$)/g)) if (!/(?:^|\/)\.\.?$/.test(field.slice(0, index + 1))) touch(['write'], field.slice(0, index + 1), directories, reading)
}

/** What gzip and its kind make of a file: the name with another ending, or without its own. */
function pack(field: Field, { directories, reading }: Doing): void {
  touch(['read'], field, directories, reading)
  if (typeof field !== 'string') return touch(['write'], field, directories, reading)
  for (const ending of ENDINGS) touch(['write', 'replace'], field.endsWith(ending) ? field.slice(0, -ending.length) : field + ending, directories, reading)
  if (/\.t[a-z0-9]{2,3}$/.test(field)) touch(['write', 'replace'], field.replace(/\.t[a-z0-9]+$/, '.tar'), directories, reading)
}
const ENDINGS = ['.gz', '.bz2', '.xz', '.zst', '.lz4', '.lzma', '.Z', '.z']

/** `HEAD:src/a.ts` or `:a.ts` is read from the repository; a word alone may be a revision or a path. */
function revision(field: Field, doing: Doing): void {
  if (typeof field !== 'string') return field.kind === 'within' ? touch(['read'], field, doing.directories, doing.reading) : undefined
  const colon = field.indexOf(':')
  // `*.env` as a pathspec: git takes it for names at any depth.
  if (/[*?[]/.test(field) && !/^[*?]+$/.test(baseName(field))) return touch(['contents'], '.', doing.directories, doing.reading, { only: [baseName(field)] })
  if (colon >= 0) return touch(['read'], field.slice(colon + 1).replace(/^[0-3]:/, ''), doing.directories, doing.reading)
  return field.startsWith('.') || exists(field.split('/')[0]!, doing.directories, doing.reading) ? touch(['read'], field, doing.directories, doing.reading) : undefined
}

/** The target of a copy: written itself, or as a directory that gets the names of the sources. */
function into(field: Field, { directories, sources, wholeTrees, reading }: Doing): void {
  if (typeof field !== 'string') return touch(['write-tree'], field, directories, reading)
  const isTree = (source: Field | undefined): boolean => wholeTrees && !(typeof source === 'string' && isCertainlyFile(source, directories, reading))
  const writing = (source: Field | undefined): Access[] => (isTree(source) ? ['write-tree', 'replace-tree'] : ['write', 'replace'])
  const isNoDirectory = isCertainlyNotDirectory(field, directories, reading)
  if (!isCertainlyDirectory(field, sources, directories, reading)) touch(writing(sources[0]), field, directories, reading)
  if (isNoDirectory) return undefined
  const folder = field.endsWith('/') ? field : `${field}/`
  for (const source of sources) {
    if (typeof source === 'string') touch(writing(source), folder + baseName(source), directories, reading)
    else touch(['write-tree'], field, directories, reading)
  }
  return undefined
}

function isCertainlyDirectory(text: string, sources: readonly Field[], directories: readonly AbsolutePath[], reading: Reading): boolean {
  if (sources.length === 0) return false
  if (text.endsWith('/') || sources.length > 1) return true
  return directories.every((directory) => pathsOf(text, [directory], reading).every((path) => reading.world.list(path) !== undefined && !reading.effects.replaces(path)))
}

function isCertainlyFile(text: string, directories: readonly AbsolutePath[], reading: Reading): boolean {
  return !reading.effects.wrote && pathsOf(text, directories, reading).every((path) => {
    const isThere = reading.world.list(parentOf(path) || '/')?.includes(baseName(path)) ?? false
    return isThere && reading.world.list(path) === undefined
  })
}

function isCertainlyNotDirectory(text: string, directories: readonly AbsolutePath[], reading: Reading): boolean {
  if (text.endsWith('/') || text === '.' || text === '..' || text.endsWith('/..') || text.endsWith('/.')) return false
  return directories.every((directory) => {
    const [path = ''] = pathsOf(text, [directory], reading)
    const siblings = reading.world.list(parentOf(path) || '/')
    return siblings !== undefined && !siblings.includes(baseName(path)) && !reading.effects.wrote
  })
}

/** A link makes its target reachable under another name, also for what comes later in the same call. */
function link(field: Field, doing: Doing): void {
  touch(['contents'], field, doing.directories, doing.reading)
}

function fileAfter(mark: RegExp, field: Field, { directories, reading }: Doing): void {
  if (typeof field !== 'string') return reading.effects.unknown('sends data that is only known at run time', asWritten(field))
  const match = mark.exec(field)
  if (!match) return undefined
  const file = field.slice(match[0].length).replace(/;.*$/s, '')
  return file === '-' ? undefined : touch(['read'], file, directories, reading)
}

function mount(field: Field, { directories, reading }: Doing): void {
  if (typeof field !== 'string') return reading.effects.unknown('mounts a path that is only known at run time', asWritten(field))
  const source = /(?:^|,)(?:source|src)=([^,]*)/.exec(field)?.[1] ?? (field.includes('=') ? '' : field.split(':')[0]!)
  return /^[/.~]/.test(source) ? touch(['read-tree', 'write-tree'], source, directories, reading) : undefined
}

function listen(field: Field, reading: Reading): void {
  const match = typeof field === 'string' ? /^(?:(.*):)?(\d{1,5})(?:\/\w+)?$/.exec(field) : null
  reading.effects.add({ kind: 'listen', host: match?.[1] || '0.0.0.0', ...(match ? { port: Number(match[2]) } : {}) })
}
