import { contextBridge, ipcRenderer } from 'electron'
import type { Channel } from '../contract/channel.ts'
import { ipcChannels } from './ipc-channels.ts'

/**
 * All that a page sees of the world outside: its channel to the broker. What the page may say on it is decided by the
 * broker, by the role that the main process gave this window.
 */
const paddock: Pick<Channel, 'send' | 'onMessage' | 'onClose'> = {
  send: (message) => ipcRenderer.send(ipcChannels.toBroker, message),
  onMessage: (listener) => {
    ipcRenderer.on(ipcChannels.toPage, (_event, message: unknown) => listener(message))
    open()
  },
  onClose: (listener) => {
    if (closed) queueMicrotask(listener)
    else ipcRenderer.once(ipcChannels.closed, () => listener())
  },
}

let opened = false
let closed = false
ipcRenderer.once(ipcChannels.closed, () => {
  closed = true
})

/** Not before the page listens: nothing the broker says may be lost. */
function open(): void {
  if (opened) return
  opened = true
  ipcRenderer.send(ipcChannels.open)
}

contextBridge.exposeInMainWorld('paddock', Object.freeze(paddock))
