import * as z from 'zod'
import type { Role } from '../knowledge.ts'
import { isInside, parentOf } from '../paths.ts'
import type { Field } from '../shell/field.ts'
import type { Reading } from '../shell/reading.ts'
import type { Scope } from '../shell/scope.ts'
import type { CommandLine } from './arguments.ts'
import { makeTargets } from './make.ts'
import { judgePiece, taskFile } from './project-code.ts'
import { childScope } from './roles.ts'

/**
 * Judges the tasks of the project that a command line names: scripts of `package.json`, targets of a makefile. A task that is
 * not there, or stands in a file that can't be read, adds nothing.
 */
export function runTasks(line: CommandLine, scope: Scope, reading: Reading): void {
  const targets = wordsOf('target', line)
  if (targets.length > 0) return makeTargets(targets, wordsOf('makefile', line), scope, reading)
  const named = wordsOf('task', line)
  const names = [...named, ...wordsOf('lifecycle', line).flatMap((text) => text.split(' '))]
  if (names.length === 0) return
  const args = named.length > 0 ? line.uses.flatMap((use) => (use.role === 'maybe' && use.option === undefined ? [use.field] : [])) : []
  for (const file of packageFiles(wordsOf('package', line).length > 0, scope, reading))
    for (const name of names) runPackageScript(file, name, args, scope, reading)
}

function wordsOf(role: Role, line: CommandLine): string[] {
  const words: string[] = []
  for (const use of line.uses) if (use.role === role && typeof use.field === 'string') words.push(use.field)
  for (const [fixed, text] of line.fixed) if (fixed === role) words.push(text)
  return words
}

/** More packages than this are not looked at one by one. */
const MOST_PACKAGES = 200

const isPackage = (name: string): boolean => name === 'package.json'

/** The `package.json` that the directory belongs to, and those of all packages below it where others than this may be meant. */
function packageFiles(isEach: boolean, scope: Scope, reading: Reading): readonly string[] {
  const nearest = scope.directories.flatMap((directory) => nearestPackage(directory, reading) ?? [])
  if (!isEach) return nearest
  const below = nearest.flatMap((file) => reading.world.below(parentOf(file), isPackage)?.found ?? []).filter(({ isLink }) => !isLink)
  const files = [...new Set([...nearest, ...below.map(({ path }) => path)])]
  if (files.length > MOST_PACKAGES) reading.effects.unknown('runs tasks of more packages than can be judged one by one')
  return files.slice(0, MOST_PACKAGES)
}

function nearestPackage(directory: string, reading: Reading): string | undefined {
  for (let at = directory; at !== ''; at = parentOf(at)) {
    const file = `${at === '/' ? '' : at}/package.json`
    if (reading.effects.writes(file) || reading.world.text(file) !== undefined) return file
    if (at === '/' || at === reading.workspace) return undefined
  }
  return undefined
}

const PackageFile = z.object({ scripts: z.record(z.string(), z.unknown()).optional() })

/** Judges a script with those that run before and after it. The words given go to the script itself. */
function runPackageScript(file: string, name: string, args: readonly Field[], scope: Scope, reading: Reading): void {
  const text = taskFile(file, reading)
  const scripts = text === undefined ? {} : scriptsOf(text)
  const directory = parentOf(file)
  const inner = { ...childScope(scope, args), directories: [reading.world.canonical(directory)] }
  const tools = toolFolders(directory, reading)
  for (const [each, end] of [[`pre${name}`, ''], [name, args.length > 0 ? ' "$@"' : ''], [`post${name}`, '']] as const) {
    const code = Object.hasOwn(scripts, each) ? scripts[each] : undefined
    if (typeof code === 'string') judgePiece({ file, name: each, code: code + end, tools }, inner, reading)
  }
}

function scriptsOf(text: string): Record<string, unknown> {
  try {
    return PackageFile.safeParse(JSON.parse(text)).data?.scripts ?? {}
  } catch {
    return {}
  }
}

/** `node_modules/.bin` of the package and of the folders above it, as package managers put them on `PATH`. */
function toolFolders(directory: string, { workspace }: Reading): string[] {
  const folders: string[] = []
  for (let at = directory; isInside(at, workspace); at = parentOf(at)) folders.push(`${at}/node_modules/.bin`)
  return folders
}
