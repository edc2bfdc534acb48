import { createInterface } from 'node:readline'
import type { Duplex } from 'node:stream'

/** Lines over a stream, one at a time. */
export class LineReader {
  readonly #stream: Duplex
  readonly #lines: AsyncIterator<string>

  constructor(stream: Duplex) {
    this.#stream = stream
    // The other side may end at any time; that shows as the end of the lines.
    stream.on('error', () => {})
    this.#lines = createInterface({ input: stream, crlfDelay: Infinity })[Symbol.asyncIterator]()
  }

  send(line: string): void {
    this.#stream.write(`${line}\n`)
  }

  /** The next line; undefined at the end. */
  async next(): Promise<string | undefined> {
    const { value, done } = await this.#lines.next()
    return done === true ? undefined : value
  }
}
