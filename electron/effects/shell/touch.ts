import type { AbsolutePath } from '../../contract/ids.ts'
import { canonicalPath, isInside } from '../paths.ts'
import { asWritten, type Field } from './field.ts'
import type { Reading } from './reading.ts'

/** How a path is reached. Several kinds where one word is, for example, read and written. */
export type Access = 'read' | 'read-tree' | 'write' | 'write-tree' | 'delete' | 'delete-tree'

/** Adds the effects of reaching a path, from each directory that a relative one may start at. */
export function touch(accesses: readonly Access[], field: Field, directories: readonly AbsolutePath[], reading: Reading): void {
  if (typeof field === 'string') {
    if (field === '' || isHarmlessDevice(field)) return
    for (const path of pathsOf(field, directories, reading)) for (const access of accesses) reach(access, path, reading)
  } else if (field.kind === 'within') {
    for (const path of pathsOf(field.directory === '' ? '.' : field.directory, directories, reading))
      for (const access of accesses) reach(tree(access), path, reading)
  } else {
    const verb = accesses.map((access) => VERBS[access]).join(' and ')
    reading.effects.unknown(`${verb} a path that is only known at run time`, asWritten(field))
  }
}

const VERBS: Record<Access, string> = {
  'read': 'reads', 'read-tree': 'reads', 'write': 'writes', 'write-tree': 'writes', 'delete': 'deletes', 'delete-tree': 'deletes',
}

const tree = (access: Access): Access => (access.endsWith('-tree') ? access : (`${access}-tree` as Access))

/** A file with such a name is read as another path by whoever splits a list of names at blanks. */
const SPLITS_INTO_PATH = /\s[/~]/

function reach(access: Access, path: AbsolutePath, reading: Reading): void {
  switch (access) {
    case 'write':
    case 'write-tree':
      if (SPLITS_INTO_PATH.test(path)) reading.effects.unknown('makes a file whose name can be mistaken for another path', path)
      return reading.effects.add(access === 'write' ? { kind: 'write', path } : { kind: 'write', path, recursive: true })
    case 'read':
    case 'delete':
      return reading.effects.add({ kind: access, path })
    case 'read-tree':
      return reading.effects.add({ kind: 'read', path, recursive: true })
    case 'delete-tree':
      return reading.effects.add({ kind: 'delete', path, recursive: true })
  }
}

/** The canonical paths that a word may mean: one a directory, and one more for each link that this call makes on the way. */
export function pathsOf(text: string, directories: readonly AbsolutePath[], reading: Reading): AbsolutePath[] {
  if (PROCESS_FILES.test(text)) reading.effects.unknown('reaches files through a process in /proc', text)
  const paths = text.startsWith('/') ? [canonicalPath(text, directories[0]!, reading.world)] : directories.map((directory) => canonicalPath(text, directory, reading.world))
  return reading.links.length === 0 ? paths : throughLinks(paths, reading)
}
/** These lead elsewhere, and for another process than the one that judges. */
const PROCESS_FILES = /(?:^|\/)proc\/+(?:self|thread-self|\d+|\*)(?:\/|$)/

/** A link may lead to a path that goes through another. */
function throughLinks(paths: AbsolutePath[], reading: Reading): AbsolutePath[] {
  const all = new Set(paths)
  for (const path of all)
    for (const { at, to } of reading.links) if (all.size < 16 && isInside(path, at)) all.add(reading.world.canonical(to + path.slice(at.length)))
  return [...all]
}

/** Reading or writing these changes nothing and reveals nothing. */
export function isHarmlessDevice(path: string): boolean {
  return path.startsWith('/dev/') && DEVICES.test(path)
}
const DEVICES = /^\/dev\/(?:null|zero|full|u?random|tty|std(?:in|out|err)|fd\/\d+)$/
