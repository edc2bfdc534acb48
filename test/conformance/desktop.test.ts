import type { Page } from 'playwright-core'
import type { Channel, ToWindow } from '../../electron/contract/channel.ts'
import { makeHome } from '../broker/fixture.ts'
import { startDesktop } from '../support/electron-harness/desktop.ts'
import { conformance } from './conformance.ts'

conformance('in the windows of the desktop', async () => {
  const home = makeHome()
  const desktop = await startDesktop(home)
  return {
    home,
    open: async (role) => ({ channel: await pageChannel(await desktop.page(role)), roles: [role] }),
    breakBroker: async () => {
      for (const { pid } of (await desktop.look()).processes) process.kill(pid, 'SIGKILL')
    },
    close: async () => {
      await desktop.quit()
      home.remove()
    },
  }
})

/** The page's own client counts from 1. */
const OFFSET = 1_000_000

/** What a page has in `window.paddock`, from outside the page and beside the client that the page itself has on it. */
async function pageChannel(page: Page): Promise<Channel> {
  const messages: ((message: unknown) => void)[] = []
  const closes: (() => void)[] = []
  await page.exposeFunction('tellTest', (message: ToWindow) => {
    if ('id' in message && message.id !== -1) {
      if (message.id < OFFSET) return
      message.id -= OFFSET
    }
    for (const listener of messages) listener(message)
  })
  await page.exposeFunction('tellTestOfClose', () => closes.forEach((listener) => listener()))
  await page.evaluate(() => {
    const { paddock, tellTest, tellTestOfClose } = window as unknown as {
      paddock: Pick<Channel, 'onMessage' | 'onClose'>
      tellTest: (message: unknown) => void
      tellTestOfClose: () => void
    }
    paddock.onMessage(tellTest)
    paddock.onClose(tellTestOfClose)
  })
  return {
    send: (message) => void page.evaluate((sent) => window.paddock?.send(sent), moved(message)).catch(() => 'the page is gone'),
    onMessage: (listener) => void messages.push(listener),
    onClose: (listener) => void closes.push(listener),
    close: () => void page.close(),
  }
}

function moved(message: unknown): unknown {
  const id = (message as { id?: unknown } | null)?.id
  return typeof id === 'number' ? { ...(message as object), id: id + OFFSET } : message
}
