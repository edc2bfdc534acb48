import * as z from 'zod'
import type { Channel } from './channel.ts'
import { Role } from './operator.ts'

/**
 * Many windows over one pipe. A host that runs the broker as a separate process (the desktop) has one pipe to it;
 * each window of the operator becomes a link on that pipe, a channel of its own, with the roles the host gave it.
 * Windows can't name a link: only the host writes frames.
 */

/** What carries the frames: a utility process's port, or a forked process. */
export interface Pipe {
  send(message: unknown): void
  onMessage(listener: (message: unknown) => void): void
  onClose(listener: () => void): void
}

/** The first message of the broker process: it is ready for links, or why it can't run. */
export const Startup = z.union([
  z.strictObject({ ready: z.literal(true), socket: z.string() }),
  z.strictObject({ failed: z.string() }),
])
export type Startup = z.infer<typeof Startup>

const link = z.number().int().positive()
const Open = z.strictObject({ link, open: z.array(Role) })
const Carry = z.strictObject({ link, message: z.unknown() })
const Close = z.strictObject({ link, close: z.literal(true) })

/** What travels on the pipe. Only the host opens links; both sides send and close. */
export const LinkFrame = z.union([Open, Carry, Close])
export type LinkFrame = z.infer<typeof LinkFrame>

/** The host's end: opens a channel to the broker for a window that may do what `roles` say. */
export function linkHost(pipe: Pipe): { open(roles: readonly Role[]): Channel } {
  const links = new Links(pipe)
  let last = 0
  pipe.onMessage((raw) => links.receive(raw))
  return {
    open: (roles) => {
      last += 1
      const channel = links.add(last)
      links.send({ link: last, open: [...roles] })
      return channel
    },
  }
}

/** The broker's end: hands over each channel that the host opens. A link is opened once; its roles never change. */
export function linkBroker(pipe: Pipe, onOpen: (channel: Channel, roles: readonly Role[]) => void): void {
  const links = new Links(pipe)
  let newest = 0
  pipe.onMessage((raw) => {
    const opening = Open.safeParse(raw)
    if (!opening.success) return links.receive(raw)
    if (opening.data.link <= newest) return
    newest = opening.data.link
    onOpen(links.add(newest), opening.data.open)
  })
}

interface LinkEnd {
  messages: ((message: unknown) => void)[]
  closes: (() => void)[]
}

/** The links of one end. Frames that are malformed or name a link that is not open are dropped. */
class Links {
  private readonly pipe: Pipe
  private readonly open = new Map<number, LinkEnd>()
  private pipeClosed = false

  constructor(pipe: Pipe) {
    this.pipe = pipe
    pipe.onClose(() => {
      this.pipeClosed = true
      for (const id of this.open.keys()) this.end(id)
    })
  }

  send(frame: LinkFrame): void {
    if (!this.pipeClosed) this.pipe.send(frame)
  }

  add(id: number): Channel {
    const end: LinkEnd = { messages: [], closes: [] }
    if (this.pipeClosed) queueMicrotask(() => end.closes.forEach((listener) => listener()))
    else this.open.set(id, end)
    return {
      send: (message) => {
        if (this.open.has(id)) this.send({ link: id, message })
      },
      onMessage: (listener) => void end.messages.push(listener),
      onClose: (listener) => void end.closes.push(listener),
      close: () => {
        if (!this.open.has(id)) return
        this.send({ link: id, close: true })
        this.end(id)
      },
    }
  }

  receive(raw: unknown): void {
    const frame = LinkFrame.safeParse(raw)
    if (!frame.success || 'open' in frame.data) return
    if ('close' in frame.data) return this.end(frame.data.link)
    const { message } = frame.data
    this.open.get(frame.data.link)?.messages.forEach((listener) => listener(message))
  }

  private end(id: number): void {
    const end = this.open.get(id)
    this.open.delete(id)
    end?.closes.forEach((listener) => listener())
  }
}
