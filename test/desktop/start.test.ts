import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { expect, test } from 'vitest'
import { makeHome, say } from '../broker/fixture.ts'

const script = join(import.meta.dirname, '../../scripts/start.js')

test('without Electron `npm start` runs headless and says so, with the address, in one line', async () => {
  const home = makeHome()
  const { NODE_OPTIONS: _options, ELECTRON_OVERRIDE_DIST_PATH: _dist, ...inherited } = process.env
  const env = { ...inherited, HOME: home.folders.home, PADDOCK_HOME: join(home.root, 'paddock'), ELECTRON_SKIP_BINARY_DOWNLOAD: '1' }
  const started = spawn(process.execPath, [script], { env, stdio: ['ignore', 'pipe', 'pipe'] })
  const lines: string[] = []
  const output = createInterface(started.stdout).on('line', (line) => lines.push(line))
  createInterface(started.stderr).on('line', (line) => lines.push(line))
  const ended = once(started, 'exit')

  const [line] = (await once(output, 'line')) as [string]
  expect(line).toMatch(/^No Electron here, so Paddock runs headless: .*http:\/\/127\.0\.0\.1:\d+\/#code=\S+/)
  const [address = ''] = /http:\S+/.exec(line) ?? []
  expect(await (await fetch(address)).text()).toContain('<!doctype html>')
  expect(await say(home.folders.endpoint, { type: 'status' })).toMatchObject({ type: 'status' })

  started.kill('SIGTERM')
  expect(await ended).toEqual([0, null])
  expect(lines).toHaveLength(1)
  home.remove()
})
