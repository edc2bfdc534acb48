import { randomBytes } from 'node:crypto'
import { closeSync, fsyncSync, linkSync, mkdirSync, openSync, readFileSync, rmSync, statSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'
import { err, ok, type Result } from '../contract/result.ts'

const posix = process.platform !== 'win32'

/**
 * The secret that the journal's chain is keyed with (32 bytes), made on first use. The file holds it in hexadecimal and
 * is refused when somebody else could have read or replaced it.
 */
export function readOrCreateKey(file: string): Result<Uint8Array, string> {
  try {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
    const existing = readKey(file)
    if (existing) return existing
    create(file)
    return readKey(file) ?? err(`The journal's key ${file} disappeared while it was made. Start again.`)
  } catch (error) {
    return err(`The journal's key ${file} can't be read or made: ${(error as Error).message}`)
  }
}

/** Reads the key; undefined when there is none. */
function readKey(file: string): Result<Uint8Array, string> | undefined {
  const found = statSync(file, { throwIfNoEntry: false })
  if (!found) return undefined
  if (posix && found.uid !== process.getuid?.())
    return err(`The journal's key ${file} belongs to another user. Remove it if you do not know why.`)
  if (posix && (found.mode & 0o077) !== 0)
    return err(`The journal's key ${file} can be read by others. Run: chmod 600 '${file}'`)
  if (posix && (statSync(dirname(file)).mode & 0o022) !== 0)
    return err(`Others can write to the folder of the journal's key. Run: chmod go-w '${dirname(file)}'`)
  const text = readFileSync(file, 'utf8').trim()
  if (!/^[0-9a-f]{64}$/.test(text))
    return err(`The journal's key ${file} is damaged. Restore it from a backup, or move it and the journal away.`)
  return ok(Buffer.from(text, 'hex'))
}

/** Makes the key under a name of its own first: whoever finds the file finds all of it, and of two makers one wins. */
function create(file: string): void {
  const draft = `${file}.${process.pid}`
  rmSync(draft, { force: true })
  const fd = openSync(draft, 'wx', 0o600)
  try {
    writeSync(fd, `${randomBytes(32).toString('hex')}\n`)
    fsyncSync(fd)
  } finally {
    closeSync(fd)
  }
  try {
    linkSync(draft, file)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  } finally {
    rmSync(draft, { force: true })
  }
}
