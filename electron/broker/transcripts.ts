import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'

/** More of a transcript is not read at once; of what is beyond, the newest. */
const MOST_BYTES = 2 * 2 ** 20
/** Transcripts beyond this many are read from their end again. */
const MOST_FILES = 200
/** How often and how long it is waited for a line that the agent is about to write, in milliseconds. */
const STEP = 15
const MOST_STEPS = 10

/**
 * Transcripts of sessions, read on from where they were left. The agent writes them, so they can say who asked for something, never
 * that it may be done. What can't be read tells nothing.
 */
export class Transcripts {
  readonly #offsets = new Map<string, number>()

  /**
   * The lines that are new. Agents write them a little later than they make calls: where it `matters`, waits a moment for the line
   * with the call itself, so that what came before it is there.
   */
  async linesUpTo({ file, callId }: { file: string; callId?: string }, matters: boolean): Promise<{ lines: string[]; waited: boolean }> {
    let text = this.#read(file)
    const steps = matters && callId !== undefined ? MOST_STEPS : 0
    let waited = false
    for (let step = 0; step < steps && !text.includes(callId ?? ''); step += 1) {
      waited = true
      await sleep(STEP)
      text += this.#read(file)
    }
    return { lines: text === '' ? [] : text.split('\n'), waited }
  }

  /** Whole lines that are new. */
  #read(file: string): string {
    const from = this.#offsets.get(file) ?? 0
    try {
      // The agent names it: a pipe must not stop everything.
      const descriptor = openSync(file, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0))
      try {
        const stats = fstatSync(descriptor)
        if (!stats.isFile()) return ''
        const { size } = stats
        const start = size < from ? 0 : Math.max(from, size - MOST_BYTES)
        const bytes = Buffer.alloc(size - start)
        const read = bytes.subarray(0, readSync(descriptor, bytes, 0, bytes.length, start))
        const end = read.lastIndexOf(10) + 1
        this.#keep(file, start + end)
        return read.subarray(0, end).toString('utf8')
      } finally {
        closeSync(descriptor)
      }
    } catch {
      return ''
    }
  }

  #keep(file: string, offset: number): void {
    this.#offsets.delete(file)
    this.#offsets.set(file, offset)
    if (this.#offsets.size > MOST_FILES) this.#offsets.delete(this.#offsets.keys().next().value!)
  }
}
