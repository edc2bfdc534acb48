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
  admit(contents: HostContents, role: Role, reload: () => void): void
  /** There is a broker again: pages that have lost their channel start over. */
  reconnect(): void
}

interface Admitted {
  role: Role
  reload: () => void
  /** Of the page that the window shows now, once that page has asked for it. */
  channel?: Channel | undefined
  lost: boolean
}

/**
 * A message counts only if it comes from the main frame of an admitted window that shows its role's own page; anything
 * else is dropped. What a message says is checked at the other end, by the broker.
 */
export function bridgeWindows(ipc: Host['ipcMain'], openChannel: (role: Role) => Channel): WindowBridge {
  const windows = new Map<number, Admitted>()

  const senderOf = ({ sender, senderFrame }: IpcMainEvent): Admitted | undefined => {
    const window = windows.get(sender.id)
    if (!window || !senderFrame || senderFrame.parent !== null) return undefined
    return senderFrame.origin === pages[window.role].origin ? window : undefined
  }

  ipc.on(ipcChannels.open, (event) => {
    const window = senderOf(event)
    if (!window) return
    const { sender } = event
    end(window)
    const channel = openChannel(window.role)
    window.channel = channel
    window.lost = false
    const isCurrent = (): boolean => window.channel === channel && !sender.isDestroyed()
    channel.onMessage((message) => {
      if (isCurrent()) sender.send(ipcChannels.toPage, message)
    })
    channel.onClose(() => {
      if (!isCurrent()) return
      window.channel = undefined
      window.lost = true
      sender.send(ipcChannels.closed)
    })
  })

  ipc.on(ipcChannels.toBroker, (event, message: unknown) => {
    const window = senderOf(event)
    if (!window) return
    if (isTooLong(message)) event.sender.send(ipcChannels.toPage, { id: -1, error: 'The message is too long to be read.' })
    else window.channel?.send(message)
  })

  return {
    admit: (contents, role, reload) => {
      const window: Admitted = { role, reload, lost: false }
      windows.set(contents.id, window)
      contents.on('render-process-gone', () => end(window))
      contents.on('destroyed', () => {
        windows.delete(contents.id)
        end(window)
      })
    },
    reconnect: () => {
      for (const { lost, reload } of windows.values()) if (lost) reload()
    },
  }
}

/** Ends the channel of a page that is no longer there, so that nothing meant for it reaches the next one. */
function end(window: Admitted): void {
  const { channel } = window
  window.channel = undefined
  channel?.close()
}

/** What JSON can't express (a cycle, a bigint) can't be a message of the interface, and is as unreadable. */
function isTooLong(message: unknown): boolean {
  try {
    return (JSON.stringify(message) ?? '').length > LONGEST_MESSAGE
  } catch {
    return true
  }
}
