import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { err, ok, type Result } from '../contract/result.ts'

/** SQLite's result code for "somebody else holds it". */
const BUSY = 5
/** Of brokers that start at the same moment one has to wait until the others have given way. */
const PATIENCE = 500

/** Held for as long as the process lives. */
export interface Lock {
  release(): void
}

/**
 * Makes this process the one broker of a run folder (which must exist). The lock is SQLite's exclusive file lock: the
 * kernel releases it when the process ends, however it ends.
 */
export function takeLock(run: string): Result<Lock, string> {
  const pidFile = join(run, 'broker.pid')
  let database: DatabaseSync | undefined
  try {
    database = new DatabaseSync(join(run, 'broker.lock'), { timeout: PATIENCE })
    database.exec('begin exclusive')
    writeFileSync(`${pidFile}.new`, `${process.pid}\n`, { mode: 0o600 })
    renameSync(`${pidFile}.new`, pidFile)
  } catch (error) {
    database?.close()
    if (((error as { errcode?: number }).errcode ?? 0) === BUSY) return err(alreadyRuns(run, pidFile))
    return err(`The lock in ${run} can't be taken: ${(error as Error).message}. Check that the folder is yours and has space.`)
  }
  const held = database
  return ok({ release: () => held.close() })
}

function alreadyRuns(run: string, pidFile: string): string {
  const pid = readPid(pidFile)
  const who = pid === undefined ? 'Another Paddock' : `Another Paddock (process ${pid})`
  return `${who} already guards this user (${run}). Use that one, or quit it before you start another.`
}

function readPid(file: string): number | undefined {
  try {
    return Number.parseInt(readFileSync(file, 'utf8'), 10) || undefined
  } catch {
    return undefined
  }
}
