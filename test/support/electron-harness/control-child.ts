import { app } from './app.ts'
import { openWindows } from './browser-window.ts'
import { theBrowser } from './browser.ts'
import type { Command, ControlMessage, ControlRequest } from './control.ts'
import type { Recording } from './recording.ts'
import { registeredSchemes } from './schemes.ts'
import { session } from './session.ts'
import { Menu, Notification, Tray } from './surroundings.ts'
import { processes } from './utility-process.ts'

/** In the program's process: obeys the test that started it, and ends with it. */
export function obeyTest(): void {
  process.on('message', ({ id, command }: ControlRequest) => {
    Promise.try(() => obey(command)).then(
      (output) => tell({ id, output }),
      (error: unknown) => tell({ id, error: String(error) }),
    )
  })
  process.once('disconnect', () => app.exit(1))
  app.once('ready', () => void theBrowser().then(({ address }) => tell({ browser: address })))
}

function tell(message: ControlMessage): void {
  process.send?.(message)
}

function obey(command: Command): unknown {
  switch (command.do) {
    case 'look':
      return look()
    case 'click-tray':
      return void Tray.shown?.emit('click', {})
    case 'click-menu':
      return Tray.shown?.menu?.click(command.label)
    case 'click-notification':
      return void Notification.shown.at(-1)?.emit(command.button ? 'action' : 'click', {})
    case 'close-window':
      return [...openWindows].find((window) => window.record().url === command.url)?.close()
    case 'ask-permission':
      return session.defaultSession.answersTo(command.permission)
    case 'quit':
      return app.quit()
  }
}

function look(): Recording {
  const tray = Tray.shown
  return {
    sandboxed: app.sandboxed,
    schemes: registeredSchemes.map(({ scheme }) => scheme),
    windows: [...openWindows].map((window) => window.record()),
    tray: tray && {
      icon: tray.icon,
      tooltip: tray.tooltip,
      menu: (tray.menu?.items ?? []).flatMap(({ label, enabled = true }) => (label ? [{ label, enabled }] : [])),
    },
    notifications: Notification.shown.map(({ options, closed }) => ({
      title: options.title ?? '',
      body: options.body ?? '',
      actions: (options.actions ?? []).map(({ text }) => text ?? ''),
      closed,
    })),
    processes: [...processes].flatMap(([{ pid }, name]) => (pid === undefined ? [] : [{ pid, name }])),
    applicationMenu: Menu.application !== null,
  }
}
