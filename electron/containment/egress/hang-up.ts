import type { Socket } from 'node:net'

const DRAIN_MS = 5_000

/**
 * Says a last thing and closes. What the client still sends is read and thrown away: a close on unread bytes is a reset,
 * and the client would lose the last words.
 */
export function hangUp(socket: Socket, lastWords: string | Buffer): void {
  const late = setTimeout(() => socket.destroy(), DRAIN_MS)
  socket.once('close', () => clearTimeout(late))
  socket.on('error', () => {}).on('end', () => socket.destroySoon()).resume()
  socket.end(lastWords)
}
