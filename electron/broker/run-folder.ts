import { lstatSync, mkdirSync } from 'node:fs'
import { err, ok, type Result } from '../contract/result.ts'

/**
 * Makes sure that the folder of the agents' endpoint is there and that nobody but its user may enter it: who may
 * enter may ask the broker, and who may write to it could put up an endpoint that allows everything.
 */
export function secureRunFolder(folder: string): Result<void, string> {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    if (process.platform === 'win32') return ok(undefined)
    const found = lstatSync(folder)
    if (!found.isDirectory()) return err(`${folder} must be a folder. Remove it and start Paddock again.`)
    if (found.uid !== process.getuid?.()) return err(`${folder} belongs to another user. Remove it and start Paddock again.`)
    if ((found.mode & 0o077) !== 0) return err(`Others may enter ${folder}. Run: chmod 700 '${folder}'`)
    return ok(undefined)
  } catch (error) {
    return err(`The folder ${folder} can't be made: ${(error as Error).message}`)
  }
}
