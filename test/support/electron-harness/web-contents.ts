import { EventEmitter } from 'node:events'
import type { CDPSession } from 'playwright-core'
import { ipcMain } from './ipc-main.ts'
import { makeCodec, pageWorldSource, preloadWorldSource } from './page-worlds.ts'

const codec = makeCodec()
const PRELOAD_WORLD = 'electron-preload'
let count = 0

/** One page, seen from the main process. */
export class WebContents extends EventEmitter {
  readonly id = ++count
  readonly mainFrame: { readonly parent: null; readonly url: string; readonly origin: string }
  openHandler: (details: { url: string }) => { action: 'allow' | 'deny' } = () => ({ action: 'allow' })
  private destroyed = false
  private cdp: CDPSession | undefined
  private preloadContext: number | undefined

  constructor(currentUrl: () => string) {
    super()
    this.mainFrame = {
      parent: null,
      get url() {
        return currentUrl()
      },
      get origin() {
        return /^[a-z]+:\/\/[^/]+/.exec(currentUrl())?.[0] ?? 'null'
      },
    }
  }

  setWindowOpenHandler(handler: WebContents['openHandler']): void {
    this.openHandler = handler
  }

  isDestroyed(): boolean {
    return this.destroyed
  }

  destroy(): void {
    this.destroyed = true
    this.emit('destroyed')
  }

  send(channel: string, ...args: unknown[]): void {
    const packed = args.map((value) => codec.pack(structuredClone(value)))
    const expression = `receiveFromMain(${JSON.stringify(channel)}, ${JSON.stringify(packed)})`
    if (this.preloadContext === undefined || this.destroyed) return
    // A page that is just going away is a message lost, as in Electron.
    this.cdp?.send('Runtime.evaluate', { contextId: this.preloadContext, expression }).catch(() => undefined)
  }

  /** Gives the page its preload, for every document from now on. */
  async attach(cdp: CDPSession, preload: string): Promise<void> {
    this.cdp = cdp
    cdp.on('Runtime.executionContextCreated', ({ context }) => {
      if (context.name === PRELOAD_WORLD) this.preloadContext = context.id
    })
    cdp.on('Runtime.bindingCalled', ({ name, payload, executionContextId }) => {
      if (name === 'sendToMain' && executionContextId === this.preloadContext) this.receive(payload)
    })
    const key = `bridge-${crypto.randomUUID()}`
    await cdp.send('Runtime.enable')
    await cdp.send('Page.enable')
    await cdp.send('Runtime.addBinding', { name: 'sendToMain', executionContextName: PRELOAD_WORLD })
    const everyDocument = 'Page.addScriptToEvaluateOnNewDocument'
    await cdp.send(everyDocument, { source: pageWorldSource(key), runImmediately: true })
    await cdp.send(everyDocument, { source: preloadWorldSource(key, preload), worldName: PRELOAD_WORLD, runImmediately: true })
  }

  private receive(payload: string): void {
    const { channel, args } = JSON.parse(payload) as { channel: string; args: unknown[] }
    ipcMain.emit(channel, { sender: this, senderFrame: this.mainFrame }, ...args.map(codec.unpack))
  }
}
