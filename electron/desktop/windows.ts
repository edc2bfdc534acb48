import type { BrowserWindowConstructorOptions, WebPreferences } from 'electron'
import { join } from 'node:path'
import type { Role } from '../contract/operator.ts'
import type { Host, HostWindow } from './host.ts'
import { iconFile } from './icons.ts'
import { pages } from './pages.ts'

/** What every page of Paddock runs under. No window deviates from it. */
export const webPreferences: Readonly<WebPreferences> = Object.freeze({
  preload: join(import.meta.dirname, '../preload/index.cjs'),
  contextIsolation: true,
  sandbox: true,
  nodeIntegration: false,
  nodeIntegrationInSubFrames: false,
  nodeIntegrationInWorker: false,
  webSecurity: true,
  allowRunningInsecureContent: false,
  webviewTag: false,
  plugins: false,
  experimentalFeatures: false,
  navigateOnDragDrop: false,
  /** A page that loads again while it is hidden must not take the keyboard. */
  focusOnNavigation: false,
  spellcheck: false,
  devTools: false,
})

/** How long to wait before a page whose process died is loaded again, milliseconds. */
const RELOAD_AFTER = 1000

/** A window of Paddock. */
export interface RoleWindow {
  window: HostWindow
  /** Shows the role's page, anew if it was there. */
  load: () => void
}

/** Makes the window of a role. The only place that makes windows. */
export function openWindow(host: Host, role: Role, options: BrowserWindowConstructorOptions): RoleWindow {
  const window = new host.BrowserWindow({
    title: 'Paddock',
    icon: iconFile('window'),
    backgroundColor: '#ffffff',
    ...options,
    webPreferences: { ...webPreferences },
  })
  let closed = false
  const load = (): void => {
    if (closed) return
    window.loadURL(pages[role].url).catch((error: unknown) => console.error(`The ${role} window did not load: ${String(error)}`))
  }
  window.on('closed', () => {
    closed = true
  })
  window.webContents.on('render-process-gone', () => void setTimeout(load, RELOAD_AFTER))
  return { window, load }
}
