import { EventEmitter } from 'node:events'
import { readFileSync } from 'node:fs'
import type { BrowserContext, Page, Route } from 'playwright-core'
import { app, preventable } from './app.ts'
import { theBrowser } from './browser.ts'
import type { RecordedWindow } from './recording.ts'
import { fromChromium, toChromium } from './address.ts'
import { answerFor } from './schemes.ts'
import { session } from './session.ts'
import { WebContents } from './web-contents.ts'

export const openWindows = new Set<BrowserWindow>()

/** A window: a page of Chromium that is never drawn on a desktop, so what would be seen there is recorded. */
export class BrowserWindow extends EventEmitter {
  readonly webContents: WebContents
  private readonly options: Electron.BrowserWindowConstructorOptions
  private readonly calls: string[] = []
  private readonly refused: string[] = []
  private readonly opened: Promise<BrowserContext>
  private page: Page | undefined
  private opening: Promise<Page> | undefined
  private url = ''
  private visible: boolean
  private destroyed = false
  /** The program itself navigates, which no event of Electron announces. */
  private loading = false

  constructor(options: Electron.BrowserWindowConstructorOptions) {
    super()
    this.options = options
    this.visible = options.show !== false
    this.webContents = new WebContents(() => fromChromium(this.page?.url() ?? ''))
    app.windows.add(this)
    openWindows.add(this)
    this.opened = this.openContext()
    app.emit('web-contents-created', {}, this.webContents)
  }

  async loadURL(url: string): Promise<void> {
    this.url = url
    this.opening ??= this.openPage()
    this.page = await this.opening
    this.loading = true
    try {
      await this.page.goto(toChromium(url))
    } catch (error) {
      // A newer load, or the end of the window, has taken its place.
      if (!this.destroyed && this.url === url && !String(error).includes('interrupted')) throw error
    } finally {
      this.loading = false
    }
  }

  show(): void {
    this.becomes('show', true)
  }
  showInactive(): void {
    this.becomes('showInactive', true)
  }
  hide(): void {
    this.becomes('hide', false)
  }
  focus(): void {
    this.becomes('focus', this.visible)
  }
  isVisible(): boolean {
    return this.visible
  }
  setContentProtection(enable: boolean): void {
    this.calls.push(`setContentProtection(${enable})`)
  }
  setVisibleOnAllWorkspaces(): void {
    this.calls.push('setVisibleOnAllWorkspaces')
  }

  close(): void {
    const event = preventable()
    this.emit('close', event)
    if (!event.defaultPrevented) this.destroy()
  }

  destroy(): void {
    if (this.destroyed) return
    this.destroyed = true
    app.windows.delete(this)
    openWindows.delete(this)
    this.webContents.destroy()
    this.emit('closed')
    void this.opened.then((context) => context.close()).catch(() => undefined)
    if (app.windows.size > 0) return
    if (app.listenerCount('window-all-closed') > 0) app.emit('window-all-closed')
    else app.quit()
  }

  record(): RecordedWindow {
    const { url, visible, calls, refused } = this
    return { url, visible, calls, refused, options: JSON.parse(JSON.stringify(this.options)) as Record<string, unknown> }
  }

  private becomes(call: string, visible: boolean): void {
    this.calls.push(call)
    this.visible = visible
  }

  private async openContext(): Promise<BrowserContext> {
    const { browser } = await theBrowser()
    const { width = 800, height = 600 } = this.options
    const context = await browser.newContext({ viewport: { width, height } })
    // For pages that the window's own page opens; its own requests are answered below.
    await context.route('**', (route) => route.abort())
    return context
  }

  private async openPage(): Promise<Page> {
    const context = await this.opened
    const page = await context.newPage()
    await page.route('**', (route) => this.answer(route))
    page.on('console', (line) => {
      if (line.text().includes('Content Security Policy')) this.refused.push(`content ${line.text()}`)
    })
    page.on('popup', (popup) => {
      // Chromium has opened it already; a program that denies it never sees it.
      const url = fromChromium(popup.url())
      if (this.webContents.openHandler({ url }).action === 'allow') return
      this.refused.push(`popup ${url}`)
      void popup.close()
    })
    page.on('crash', () => {
      this.opening = undefined
      void page.close()
      this.webContents.emit('render-process-gone', {}, { reason: 'crashed', exitCode: 1 })
    })
    const preload = this.options.webPreferences?.preload
    if (preload) await this.webContents.attach(await context.newCDPSession(page), readFileSync(preload, 'utf8'))
    return page
  }

  /** Every request of the page: asked of the program as Electron would, answered by its scheme's handler, or refused. */
  private async answer(route: Route): Promise<void> {
    const request = route.request()
    const url = fromChromium(request.url())
    if (request.isNavigationRequest() && this.isPrevented(url, request.frame().parentFrame() === null)) {
      this.refused.push(`navigation ${url}`)
      return route.abort('aborted')
    }
    if (await session.defaultSession.cancels(url)) {
      this.refused.push(`request ${url}`)
      return route.abort('blockedbyclient')
    }
    const response = await answerFor(url, request.method())
    if (!response) return route.abort('failed')
    const body = Buffer.from(await response.arrayBuffer())
    return route.fulfill({ status: response.status, headers: Object.fromEntries(response.headers), body })
  }

  private isPrevented(url: string, isMainFrame: boolean): boolean {
    if (this.loading && isMainFrame) return false
    const event = Object.assign(preventable(), { url, isMainFrame })
    this.webContents.emit('will-frame-navigate', event)
    if (isMainFrame) this.webContents.emit('will-navigate', event)
    return event.defaultPrevented
  }
}
