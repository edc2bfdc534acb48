import type { Host } from './host.ts'
import type { WindowBridge } from './window-bridge.ts'
import { openWindow, type RoleWindow } from './windows.ts'

/** The window for everything but answers. Closing it leaves Paddock in the tray. */
export interface ConsoleWindow {
  /** Brings the window to the front, opened anew if it was closed. Only ever called because the person wants it. */
  open: () => void
  /** Loads the page again, if there is one. */
  reload: () => void
}

/** Nothing is opened yet. */
export function consoleWindow(host: Host, bridge: WindowBridge): ConsoleWindow {
  let current: RoleWindow | undefined
  return {
    open: () => {
      if (current) return current.window.show()
      const opened = openWindow(host, 'console', { width: 1100, height: 760, minWidth: 640, minHeight: 420 })
      current = opened
      bridge.admit(opened.window.webContents, 'console')
      opened.window.on('closed', () => {
        current = undefined
      })
      opened.load()
    },
    reload: () => current?.load(),
  }
}
