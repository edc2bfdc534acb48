import type { IpcMainEvent } from 'electron'
import type { Channel } from '../contract/channel.ts'
import type { Role } from '../contract/operator.ts'
import type { Host, HostContents } from './host.ts'
import { ipcChannels } from './ipc-channels.ts'
import { pages } from './pages.ts'

/** The longest message a page may send, in characters of JSON. Everything in the operator's interface is far shorter. */
const LONGEST_MESSAGE = 64 * 1024

/** Carries messages between the pages of known windows and the broker. */
export interface WindowBridge {
  /** From now on this window's page gets channels with this role. */
  admit(contents: HostContents, role: Role): void
}

/**
 * A message counts only if it comes from the main frame of an admitted window that shows its role's own page; anything
 * else is dropped. What a message says is checked at the other end, by the broker.
 */
export function bridgeWindows(ipc: Host['ipcMain'], openChannel: (role: Role) => Channel): WindowBridge {
  const roles = new Map<number, Role>()
  const channels = new Map<number, Channel>()

  const roleOf = ({ sender, senderFrame }: IpcMainEvent): Role | undefined => {
    const role = roles.get(sender.id)
    if (!role || !senderFrame || senderFrame !== sender.mainFrame) return undefined
    return senderFrame.origin === pages[role].origin ? role : undefined
  }

  const end = (id: number): void => {
    const channel = channels.get(id)
    channels.delete(id)
    channel?.close()
  }

  ipc.on(ipcChannels.open, (event) => {
    const role = roleOf(event)
    if (!role) return
    const { sender } = event
    end(sender.id)
    const channel = openChannel(role)
    channels.set(sender.id, channel)
    const tell = (name: string, ...message: unknown[]): void => {
      if (channels.get(sender.id) === channel && !sender.isDestroyed()) sender.send(name, ...message)
    }
    channel.onMessage((message) => tell(ipcChannels.toPage, message))
    channel.onClose(() => tell(ipcChannels.closed))
  })

  ipc.on(ipcChannels.toBroker, (event, message: unknown) => {
    if (!roleOf(event)) return
    if (isTooLong(message)) event.sender.send(ipcChannels.toPage, { id: -1, error: 'The message is too long to be read.' })
    else channels.get(event.sender.id)?.send(message)
  })

  return {
    admit: (contents, role) => {
      const { id } = contents
      roles.set(id, role)
      contents.on('render-process-gone', () => end(id))
      contents.on('destroyed', () => {
        roles.delete(id)
        end(id)
      })
    },
  }
}

/** What JSON can't express (a cycle, a bigint) can't be a message of the interface, and is as unreadable. */
function isTooLong(message: unknown): boolean {
  try {
    return (JSON.stringify(message) ?? '').length > LONGEST_MESSAGE
  } catch {
    return true
  }
}
