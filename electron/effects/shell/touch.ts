import type { AbsolutePath } from '../../contract/ids.ts'
import { addGuarded, MOST_FOUND } from '../below.ts'
import { nameMatcher } from '../names.ts'
import { baseName, canonicalPath, isInside, lexicalPath } from '../paths.ts'
import type { Found } from '../world.ts'
import { asWritten, type Field, type Within } from './field.ts'
import type { Reading } from './reading.ts'

/**
 * How a path is reached. Several kinds where one word is, for example, read and written. `contents` reads everything below, `visible` what is
 * not hidden or left to git's ignore files, `contents-through-links` also what links in there lead to. `replace` writes the name itself, where it may be a link.
 */
export type Access =
  | 'read' | 'read-tree' | 'visible' | 'contents' | 'contents-through-links'
  | 'write' | 'write-tree' | 'replace' | 'replace-tree'
  | 'delete' | 'delete-tree'

/** Which names below a directory are meant, as patterns: all of them without `only`. */
export interface NameFilter {
  only?: readonly string[] | undefined
  except?: readonly string[] | undefined
}

/** Adds the effects of reaching a path, from each directory that a relative one may start at. */
export function touch(accesses: readonly Access[], field: Field, directories: readonly AbsolutePath[], reading: Reading, filter: NameFilter = {}): void {
  if (typeof field === 'string') {
    if (field === '' || isHarmlessDevice(field)) return
    const targets = pathsOf(field, directories, reading)
    if (targets.some((path) => reading.unpacked.some((place) => path !== place && isInside(path, place)))) doubtUnpacked(accesses, field, reading)
    const names = accesses.some((access) => OF_NAMES.has(access)) ? namesOf(field, directories, reading) : targets
    if (names.some((name) => !targets.includes(name)) || (accesses.includes('delete-tree') && names.some((name) => hasLinks(name, reading)))) doubtLinks(field, reading)
    for (const access of accesses) for (const path of OF_NAMES.has(access) ? names : targets) reach(access, path, reading, filter)
  } else if (field.kind === 'within' && field.known) {
    for (const name of field.known) touch(accesses, name, directories, reading, filter)
  } else if (field.kind === 'within') {
    const targets = pathsOf(field.directory === '' ? '.' : field.directory, directories, reading)
    if (accesses.some((access) => OF_NAMES.has(access)) && targets.some((path) => hasLinks(path, reading))) doubtLinks(asWritten(field), reading)
    if (targets.some((path) => reading.unpacked.some((place) => isInside(path, place)))) doubtUnpacked(accesses, asWritten(field), reading)
    for (const path of targets) reachWithin(accesses, path, field, reading)
    if (field.directory === '' || field.directory.endsWith('/')) return
    // `find link -exec rm {} +` names the link itself as well.
    for (const path of namesOf(field.directory, directories, reading))
      if (!targets.includes(path)) for (const access of accesses) if (OF_NAMES.has(access)) reach(tree(access), path, reading)
  } else {
    const verb = [...new Set(accesses.map((access) => VERBS[access]))].join(' and ')
    reading.effects.unknown(`${verb} a path that is only known at run time`, asWritten(field))
  }
}

function doubtUnpacked(accesses: readonly Access[], text: string, reading: Reading): void {
  if (accesses.some((access) => !OF_NAMES.has(access))) reading.effects.unknown('goes through what was unpacked before, which may be a link', text)
}

/** A link that is removed or replaced may be one that what runs at the same time goes through. */
function doubtLinks(text: string, reading: Reading): void {
  if (reading.hasBackground) reading.effects.unknown('changes a link while something else is running', text)
}

/** Whether there may be links below a directory. Looked for only where it matters. */
function hasLinks(directory: AbsolutePath, { hasBackground, world }: Reading): boolean {
  const below = hasBackground ? world.below(directory, () => false) : undefined
  return below !== undefined && (below.unseen.length > 0 || below.found.some(({ isLink }) => isLink))
}

const VERBS: Record<Access, string> = {
  'read': 'reads', 'read-tree': 'reads', 'visible': 'reads', 'contents': 'reads', 'contents-through-links': 'reads',
  'write': 'writes', 'write-tree': 'writes', 'replace': 'writes', 'replace-tree': 'writes', 'delete': 'deletes', 'delete-tree': 'deletes',
}

/** These are about the name: a link is removed or replaced, not what it leads to. */
const OF_NAMES: ReadonlySet<Access> = new Set<Access>(['replace', 'replace-tree', 'delete', 'delete-tree'])

/** A file with such a name is read as another path by whoever splits a list of names at blanks. */
const SPLITS_INTO_PATH = /\s[/~]/

function reach(access: Access, path: AbsolutePath, reading: Reading, filter: NameFilter = {}): void {
  switch (access) {
    case 'write':
    case 'write-tree':
    case 'replace':
    case 'replace-tree':
      if (SPLITS_INTO_PATH.test(path)) reading.effects.unknown('makes a file whose name can be mistaken for another path', path)
      if (access.endsWith('-tree')) addGuarded('write', path, reading)
      return reading.effects.add(access.endsWith('-tree') ? { kind: 'write', path, recursive: true } : { kind: 'write', path })
    case 'read':
      for (const other of reading.world.otherNames(path, () => secretPlaces(reading))) reading.effects.add({ kind: 'read', path: reading.world.canonical(other) })
      return reading.effects.add({ kind: 'read', path })
    case 'delete':
      return reading.effects.add({ kind: 'delete', path })
    case 'read-tree':
      return reading.effects.add({ kind: 'read', path, recursive: true })
    case 'visible':
      reading.effects.add({ kind: 'read', path, recursive: true })
      return addGuarded('read', path, reading, (each) => isChosen(each, filter) && !/\/\./.test(each.slice(path.length)))
    case 'contents':
    case 'contents-through-links':
      reading.effects.add({ kind: 'read', path, recursive: true })
      return reachContents(path, access === 'contents-through-links', filter, reading)
    case 'delete-tree':
      addGuarded('delete', path, reading)
      return reading.effects.add({ kind: 'delete', path, recursive: true })
  }
}

/** Whether a name below a directory is one that is meant. */
const isChosen = (path: string, { only, except = [] }: NameFilter): boolean =>
  (only === undefined || nameMatcher(only, { ignoreCase: true })(baseName(path))) && !nameMatcher(except)(baseName(path))

/** The files and folders that secrets are kept in, of those that the catalogue gives a certain path. */
function secretPlaces({ knowledge, world }: Reading): string[] {
  return knowledge.secrets.map((pattern) => pattern.replace('${home}', world.home).replace(/\/\*\*$/, '')).filter((place) => place.startsWith('/') && !/[*?{]/.test(place))
}

/** Adds the files below a directory that may be secrets by their name, and what links in it lead to. */
function reachContents(path: AbsolutePath, followsLinks: boolean, filter: NameFilter, reading: Reading): void {
  for (const found of lookBelow(path, filter, reading)) {
    if (!found.isLink) reading.effects.add({ kind: 'read', path: reading.world.canonical(found.path) })
    else if (followsLinks) reading.effects.add({ kind: 'read', path: reading.world.canonical(found.path), recursive: true })
  }
  addGuarded('read', path, reading, (each) => isChosen(each, filter))
}

function lookBelow(path: AbsolutePath, { only, except = [] }: NameFilter, reading: Reading): readonly Found[] {
  const isMeant = only && nameMatcher(only, { ignoreCase: true })
  const isLeftOut = nameMatcher(except)
  const below = reading.world.below(path, reading.knowledge.isSecretName)?.found ?? []
  const found = below.filter(({ path: each }) => (isMeant === undefined || isMeant(baseName(each))) && !isLeftOut(baseName(each)))
  if (found.length > MOST_FOUND) reading.effects.unknown('reaches more files than can be judged one by one', path)
  return found.slice(0, MOST_FOUND)
}

/** Adds what it means to reach something below a directory whose name is only known by a pattern. */
function reachWithin(accesses: readonly Access[], directory: AbsolutePath, { names, isDeep, isTracked }: Within, reading: Reading): void {
  const isNamed = names && nameMatcher(names, { ignoreCase: true })
  const below = isNamed && !reading.effects.wrote ? reading.world.below(directory, isNamed) : undefined
  if (below !== undefined && below.found.length + below.unseen.length <= MOST_FOUND) {
    // What can be named is told by its names.
    for (const { path, isLink } of below.found)
      if (isNamed!(baseName(path))) for (const access of accesses) reach(access, isLink && !OF_NAMES.has(access) ? reading.world.canonical(path) : (path as AbsolutePath), reading)
    for (const path of below.unseen) for (const access of accesses) reach(tree(access), path as AbsolutePath, reading)
    return
  }
  // What git keeps is never in `.git` itself, and should be no secret.
  const kept = isTracked && !reading.effects.wrote ? reading.world.list(directory)?.filter((name) => name !== '.git' && !reading.knowledge.isSecretName(name)) : undefined
  for (const access of accesses) {
    if (kept && kept.length <= MOST_FOUND && VERBS[access] !== 'reads') for (const name of kept) reach(tree(access), joined(directory, name), reading)
    else reach(tree(access), directory, reading)
    if (isTracked || (OF_NAMES.has(access) && !isDeep)) continue
    const isReading = VERBS[access] === 'reads'
    if (isReading) addGuarded('read', directory, reading, (path) => isChosen(path, { only: names }))
    // A link that this call makes is there as well.
    for (const link of reading.links) if (!link.isCopy && isInside(link.at, directory)) reach(isDeep ? tree(access) : access, link.to, reading)
    for (const found of lookBelow(directory, { only: names }, reading))
      if (found.isLink || isReading) reach(found.isLink && isDeep ? tree(access) : access, reading.world.canonical(found.path), reading)
  }
}

function tree(access: Access): Access {
  if (access === 'read') return 'read-tree'
  return access === 'write' || access === 'delete' || access === 'replace' ? `${access}-tree` : access
}

/** The canonical paths that a word may mean: one a directory, and one more for each link that this call makes on the way. */
export function pathsOf(text: string, directories: readonly AbsolutePath[], reading: Reading): AbsolutePath[] {
  if (PROCESS_FILES.test(text)) reading.effects.unknown('reaches files through a process in /proc', text)
  const paths = (text.startsWith('/') ? directories.slice(0, 1) : directories).flatMap((directory) => pathsFrom(text, directory, reading))
  return reading.links.length === 0 ? paths : throughLinks(paths, reading)
}
/** These lead elsewhere, and for another process than the one that judges. */
const PROCESS_FILES = /(?:^|\/)proc\/+(?:self|thread-self|\d+|\*)(?:\/|$)/

/** Where a word leads from a directory, and where it would lead without the links that this call may have removed or replaced. */
function pathsFrom(text: string, directory: AbsolutePath, reading: Reading): AbsolutePath[] {
  const path = canonicalPath(text, directory, reading.world)
  if (path === lexicalPath(text, directory)) return [path]
  const all = [path]
  const names = text.split('/')
  for (let end = 1; end <= names.length; end += 1) {
    const name = names[end - 1]!
    if (name === '' || name === '.' || name === '..') continue
    const at = joined(canonicalPath(names.slice(0, end - 1).join('/') || (text.startsWith('/') ? '/' : '.'), directory, reading.world), name)
    if (reading.world.canonical(at) !== at && reading.effects.replaces(at)) all.push(lexicalPath(names.slice(end).join('/') || '.', at))
  }
  return all
}

/** The same for the names themselves: a link is not followed, unless a slash at the end asks for what it leads to. */
export function namesOf(text: string, directories: readonly AbsolutePath[], reading: Reading): AbsolutePath[] {
  const base = baseName(text)
  if (text.endsWith('/') || base === '.' || base === '..' || base === text) {
    return base === text && base !== '.' && base !== '..' ? directories.map((directory) => joined(directory, base)) : pathsOf(text, directories, reading)
  }
  const parent = text.slice(0, text.length - base.length)
  return pathsOf(parent, directories, reading).map((directory) => joined(directory, base))
}

const joined = (directory: string, name: string): AbsolutePath => (directory === '/' ? `/${name}` : `${directory}/${name}`) as AbsolutePath

/** A link may lead to a path that goes through another. */
function throughLinks(paths: AbsolutePath[], reading: Reading): AbsolutePath[] {
  const reached = new Set(paths)
  const seen = new Set<string>(paths)
  for (const path of seen)
    for (const { at, to, isCopy } of reading.links) {
      if (seen.size >= 16 || !isInside(path, at)) continue
      const through = to + path.slice(at.length)
      const end = reading.world.canonical(through)
      // What was copied is another file, but a link among it leads where it led before, one of this call as well.
      if (!isCopy || end !== through) reached.add(end)
      seen.add(end)
    }
  return [...reached]
}

/** Reading or writing these changes nothing and reveals nothing. */
export function isHarmlessDevice(path: string): boolean {
  return path.startsWith('/dev/') && DEVICES.test(path)
}
const DEVICES = /^\/dev\/(?:null|zero|full|u?random|tty|std(?:in|out|err)|fd\/\d+)$/
