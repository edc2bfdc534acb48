import type { Socket } from 'node:net'

/** What a client may send before it has been answered. */
const MOST_BYTES = 65_536

/**
 * Reads from a client that waits for an answer, so that its leaving is noticed: an end, an error or a close aborts
 * `gone`. Behind the limit it reads no further; then a client that left is noticed when it is answered.
 */
export class ReadAhead {
  readonly gone: AbortSignal
  readonly #socket: Socket
  readonly #chunks: Buffer[]
  #length = 0
  readonly #leaving = new AbortController()
  readonly #onData = (chunk: Buffer): void => {
    this.#chunks.push(chunk)
    this.#length += chunk.length
    if (this.#length > MOST_BYTES) this.#socket.pause()
  }
  readonly #onGone = (): void => this.#leaving.abort()

  /** `early` has been read already. `closing` aborts when everybody has to leave. */
  constructor(socket: Socket, early: Buffer, closing: AbortSignal) {
    this.#socket = socket
    this.#chunks = early.length > 0 ? [early] : []
    this.gone = AbortSignal.any([this.#leaving.signal, closing])
    socket.on('data', this.#onData).on('end', this.#onGone).on('error', this.#onGone).on('close', this.#onGone).resume()
  }

  /** Stops reading; gives what came. */
  release(): Buffer {
    this.#socket.pause()
    this.#socket.off('data', this.#onData).off('end', this.#onGone).off('close', this.#onGone)
    return Buffer.concat(this.#chunks)
  }
}
