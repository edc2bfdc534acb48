// `npm start`: the desktop where Electron is, or can be had; otherwise the same on a page of this machine.
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

const root = join(import.meta.dirname, '..')
const electron = join(root, 'node_modules/electron')
/** How long fetching Electron (some 110 MB) may take, milliseconds. */
const FETCH_WITHIN = 180_000
/** What a shell and the loader answer when a program, or a library it needs, is missing. */
const CANNOT_RUN = 127

if (isStale()) build()
const reason = (await whyNotElectron()) ?? (await runElectron())
if (reason !== undefined) runHeadless(reason)

/** Whether something was changed after the last file of a build was written. */
function isStale() {
  const last = join(root, 'out/hook/hook.cjs')
  if (!existsSync(last)) return true
  const builtAt = statSync(last).mtimeMs
  return ['electron', 'renderer', 'vite.config.ts', 'package.json'].some((name) => newest(join(root, name)) > builtAt)
}

/** @param {string} path @returns {number} */
function newest(path) {
  const own = statSync(path)
  if (!own.isDirectory()) return own.mtimeMs
  return Math.max(own.mtimeMs, ...readdirSync(path).map((name) => newest(join(path, name))))
}

function build() {
  const vite = join(root, 'node_modules/vite/bin/vite.js')
  const { status } = spawnSync(process.execPath, [vite, 'build', '--app', '--logLevel', 'warn'], { cwd: root, stdio: 'inherit' })
  if (status !== 0) process.exit(1)
}

/** Why the desktop can't run here, or nothing. Fetches Electron where that may help. */
async function whyNotElectron() {
  const { env, platform } = process
  if (!binary() && env['ELECTRON_SKIP_BINARY_DOWNLOAD']) return 'No Electron here'
  if (platform === 'linux' && !env['DISPLAY'] && !env['WAYLAND_DISPLAY']) return 'No display for Electron here'
  if (platform === 'linux' && process.getuid?.() === 0) return "Electron's sandbox does not work for root"
  if (!binary()) await fetchElectron()
  return binary() ? undefined : 'No Electron here'
}

/** The program that Electron's own package would start. */
function binary() {
  const named = join(electron, 'path.txt')
  const name = existsSync(named) ? readFileSync(named, 'utf8') : 'electron'
  const file = join(process.env['ELECTRON_OVERRIDE_DIST_PATH'] || join(electron, 'dist'), name)
  return existsSync(file) ? file : undefined
}

/** Electron's own installation, which does nothing but download and unpack. Its failure is no error here. */
function fetchElectron() {
  const patience = setTimeout(() => console.error('Fetching Electron. This is done once.'), 3000)
  const installing = spawn(process.execPath, [join(electron, 'install.js')], { stdio: 'ignore', timeout: FETCH_WITHIN })
  return new Promise((resolve) => {
    installing.once('error', resolve).once('exit', resolve)
  }).finally(() => clearTimeout(patience))
}

/** Runs the desktop to its end. Gives a reason instead when it can't even start. */
async function runElectron() {
  // Meant for Node; the desktop refuses to start with them.
  const { NODE_OPTIONS: _options, ELECTRON_RUN_AS_NODE: _node, ...env } = process.env
  const desktop = spawn(/** @type {string} */ (binary()), [root], { env, stdio: 'inherit' })
  forwardEnd(desktop)
  const code = await new Promise((resolve) => {
    desktop.once('error', () => resolve(CANNOT_RUN)).once('exit', resolve)
  })
  if (code === CANNOT_RUN) return 'Electron does not start here'
  process.exitCode = code ?? 1
  return undefined
}

/** Runs `paddock serve` and says why, in the line in which it gives its address. @param {string} why */
function runHeadless(why) {
  const server = spawn(process.execPath, [join(root, 'out/cli/paddock.js'), 'serve'], { stdio: ['inherit', 'pipe', 'inherit'] })
  forwardEnd(server)
  let first = true
  createInterface(server.stdout).on('line', (line) => {
    console.log(first ? `${why}, so Paddock runs headless: ${line}` : line)
    first = false
  })
  server.once('exit', (code) => {
    process.exitCode = code ?? 1
  })
}

/** Whoever ends this process means the one it runs. @param {import('node:child_process').ChildProcess} child */
function forwardEnd(child) {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill('SIGTERM'))
}
