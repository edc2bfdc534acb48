import { join } from 'node:path'
import { operatorClient } from '../contract/operator-client.ts'
import { Role, type State } from '../contract/operator.ts'
import { applicationMenu } from './application-menu.ts'
import { superviseBroker, type BrokerProcess } from './broker-process.ts'
import { readBundle, serveBundle } from './bundle.ts'
import { confineContents, confineSession } from './confinement.ts'
import { consoleWindow } from './console-window.ts'
import { guardOf, type BrokerNews, type Guard } from './guard.ts'
import type { Host } from './host.ts'
import { pages, privilegedSchemes } from './pages.ts'
import { openPromptWindow } from './prompt-window.ts'
import { runningNotice } from './running-notice.ts'
import { openTray } from './tray.ts'
import { bridgeWindows } from './window-bridge.ts'

/** The built program; this code runs as `out/main/index.js`. */
const out = join(import.meta.dirname, '..')

/**
 * The desktop application: a tray icon, a window that asks, a window that shows, and the broker's process. It decides
 * nothing; it gives each window its role and carries messages. To be called before Electron is ready. Ends when the
 * person quits.
 */
export async function runDesktop(host: Host): Promise<void> {
  const { app } = host
  app.enableSandbox()
  host.protocol.registerSchemesAsPrivileged(privilegedSchemes)
  confineContents(app)
  await app.whenReady()

  confineSession(host.session.defaultSession)
  servePages(host)
  host.Menu.setApplicationMenu(applicationMenu(host, process.platform))

  let quitting = false
  const bridge = bridgeWindows(host.ipcMain, (role) => broker.open([role]))
  const promptWindow = openPromptWindow(host, bridge, () => quitting)
  const openConsole = consoleWindow(host, bridge)
  const actions = { openConsole, reviewRequests: promptWindow.review, quit: () => app.quit() }
  const showInTray = openTray(host, actions)

  const noticeRunning = runningNotice(host, {
    open: openConsole,
    // Where the broker wants to be asked first, the console does that.
    respond: ({ pid, startedAt }, action) => {
      const link = broker.open(['console'])
      const asked = operatorClient(link).call('respondToAgent', { pid, startedAt, action, confirmed: false })
      void asked.then((reply) => reply.done || openConsole(), openConsole).finally(() => link.close())
    },
  })
  let guard: Guard = guardOf({ up: true, state: undefined })
  showInTray(guard)
  const learn = (news: BrokerNews): void => {
    const before = guard
    guard = guardOf(news)
    showInTray(guard)
    if (guard.kind === 'degraded' && before.kind !== 'degraded') warn(host, guard.why)
    if (!news.up || !news.state) return
    promptWindow.present(news.state.requests)
    noticeRunning(news.state)
  }
  const broker = superviseBroker(() => host.utilityProcess.fork(join(out, 'broker/index.js'), [], { serviceName: 'Paddock broker' }), {
    up: () => {
      followState(broker, (state) => learn({ up: true, state }))
      bridge.reconnect()
    },
    gone: (why) => learn({ up: false, why }),
  })
  openConsole()

  app.on('second-instance', () => openConsole())
  app.on('activate', () => openConsole())
  // Without a listener Electron would quit; Paddock stays in the tray.
  app.on('window-all-closed', () => undefined)
  app.on('before-quit', () => {
    quitting = true
  })
  app.on('will-quit', (event) => {
    event.preventDefault()
    void broker.stop().then(() => app.exit(0))
  })
}

function servePages(host: Host): void {
  const bundle = readBundle(join(out, 'renderer'))
  for (const role of Role.options) host.protocol.handle(pages[role].scheme, serveBundle(bundle, role))
}

/** The tray is easily overlooked: that protection has ended is said aloud, once. */
function warn(host: Host, why: string): void {
  if (host.Notification.isSupported()) new host.Notification({ title: 'Paddock denies every call now', body: why }).show()
}

/** The main process listens like a window that may not answer. */
function followState(broker: BrokerProcess, take: (state: State) => void): void {
  const client = operatorClient(broker.open(['console']))
  client.on('state', take)
  client.call('state', {}).then(take, () => undefined)
}
