import type { Host } from './host.ts'
import type { WindowBridge } from './window-bridge.ts'
import { openWindow, type RoleWindow } from './windows.ts'

/**
 * The window for everything but answers; closing it leaves Paddock in the tray. Gives the function that brings it to the
 * front, opened anew if it was closed, which is only ever called because the person wants it.
 */
export function consoleWindow(host: Host, bridge: WindowBridge): () => void {
  let current: RoleWindow | undefined
  return () => {
    if (current) return current.window.show()
    const opened = openWindow(host, 'console', { width: 1100, height: 760, minWidth: 640, minHeight: 420 })
    current = opened
    bridge.admit(opened.window.webContents, 'console', opened.load)
    opened.window.on('closed', () => {
      current = undefined
    })
    opened.load()
  }
}
