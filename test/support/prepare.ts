import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { prepareChromium } from './chromium.ts'

const root = join(import.meta.dirname, '../..')

/** vitest globalSetup: what the tests run is what is built, and a real Chromium is at hand (`process.env.CHROMIUM`). */
export default async function prepare(): Promise<void> {
  if (isStale()) execFileSync(process.execPath, [join(root, 'node_modules/vite/bin/vite.js'), 'build', '--app', '--logLevel', 'warn'], { cwd: root, stdio: 'inherit' })
  process.env['CHROMIUM'] ??= await prepareChromium()
}

function isStale(): boolean {
  const built = join(root, 'out/hook/hook.cjs')
  if (!existsSync(built)) return true
  const at = statSync(built).mtimeMs
  return ['electron', 'renderer', 'vite.config.ts', 'package.json'].some((name) => newest(join(root, name)) > at)
}

function newest(path: string): number {
  const own = statSync(path)
  if (!own.isDirectory()) return own.mtimeMs
  return Math.max(own.mtimeMs, ...readdirSync(path).map((name) => newest(join(path, name))))
}
