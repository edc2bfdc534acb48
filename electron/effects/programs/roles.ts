import type { AbsolutePath } from '../../contract/ids.ts'
import type { Role } from '../knowledge.ts'
import { baseName, isInside, parentOf } from '../paths.ts'
import { asWritten, type Field } from '../shell/field.ts'
import type { Reading } from '../shell/reading.ts'
import type { Scope } from '../shell/scope.ts'
import { pathsOf, touch, type Access } from '../shell/touch.ts'
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
  reading: Reading
  /** Something is known of the program: then a bare name with a dot is no host. */
  known: boolean
}

const PATHS: Partial<Record<Role, readonly Access[]>> = {
  'read': ['read'], 'read-tree': ['read-tree'],
  'write': ['write'], 'write-tree': ['write-tree'], 'place': ['write-tree'],
  'edit': ['read', 'write'], 'edit-tree': ['read-tree', 'write-tree'],
  'delete': ['delete'], 'delete-tree': ['delete-tree'],
  'move': ['read-tree', 'delete-tree'],
}

const REMOTES: Record<'remote' | 'remote-to' | 'any-remote', readonly Access[]> = {
  'remote': ['read-tree'], 'remote-to': ['write-tree'], 'any-remote': ['read-tree', 'write-tree'],
}

/** Adds the effects of one word, by what it means. */
export function applyRole(role: Role, field: Field, option: string | undefined, doing: Doing): void {
  const { program, reading, connecting } = doing
  // The value of an option may be relative to either.
  const directories = option === undefined || doing.directories === doing.scope.directories ? doing.directories : [...new Set([...doing.directories, ...doing.scope.directories])]
  const accesses = PATHS[role]
  if (accesses) return field === '-' ? undefined : touch(accesses, field, directories, reading)
  switch (role) {
    case 'text':
    case 'port':
    case 'method':
      return undefined
    case 'chdir':
      return touch(['read'], field, doing.scope.directories, reading)
    case 'maybe':
      return possible(field, doing)
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
    case 'shell':
      if (typeof field === 'string') reading.runCode(field, childScope(doing.scope))
      else reading.effects.unknown('shell code that is only known at run time', asWritten(field))
      return undefined
    case 'helper':
      // What more it is given is not known; for an interpreter that would be the code.
      if (typeof field === 'string') reading.runCode(`${field} "$@"`, { ...childScope(doing.scope), positional: undefined })
      else reading.effects.unknown('shell code that is only known at run time', asWritten(field))
      return undefined
    case 'revision':
      return revision(field, doing)
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
    case 'script':
    case 'module':
    case 'source':
      return reading.effects.unknown(`${option ?? 'a word'} of ${program} runs something`, asWritten(field))
    default:
      return undefined
  }
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

/** `HEAD:src/a.ts` or `:a.ts` is read from the repository; a word alone may be a revision or a path. */
function revision(field: Field, doing: Doing): void {
  if (typeof field !== 'string') return field.kind === 'within' ? touch(['read'], field, doing.directories, doing.reading) : undefined
  const colon = field.indexOf(':')
  if (colon >= 0) return touch(['read'], field.slice(colon + 1), doing.directories, doing.reading)
  return field.startsWith('.') || exists(field.split('/')[0]!, doing.directories, doing.reading) ? touch(['read'], field, doing.directories, doing.reading) : undefined
}

/** The target of a copy: written itself, or as a directory that gets the names of the sources. */
function into(field: Field, { directories, sources, reading }: Doing): void {
  if (typeof field !== 'string') return touch(['write-tree'], field, directories, reading)
  const isNoDirectory = isCertainlyNotDirectory(field, directories, reading)
  if (!isCertainlyDirectory(field, sources, directories, reading)) touch(['write'], field, directories, reading)
  if (isNoDirectory) return undefined
  const folder = field.endsWith('/') ? field : `${field}/`
  for (const source of sources) {
    if (typeof source === 'string') touch(['write'], folder + baseName(source), directories, reading)
    else touch(['write-tree'], field, directories, reading)
  }
  return undefined
}

function isCertainlyDirectory(text: string, sources: readonly Field[], directories: readonly AbsolutePath[], reading: Reading): boolean {
  if (sources.length === 0) return false
  if (text.endsWith('/') || sources.length > 1) return true
  return directories.every((directory) => pathsOf(text, [directory], reading).every((path) => reading.world.list(path) !== undefined))
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
  touch(['read-tree'], field, doing.directories, doing.reading)
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
