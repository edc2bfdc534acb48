import type { Channel, ToWindow } from './channel.ts'
import type { EventData, Input, OperatorEvent, OperatorMethod, Output } from './operator.ts'

/** The operator's interface as a window uses it. Rejects with the broker's message when a call is refused. */
export interface OperatorClient {
  call<M extends OperatorMethod>(method: M, input: Input<M>): Promise<Output<M>>
  /** Returns the function that ends the subscription. */
  on<E extends OperatorEvent>(event: E, listener: (data: EventData<E>) => void): () => void
  onClose(listener: () => void): void
}

/**
 * A client over any channel. It does not validate what the broker sends: the broker is the trusted side, and its
 * server has validated it.
 */
export function operatorClient(channel: Channel): OperatorClient {
  const waiting = new Map<number, { resolve: (output: never) => void; reject: (error: Error) => void }>()
  const listeners = new Map<OperatorEvent, Set<(data: never) => void>>()
  let lastId = 0

  channel.onMessage((raw) => {
    const message = raw as ToWindow
    if ('event' in message) {
      listeners.get(message.event as OperatorEvent)?.forEach((listener) => listener(message.data as never))
      return
    }
    const call = waiting.get(message.id)
    waiting.delete(message.id)
    if ('error' in message) call?.reject(new Error(message.error))
    else call?.resolve(message.output as never)
  })
  channel.onClose(() => {
    for (const { reject } of waiting.values()) reject(new Error('The connection to the broker is closed.'))
    waiting.clear()
  })

  return {
    call: (method, input) =>
      new Promise((resolve, reject) => {
        lastId += 1
        waiting.set(lastId, { resolve, reject })
        channel.send({ id: lastId, method, input })
      }),
    on: (event, listener) => {
      const set = listeners.get(event) ?? new Set()
      listeners.set(event, set)
      set.add(listener)
      return () => set.delete(listener)
    },
    onClose: (listener) => channel.onClose(listener),
  }
}
