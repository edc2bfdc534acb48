import { guardLine, type Guard } from './guard.ts'
import type { Host } from './host.ts'
import { iconFile } from './icons.ts'

/** What the person can start from the tray. */
export interface TrayActions {
  openConsole(): void
  reviewRequests(): void
  quit(): void
}

/** Puts Paddock into the tray and returns the function that shows another state there. */
export function openTray(host: Host, actions: TrayActions): (guard: Guard) => void {
  const tray = new host.Tray(iconFile('tray-degraded'))
  tray.on('click', () => actions.openConsole())

  return (now) => {
    tray.setImage(iconFile(`tray-${now.kind}`))
    tray.setToolTip(guardLine(now))
    tray.setContextMenu(
      host.Menu.buildFromTemplate([
        { label: guardLine(now), enabled: false },
        { type: 'separator' },
        { label: 'Open console', click: () => actions.openConsole() },
        { label: 'Waiting requests', enabled: now.kind === 'asking', click: () => actions.reviewRequests() },
        { type: 'separator' },
        { label: 'Quit Paddock', click: () => actions.quit() },
      ]),
    )
  }
}
