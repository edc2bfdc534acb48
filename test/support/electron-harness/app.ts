import { EventEmitter } from 'node:events'
import { closeBrowser } from './browser.ts'
import { claimInstance } from './single-instance.ts'

/** An event whose default can be prevented. */
export function preventable(): { preventDefault(): void; readonly defaultPrevented: boolean } {
  let prevented = false
  return {
    preventDefault: () => {
      prevented = true
    },
    get defaultPrevented() {
      return prevented
    },
  }
}

class App extends EventEmitter {
  sandboxed = false
  /** Kept by `browser-window.ts`; here because quitting closes windows. */
  readonly windows = new Set<{ close(): void; destroy(): void }>()
  private unfinished: Promise<unknown> = Promise.resolve()
  private readonly ready = Promise.withResolvers<void>()

  becomeReady(): void {
    this.emit('ready')
    this.ready.resolve()
  }

  whenReady(): Promise<void> {
    return this.ready.promise
  }

  enableSandbox(): void {
    this.sandboxed = true
  }

  requestSingleInstanceLock(): boolean {
    const { first, handedOver } = claimInstance((argv) => this.emit('second-instance', {}, argv))
    this.unfinished = handedOver
    return first
  }

  /** In Electron's order; each step may be prevented. */
  quit(): void {
    const before = preventable()
    this.emit('before-quit', before)
    if (before.defaultPrevented) return
    for (const window of this.windows) window.close()
    if (this.windows.size > 0) return
    const will = preventable()
    this.emit('will-quit', will)
    if (!will.defaultPrevented) this.exit(0)
  }

  exit(code = 0): void {
    for (const window of this.windows) window.destroy()
    this.emit('quit', {}, code)
    void Promise.allSettled([this.unfinished, closeBrowser()]).then(() => process.exit(code))
  }
}

export const app = new App()
process.once('SIGTERM', () => app.quit())
