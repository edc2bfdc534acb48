import { createServer, type AddressInfo } from 'node:net'
import { chromium, type Browser } from 'playwright-core'
import { prepareChromium } from '../chromium.ts'

let starting: Promise<{ browser: Browser; address: string }> | undefined

/** The Chromium that all windows of this program are pages of; `address` is where a test may attach to it as well. */
export function theBrowser(): Promise<{ browser: Browser; address: string }> {
  starting ??= start()
  return starting
}

export async function closeBrowser(): Promise<void> {
  await (await starting)?.browser.close()
}

async function start(): Promise<{ browser: Browser; address: string }> {
  const port = await freePort()
  const browser = await chromium.launch({
    executablePath: await prepareChromium(),
    args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', `--remote-debugging-port=${port}`],
  })
  return { browser, address: `http://127.0.0.1:${port}` }
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo
      server.close(() => resolve(port))
    })
  })
}
