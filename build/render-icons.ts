import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { launchChromium } from '../test/support/chromium.ts'

// Renders the PNGs from the SVGs beside them: `node build/render-icons.ts` after changing one.

const tray = join(import.meta.dirname, '../electron/desktop/icons')
const pictures = [
  { svg: join(import.meta.dirname, 'icon.svg'), png: join(import.meta.dirname, 'icon.png'), size: 512 },
  { svg: join(import.meta.dirname, 'icon.svg'), png: join(tray, 'window.png'), size: 128 },
  ...['protected', 'asking', 'degraded'].flatMap((state) =>
    [1, 2].map((scale) => ({
      svg: join(tray, `tray-${state}.svg`),
      png: join(tray, `tray-${state}${scale === 1 ? '' : `@${scale}x`}.png`),
      size: 22 * scale,
    })),
  ),
]

const browser = await launchChromium()
for (const { svg, png, size } of pictures) {
  const page = await browser.newPage({ viewport: { width: size, height: size } })
  await page.setContent(`<style>body{margin:0}svg{display:block;width:${size}px;height:${size}px}</style>${readFileSync(svg, 'utf8')}`)
  await page.screenshot({ path: png, omitBackground: true })
  await page.close()
}
await browser.close()
