import { mkdirSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { FenceTerms } from '../contract/containment.ts'
import type { SessionId } from '../contract/ids.ts'
import { err, ok, type Result } from '../contract/result.ts'
import { variablesIn } from './fence.ts'

/**
 * The folder for the temporary files of one contained run (`TMPDIR`), which goes when the run ends. Supervisor and broker know it by the
 * session, so that whichever is left removes it; its name is short, because paths of sockets are.
 */
export function temporaryFolderOf(session: SessionId, terms: FenceTerms): string {
  return join(String(variablesIn(terms).tmp), `paddock-${session.replace(/^run-/, '').slice(0, 13)}`)
}

/** Makes it, for this user alone. It must be new: what somebody else made may hold anything. */
export function makeTemporaryFolder(session: SessionId, terms: FenceTerms): Result<string, string> {
  const folder = temporaryFolderOf(session, terms)
  try {
    mkdirSync(folder, { mode: 0o700 })
    return ok(folder)
  } catch (error) {
    return err(`its folder for temporary files can't be made: ${(error as Error).message}.`)
  }
}

/** Once no process of the run is left. What its programs have closed even to their user stays. */
export async function removeTemporaryFolder(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true }).catch(() => {})
}
