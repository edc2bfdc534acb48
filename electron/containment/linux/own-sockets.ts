import { fstatSync } from 'node:fs'
import * as libc from './libc.ts'
import { openBelow } from './resolve.ts'

const O_PATH = 0o10000000
const O_NOFOLLOW = 0o400000
/** Beyond this many the oldest are forgotten; a program that connects to one of those is asked about. */
const MOST = 10_000

/** The socket files that processes of the tree have made, so that talking to itself is told from talking to what is outside. */
export class OwnSockets {
  readonly #known = new Set<string>()
  readonly #onAdded: (key: string) => void

  /** `onAdded` hears of each new one, for the other thread that answers calls. */
  constructor(onAdded: (key: string) => void) {
    this.#onAdded = onAdded
  }

  /** Whether a handle is on one of them. */
  has(handle: number): boolean {
    return this.#known.has(keyOf(handle))
  }

  /** The socket that has just been made under this name. */
  add(parent: number, name: string): void {
    const handle = openBelow(parent, name, O_PATH | O_NOFOLLOW)
    if (handle < 0) return
    const key = keyOf(handle)
    libc.close(handle)
    this.learn(key)
    this.#onAdded(key)
  }

  /** One that the other thread has seen being made. */
  learn(key: string): void {
    this.#known.add(key)
    if (this.#known.size > MOST) this.#known.delete(this.#known.values().next().value!)
  }
}

/** With the time it was made: the number alone is used again. */
function keyOf(handle: number): string {
  const { dev, ino, birthtimeNs } = fstatSync(handle, { bigint: true })
  return `${dev}:${ino}:${birthtimeNs}`
}
