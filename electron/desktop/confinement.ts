import type { App } from 'electron'
import type { HostSession } from './host.ts'
import { pages } from './pages.ts'

/** Everything a page may ask the browser for: copying a command it shows. */
const PERMISSIONS: ReadonlySet<string> = new Set(['clipboard-sanitized-write'])

const ownSchemes = Object.values(pages).map(({ scheme }) => `${scheme}:`)

/** Refuses permissions, devices, downloads and every request that leaves the bundle, for all pages of the session. */
export function confineSession(session: HostSession): void {
  session.setPermissionRequestHandler((_contents, permission, answer) => answer(PERMISSIONS.has(permission)))
  session.setPermissionCheckHandler((_contents, permission) => PERMISSIONS.has(permission))
  session.setDevicePermissionHandler(() => false)
  session.on('will-download', (event) => event.preventDefault())
  session.webRequest.onBeforeRequest((details, answer) => answer({ cancel: !isOwn(details.url) }))
}

/** Refuses navigation, new windows and embedded web views in every page there is or will be. */
export function confineContents(app: Pick<App, 'on'>): void {
  app.on('web-contents-created', (_event, contents) => {
    contents.on('will-navigate', (event) => event.preventDefault())
    contents.on('will-frame-navigate', (event) => event.preventDefault())
    contents.on('will-redirect', (event) => event.preventDefault())
    contents.on('will-attach-webview', (event) => event.preventDefault())
    contents.setWindowOpenHandler(() => ({ action: 'deny' }))
  })
}

function isOwn(url: string): boolean {
  return URL.canParse(url) && ownSchemes.includes(new URL(url).protocol)
}
