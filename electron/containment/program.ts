import { accessSync, constants, realpathSync, statSync } from 'node:fs'
import { homedir } from 'node:os'
import { delimiter, dirname, isAbsolute, join, resolve } from 'node:path'

/** The file that a command names, as a shell would find it; undefined when there is none that can be run. */
export function findProgram(name: string, path: string | undefined, cwd: string): string | undefined {
  const candidates = name.includes('/') ? [resolve(cwd, name)] : (path ?? '').split(delimiter).map((folder) => join(folder || cwd, name))
  return candidates.find(isRunnable)
}

function isRunnable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return statSync(file).isFile()
  } catch {
    return false
  }
}

/** The folders of a PATH that exist, each once, without those in the workspace: whoever can write there can name programs as they like. */
export function programFolders(path: string | undefined, workspace: string): string[] {
  const folders = (path ?? '').split(delimiter).filter(isAbsolute).filter(exists)
  return [...new Set(folders)].filter((folder) => !`${folder}/`.startsWith(`${workspace}/`))
}

/**
 * Folders that have to be readable for these programs to start: theirs, the libraries beside a `bin`, and the package that the agent's
 * own program is part of.
 */
export function installationFolders(folders: readonly string[], program: string): string[] {
  const beside = folders.filter((folder) => folder.endsWith('/bin')).flatMap((folder) => ['lib', 'lib64', 'libexec', 'include'].map((name) => join(dirname(folder), name)))
  const real = [...folders, ...beside].filter(exists).map((folder) => realpathSync(folder))
  return [...new Set([...real, packageOf(realpathSync(program))])].filter((folder) => !holdsHome(folder))
}

/** `…/node_modules/name` or `…/node_modules/@scope/name` for a file in it; for any other the file's folder, or itself where that holds more. */
function packageOf(file: string): string {
  return /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(file)?.[0] ?? (holdsHome(dirname(file)) ? file : dirname(file))
}

/** Reading what is installed must not mean reading everything that is the user's. */
function holdsHome(folder: string): boolean {
  return `${homedir()}/`.startsWith(folder === '/' ? folder : `${folder}/`)
}

function exists(path: string): boolean {
  try {
    return statSync(path).isDirectory()
  } catch {
    return false
  }
}
