import { EventEmitter } from 'node:events'

export class Menu {
  static application: Menu | null = null
  readonly items: readonly Electron.MenuItemConstructorOptions[]

  constructor(items: readonly Electron.MenuItemConstructorOptions[]) {
    this.items = items
  }

  static buildFromTemplate(template: Electron.MenuItemConstructorOptions[]): Menu {
    return new Menu(template)
  }

  static setApplicationMenu(menu: Menu | null): void {
    Menu.application = menu
  }

  /** What a person's click on the entry does. */
  click(label: string): void {
    const item = this.items.find((candidate) => candidate.label === label)
    if (!item || item.enabled === false) throw new Error(`There is no entry "${label}" to click on.`)
    const click = item.click as (() => void) | undefined
    click?.()
  }
}

export class Tray extends EventEmitter {
  /** The icon, once the program has one. */
  static shown: Tray | null = null
  icon: string
  tooltip = ''
  menu: Menu | null = null

  constructor(icon: string) {
    super()
    this.icon = icon
    Tray.shown = this
  }

  setImage(icon: string): void {
    this.icon = icon
  }
  setToolTip(tooltip: string): void {
    this.tooltip = tooltip
  }
  setContextMenu(menu: Menu | null): void {
    this.menu = menu
  }
}

export class Notification extends EventEmitter {
  static readonly shown: Notification[] = []
  readonly options: Electron.NotificationConstructorOptions
  closed = false

  constructor(options: Electron.NotificationConstructorOptions = {}) {
    super()
    this.options = options
  }

  static isSupported(): boolean {
    return true
  }

  show(): void {
    Notification.shown.push(this)
    this.emit('show')
  }
  close(): void {
    this.closed = true
    this.emit('close')
  }
}

export const screen = {
  getPrimaryDisplay: () => ({ workArea: { x: 0, y: 0, width: 1920, height: 1040 } }) as Electron.Display,
}
