import { fstatSync } from 'node:fs'
import type { Effect } from '../../contract/effect.ts'
import type { Found } from './resolve.ts'

/** Beyond this many the oldest are forgotten; then they are like those of others. */
const MOST = 10_000

/** Files of shared memory that the tree has made, and files to which it gave second names, as this thread has seen it. */
const own = new Set<string>()

/** With the time it was made: the number alone is used again. Negative descriptors are of files that were not opened. */
export function noteOwnFile(fd: number): void {
  if (fd < 0) return
  own.add(keyOf(fd))
  if (own.size > MOST) own.delete(own.values().next().value!)
}

/** What programs share by name there (shm_open(3), sem_open(3)) is theirs: the folder is everybody's, and the names are no secret. */
export function isSharedMemory(real: string): boolean {
  return real.startsWith('/dev/shm/')
}

/** Whether it is shared memory of the tree's own. */
export function isOwnFile({ handle, real }: Pick<Found, 'handle' | 'real'>): boolean {
  return isSharedMemory(real) && own.has(keyOf(handle))
}

/**
 * A file that goes by other names as well is changed under all of them, and where those are nobody can tell, unless the tree gave them. Package
 * managers share their stores in this way.
 */
export function otherNames({ handle, real }: Pick<Found, 'handle' | 'real'>): Effect[] {
  const stat = fstatSync(handle)
  if (!stat.isFile() || stat.nlink < 2 || own.has(keyOf(handle))) return []
  return [{ kind: 'unknown', reason: 'the file has other names, which may be outside', text: real }]
}

/** Before it gets a second name. */
export function noteLinked(handle: number): void {
  const stat = fstatSync(handle)
  if (stat.isFile() && stat.nlink < 2) noteOwnFile(handle)
}

function keyOf(fd: number): string {
  const { dev, ino, birthtimeNs } = fstatSync(fd, { bigint: true })
  return `${dev}:${ino}:${birthtimeNs}`
}
