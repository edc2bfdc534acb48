import { randomBytes } from 'node:crypto'
import {
  closeSync,
  fchmodSync,
  fsyncSync,
  lstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { err, ok, type Result } from '../contract/result.ts'

/** For the user's eyes only: settings may hold keys. */
const PRIVATE_FILE = 0o600
const PRIVATE_FOLDER = 0o700

/** The text of a settings file, undefined when there is none. The error is a sentence for a person. */
export function readSettings(file: string): Result<string | undefined, string> {
  try {
    return ok(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(readFileSync(file)))
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return ok(undefined)
    return err(`${file} can't be read: ${reason(error)}.`)
  }
}

/** Why a settings file may not be changed, as a sentence; undefined when it may. */
export function whyReadOnly(file: string): string | undefined {
  try {
    // The superuser could write it all the same, but whoever made it read-only meant it.
    if ((statSync(file).mode & 0o200) !== 0) return undefined
    return `${file} is read-only. Make it writable (chmod u+w), then try again.`
  } catch {
    return undefined
  }
}

/**
 * Replaces a settings file in one step, so that nobody ever reads half of it; `undefined` removes it. Its mode stays,
 * a new file is the user's alone. Where the file is a symbolic link, what it points to is replaced.
 */
export function writeSettings(file: string, text: string | undefined): Result<void, string> {
  try {
    const target = linkTarget(file)
    if (text === undefined) rmSync(target, { force: true })
    else replaceFile(target, text)
    return ok(undefined)
  } catch (error) {
    return err(`${file} can't be written: ${reason(error)}. Nothing was changed.`)
  }
}

function replaceFile(target: string, text: string): void {
  const folder = dirname(target)
  mkdirSync(folder, { recursive: true, mode: PRIVATE_FOLDER })
  const mode = statSync(target, { throwIfNoEntry: false })?.mode ?? PRIVATE_FILE
  const fresh = join(folder, `.${basename(target)}.${randomBytes(6).toString('hex')}`)
  try {
    const handle = openSync(fresh, 'wx', PRIVATE_FILE)
    try {
      writeFileSync(handle, text)
      fchmodSync(handle, mode & 0o777)
      fsyncSync(handle)
    } finally {
      closeSync(handle)
    }
    renameSync(fresh, target)
  } finally {
    rmSync(fresh, { force: true })
  }
}

/** The file behind any number of symbolic links, even if it does not exist yet. */
function linkTarget(file: string): string {
  try {
    return realpathSync(file)
  } catch (error) {
    if (codeOf(error) !== 'ENOENT' || !lstatSync(file, { throwIfNoEntry: false })?.isSymbolicLink()) return file
    return linkTarget(resolve(dirname(file), readlinkSync(file)))
  }
}

const codeOf = (error: unknown): string | undefined => (error as NodeJS.ErrnoException).code

/** What the operating system says, without the path, which the sentence has already. */
function reason(error: unknown): string {
  switch (codeOf(error)) {
    case 'EACCES':
    case 'EPERM':
      return 'you have no permission'
    case 'EROFS':
      return 'the file system is read-only'
    case 'ENOSPC':
      return 'the disk is full'
    case 'EISDIR':
      return 'it is a folder'
    case 'ERR_ENCODING_INVALID_ENCODED_DATA':
      return 'it is not UTF-8'
    default:
      return codeOf(error) ?? String(error)
  }
}
