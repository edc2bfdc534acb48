import * as z from 'zod'

/**
 * A two-way pipe for messages that survive structured cloning or JSON: a web socket, a message port, or a pair in
 * memory. Order is kept; after `onClose` nothing arrives.
 */
export interface Channel {
  send(message: unknown): void
  /** Hands over each message as it came, unvalidated. */
  onMessage(listener: (message: unknown) => void): void
  onClose(listener: () => void): void
  close(): void
}

/** From a window to the broker. */
export const ToBroker = z.strictObject({ id: z.number().int(), method: z.string(), input: z.unknown() })
export type ToBroker = z.infer<typeof ToBroker>

/** From the broker to a window. */
export type ToWindow =
  | { id: number; output: unknown }
  | { id: number; error: string }
  | { event: string; data: unknown }

/** Two ends of a channel in one process. Messages are cloned and arrive later, as on every other channel. */
export function channelPair(): [Channel, Channel] {
  const ends = [end(), end()] as const
  return [connect(ends[0], ends[1]), connect(ends[1], ends[0])]
}

interface End {
  messages: ((message: unknown) => void)[]
  closes: (() => void)[]
  closed: boolean
}

function end(): End {
  return { messages: [], closes: [], closed: false }
}

function connect(own: End, other: End): Channel {
  const close = (): void => {
    for (const side of [own, other]) {
      if (side.closed) continue
      side.closed = true
      queueMicrotask(() => side.closes.forEach((listener) => listener()))
    }
  }
  return {
    send: (message) => {
      if (own.closed) return
      const copy = structuredClone(message)
      queueMicrotask(() => other.closed || other.messages.forEach((listener) => listener(copy)))
    },
    onMessage: (listener) => void own.messages.push(listener),
    onClose: (listener) => void own.closes.push(listener),
    close,
  }
}
