import {
  app,
  BrowserWindow,
  ipcMain,
  Menu,
  Notification,
  protocol,
  screen,
  session,
  Tray,
  utilityProcess,
} from 'electron'
import type { Host } from './host.ts'

/** The real Electron. No other file of the main process imports a value from it. */
export const electron: Host = {
  app,
  ipcMain,
  protocol,
  session,
  screen,
  utilityProcess,
  BrowserWindow,
  Tray,
  Notification,
  Menu,
}
