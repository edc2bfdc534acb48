import { fstatSync, lstatSync, type BigIntStats } from 'node:fs'
import * as libc from './libc.ts'
import { openBelow } from './resolve.ts'

const O_PATH = 0o10000000
const O_NOFOLLOW = 0o400000
/** Beyond this many the oldest are forgotten; a program that comes back to one of those is asked about. */
const MOST = 10_000

/**
 * The files that processes of the tree have made, where it matters who made them: sockets, so that talking to itself is told from
 * talking to what is outside, and what stands in the temporary folder, which everybody uses.
 */
export class OwnFiles {
  readonly #known = new Set<string>()
  readonly #onAdded: (key: string) => void

  /** `onAdded` hears of each new one, for the other thread that answers calls. */
  constructor(onAdded: (key: string) => void) {
    this.#onAdded = onAdded
  }

  /** Whether a handle is on one of them. */
  has(handle: number): boolean {
    return this.#known.has(keyOf(fstatSync(handle, { bigint: true })))
  }

  hasKey(key: string): boolean {
    return this.#known.has(key)
  }

  /** The socket that has just been made under this name. */
  add(parent: number, name: string): void {
    const handle = openBelow(parent, name, O_PATH | O_NOFOLLOW)
    if (handle < 0) return
    const key = keyOf(fstatSync(handle, { bigint: true }))
    libc.close(handle)
    this.addKey(key)
  }

  addKey(key: string): void {
    this.learn(key)
    this.#onAdded(key)
  }

  /** One that the other thread has seen being made. */
  learn(key: string): void {
    this.#known.add(key)
    if (this.#known.size > MOST) this.#known.delete(this.#known.values().next().value!)
  }
}

/** What names the file at a path, whatever it is called later; undefined where there is none. */
export function keyAt(path: string): string | undefined {
  const stat = lstatSync(path, { bigint: true, throwIfNoEntry: false })
  return stat && keyOf(stat)
}

/** With the time it was made: the number alone is used again. */
function keyOf({ dev, ino, birthtimeNs }: BigIntStats): string {
  return `${dev}:${ino}:${birthtimeNs}`
}
