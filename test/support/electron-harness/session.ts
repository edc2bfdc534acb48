import { EventEmitter } from 'node:events'
import type { HostSession } from '../../../electron/desktop/host.ts'

type RequestHandler = Parameters<HostSession['setPermissionRequestHandler']>[0]
type CheckHandler = Parameters<HostSession['setPermissionCheckHandler']>[0]
type DeviceHandler = Parameters<HostSession['setDevicePermissionHandler']>[0]
type BeforeRequest = (details: { url: string }, answer: (response: { cancel?: boolean }) => void) => void

/** Keeps the program's handlers. Chromium's requests are put to `webRequest`; for the others there is no hook in it. */
class Session extends EventEmitter {
  private beforeRequest: BeforeRequest | null = null
  private permissionRequest: RequestHandler = null
  private permissionCheck: CheckHandler = null
  private device: DeviceHandler = null

  readonly webRequest = {
    onBeforeRequest: (...args: unknown[]): void => {
      this.beforeRequest = args.at(-1) as BeforeRequest | null
    },
  }

  setPermissionRequestHandler(handler: RequestHandler): void {
    this.permissionRequest = handler
  }
  setPermissionCheckHandler(handler: CheckHandler): void {
    this.permissionCheck = handler
  }
  setDevicePermissionHandler(handler: DeviceHandler): void {
    this.device = handler
  }

  /** Whether the program cancels a request for `url`. */
  cancels(url: string): Promise<boolean> {
    const { beforeRequest } = this
    if (!beforeRequest) return Promise.resolve(false)
    return new Promise((resolve) => beforeRequest({ url }, ({ cancel }) => resolve(cancel ?? false)))
  }

  /** What the program answers to a page that wants `permission`. Without a handler Electron grants. */
  async answersTo(permission: string): Promise<{ request: boolean; check: boolean; device: boolean }> {
    const { permissionRequest, permissionCheck, device } = this
    const name = permission as Parameters<NonNullable<RequestHandler>>[1]
    const contents = {} as Electron.WebContents
    const origin = 'app://paddock'
    return {
      request: await new Promise((resolve) =>
        permissionRequest ? permissionRequest(contents, name, resolve, { requestingUrl: origin, isMainFrame: true }) : resolve(true),
      ),
      check: permissionCheck?.(contents, name, origin, { isMainFrame: true }) ?? true,
      device: device?.({ deviceType: 'usb', origin, device: {} as Electron.USBDevice }) ?? true,
    }
  }
}

export const session = { defaultSession: new Session() }
