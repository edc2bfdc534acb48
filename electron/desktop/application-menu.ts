import type { Menu } from 'electron'
import type { Host } from './host.ts'

/** No menu but on macOS, where copying and closing by key go through one. Electron's own would offer developer tools. */
export function applicationMenu(host: Host, platform: NodeJS.Platform): Menu | null {
  if (platform !== 'darwin') return null
  return host.Menu.buildFromTemplate([{ role: 'appMenu' }, { role: 'editMenu' }, { role: 'windowMenu' }])
}
