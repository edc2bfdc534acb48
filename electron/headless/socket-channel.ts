import type { WebSocket } from 'ws'
import type { Channel } from '../contract/channel.ts'

/** The longest message a page may send, in bytes. Its answers and questions are short. */
export const LONGEST_MESSAGE_BYTES = 256 * 1024

/** A page that does not read is cut off when this much waits for it, in bytes. */
const LONGEST_BACKLOG_BYTES = 64 * 1024 * 1024

/** The channel of a page over its web socket. A page that answers no ping for `pingEvery` milliseconds is gone. */
export function socketChannel(socket: WebSocket, pingEvery = 15_000): Channel {
  let answered = true
  const pinging = setInterval(() => {
    if (!answered) return socket.terminate()
    answered = false
    socket.ping()
  }, pingEvery)
  socket.on('pong', () => (answered = true))
  socket.on('close', () => clearInterval(pinging))
  // Errors, such as a message that is too long, are followed by 'close'.
  socket.on('error', () => {})

  return {
    send: (message) => {
      if (socket.readyState !== socket.OPEN) return
      if (socket.bufferedAmount > LONGEST_BACKLOG_BYTES) return socket.terminate()
      socket.send(JSON.stringify(message))
    },
    onMessage: (listener) =>
      socket.on('message', (data: Buffer, isBinary) => {
        if (isBinary) return socket.close(1003, 'text only')
        const message = parse(data.toString('utf8'))
        if (message === undefined) return socket.close(1007, 'not JSON')
        listener(message.value)
      }),
    onClose: (listener) => void socket.on('close', () => listener()),
    close: () => socket.close(1001),
  }
}

function parse(text: string): { value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) }
  } catch {
    return undefined
  }
}
