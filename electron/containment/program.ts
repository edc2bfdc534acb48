import { accessSync, constants, realpathSync, statSync } from 'node:fs'
import { homedir } from 'node:os'
import { delimiter, dirname, isAbsolute, join, resolve } from 'node:path'
import { headOf } from './head-of.ts'

/** The file that a command names, as a shell would find it; undefined when there is none that can be run. */
export function findProgram(name: string, path: string | undefined, cwd: string): string | undefined {
  const candidates = name.includes('/') ? [resolve(cwd, name)] : (path ?? '').split(delimiter).map((folder) => join(folder || cwd, name))
  return candidates.find(isRunnable)
}

/** What is at the beginning of programs: ELF, Mach-O for one processor and for several. */
const PROGRAMS = ['7f454c46', 'cffaedfe', 'cafebabe']
/** `e_machine` of ELF for the processors that Paddock runs on. */
const MACHINES: Readonly<Record<string, number>> = { x64: 62, arm64: 183 }

/** Why the kernel would not start this file although it may be run; undefined where it would. */
export function whyNotStarted(file: string): string | undefined {
  const head = headOf(file)
  // What may be run and not be read is for the kernel to judge.
  if (head === undefined) return undefined
  if (head.toString('latin1', 0, 2) === '#!') {
    const [interpreter = ''] = head.toString('utf8', 2).split('\n')[0]!.trim().split(/[ \t]/)
    return isRunnable(interpreter) ? undefined : `its interpreter ${interpreter || 'in the first line'} is not there.`
  }
  const kind = head.toString('hex', 0, 4)
  if (!PROGRAMS.includes(kind)) return `${file} is no program, and no "#!" says what runs it. Start that with the file: paddock run -- sh ${file}`
  return kind === PROGRAMS[0] && head.readUInt16LE(18) !== MACHINES[process.arch] ? `${file} is made for another processor.` : undefined
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
