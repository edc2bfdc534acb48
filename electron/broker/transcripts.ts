import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import type { Connector, News } from '../connectors/connector.ts'

/** More of a transcript is not read at once; of what is beyond, the newest. */
const MOST_BYTES = 2 * 2 ** 20
/** Transcripts beyond this many are read from their end again. */
const MOST_FILES = 200

/**
 * What sessions' transcripts told since they were last looked at. The agent writes them, so they can say who asked for something, never
 * that it may be done. What can't be read tells nothing.
 */
export class Transcripts {
  readonly #offsets = new Map<string, number>()

  newsOf(connector: Connector, file: string): News[] {
    if (!connector.news) return []
    const text = this.#read(file)
    return text === '' ? [] : connector.news(text.split('\n'))
  }

  /** Whole lines that are new. */
  #read(file: string): string {
    const from = this.#offsets.get(file) ?? 0
    try {
      const descriptor = openSync(file, 'r')
      try {
        const { size } = fstatSync(descriptor)
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
