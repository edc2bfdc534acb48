import type {
  App,
  BrowserWindow,
  BrowserWindowConstructorOptions,
  IpcMain,
  Menu,
  MenuItemConstructorOptions,
  Notification,
  NotificationConstructorOptions,
  Protocol,
  Screen,
  Session,
  Tray,
  UtilityProcess,
  WebContents,
} from 'electron'

/**
 * What the desktop takes from Electron, and nothing more: what is not named here it can't do (there is no `shell`, so no
 * page can open another program). `host-electron.ts` fills it; everything else knows Electron by its types only.
 */
export interface Host {
  app: Pick<App, 'enableSandbox' | 'requestSingleInstanceLock' | 'whenReady' | 'on' | 'quit' | 'exit'>
  ipcMain: Pick<IpcMain, 'on'>
  protocol: Pick<Protocol, 'registerSchemesAsPrivileged' | 'handle'>
  session: { readonly defaultSession: HostSession }
  screen: Pick<Screen, 'getPrimaryDisplay'>
  utilityProcess: { fork(module: string, args: string[], options: { serviceName: string }): BrokerChild }
  BrowserWindow: new (options: BrowserWindowConstructorOptions) => HostWindow
  Tray: new (image: string) => HostTray
  Notification: { new (options: NotificationConstructorOptions): HostNotification; isSupported(): boolean }
  Menu: { buildFromTemplate(template: MenuItemConstructorOptions[]): Menu; setApplicationMenu(menu: Menu | null): void }
}

export type HostSession = Pick<
  Session,
  'setPermissionRequestHandler' | 'setPermissionCheckHandler' | 'setDevicePermissionHandler' | 'on'
> & { readonly webRequest: Pick<Session['webRequest'], 'onBeforeRequest'> }

export type HostContents = Pick<WebContents, 'id' | 'send' | 'on' | 'isDestroyed'>

export type HostWindow = Pick<
  BrowserWindow,
  'loadURL' | 'show' | 'showInactive' | 'hide' | 'isVisible' | 'setContentProtection' | 'setVisibleOnAllWorkspaces' | 'on'
> & { readonly webContents: HostContents }

export type HostTray = Pick<Tray, 'setImage' | 'setToolTip' | 'setContextMenu' | 'on'>

export type HostNotification = Pick<Notification, 'show' | 'close' | 'on'>

export type BrokerChild = Pick<UtilityProcess, 'pid' | 'postMessage' | 'kill' | 'on' | 'once'>
