import type { PendingRequest } from '../contract/request.ts'
import type { Host, HostNotification } from './host.ts'
import type { WindowBridge } from './window-bridge.ts'
import { openWindow } from './windows.ts'

const SIZE = { width: 520, height: 640 }
/** Distance to the edge of the screen, pixels. */
const MARGIN = 16

type Waiting = Pick<PendingRequest, 'id' | 'caller'>

/** The window where requests are answered. It is there from the start, hidden while nothing waits. */
export interface PromptWindow {
  /** Shows the window, without taking the keyboard, when a request is new; hides it when none waits. */
  present: (requests: readonly Waiting[]) => void
  /** The person asked for it: now the window may take the keyboard. */
  review: () => void
}

/** `isQuitting`: until then closing the window only hides it, and what waits goes on waiting. */
export function openPromptWindow(host: Host, bridge: WindowBridge, isQuitting: () => boolean): PromptWindow {
  const { window, load } = openWindow(host, 'prompt', {
    ...SIZE,
    ...corner(host),
    show: false,
    alwaysOnTop: true,
    fullscreenable: false,
    title: 'Paddock asks',
  })
  bridge.admit(window.webContents, 'prompt', load)
  window.setContentProtection(true)
  window.setVisibleOnAllWorkspaces(true, { visibleOnFullScreen: true })
  window.on('close', (event) => {
    if (isQuitting()) return
    event.preventDefault()
    window.hide()
  })
  load()

  const review = (): void => window.show()
  let seen = new Set<string>()
  let notification: HostNotification | undefined

  return {
    present: (requests) => {
      const isNew = requests.some(({ id }) => !seen.has(id))
      seen = new Set(requests.map(({ id }) => id))
      if (requests.length === 0) {
        notification?.close()
        window.hide()
      } else if (isNew) {
        notification?.close()
        notification = notify(host, requests, review)
        if (!window.isVisible()) window.showInactive()
      }
    },
    review,
  }
}

/** Away from where the person is most likely to click or type. */
function corner(host: Host): { x: number; y: number } {
  const { x, y, width, height } = host.screen.getPrimaryDisplay().workArea
  return { x: x + width - SIZE.width - MARGIN, y: y + height - SIZE.height - MARGIN }
}

/**
 * Says that somebody waits, and leads to the window. It does not show the call (a locked screen shows notifications), and
 * it can't answer: nobody allows what they have not read.
 */
function notify(host: Host, requests: readonly Waiting[], review: () => void): HostNotification | undefined {
  if (!host.Notification.isSupported()) return undefined
  const agents = [...new Set(requests.map(({ caller }) => caller.agent))].join(', ')
  const notification = new host.Notification({
    title: requests.length === 1 ? 'A call waits for you' : `${requests.length} calls wait for you`,
    body: `${agents} may not go on until you answer.`,
    actions: [{ type: 'button', text: 'Review' }],
  })
  notification.on('click', review)
  notification.on('action', review)
  notification.show()
  return notification
}
