import type { Host } from '../../../electron/desktop/host.ts'
import { app } from './app.ts'
import { BrowserWindow } from './browser-window.ts'
import { ipcMain } from './ipc-main.ts'
import { protocol } from './schemes.ts'
import { session } from './session.ts'
import { Menu, Notification, screen, Tray } from './surroundings.ts'
import { utilityProcess } from './utility-process.ts'

/**
 * The module `electron` for tests: as much of it as the desktop takes, with each window a page of a real Chromium. The
 * types below are Electron's own, so a stand-in that takes or gives something else does not compile. (Events are left
 * out: their overloads name Electron's classes.)
 */
type Quiet<T> = Omit<T, 'on' | 'once'>
type StandIn = {
  [Part in 'app' | 'ipcMain' | 'protocol' | 'screen']: Quiet<Host[Part]>
} & {
  session: { readonly defaultSession: Quiet<Host['session']['defaultSession']> }
  utilityProcess: { fork(...args: Parameters<Host['utilityProcess']['fork']>): Quiet<ReturnType<Host['utilityProcess']['fork']>> }
  BrowserWindow: new (...args: ConstructorParameters<Host['BrowserWindow']>) => Quiet<
    Omit<InstanceType<Host['BrowserWindow']>, 'webContents'>
  > & { webContents: Quiet<InstanceType<Host['BrowserWindow']>['webContents']> }
  Notification: { isSupported(): boolean } & (new (
    ...args: ConstructorParameters<Host['Notification']>
  ) => Quiet<InstanceType<Host['Notification']>>)
}

export default { app, ipcMain, protocol, screen, session, utilityProcess, BrowserWindow, Notification } satisfies StandIn
export { app, BrowserWindow, ipcMain, Menu, Notification, protocol, screen, session, Tray, utilityProcess }
