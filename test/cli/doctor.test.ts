import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { gapsOf } from '../../electron/discovery/gaps.ts'
import { User } from './run.ts'

let user: User
beforeEach(() => (user = new User()))
afterEach(() => user.remove())

test('paddock doctor says what is lacking, and the exit code that something is', async () => {
  const { stdout, code } = await user.paddock(['doctor'])
  expect(code).toBe(1)
  expect(stdout).toMatch(/^GAP {2}Broker: does not run/m)
  expect(stdout).toMatch(/^(ok {2}|GAP ) Finding agents: /m)
  expect(stdout).toMatch(/^(ok {2}|GAP ) Events of processes: /m)
})

test('paddock doctor names a faulty registry with its line, also as JSON', async () => {
  mkdirSync(user.folders.config, { recursive: true })
  writeFileSync(join(user.folders.config, 'agents.yaml'), 'paddock: 1\nagents: [{ agent: custom }]\n')
  const { stdout } = await user.paddock(['doctor', '--json'])
  const { checks } = JSON.parse(stdout) as { checks: { what: string; fine: boolean; how: string }[] }
  expect(checks).toContainEqual({ what: 'Catalogue and registry', fine: false, how: expect.stringContaining('agents.yaml:2:') })
})

test.for(['darwin', 'win32', 'freebsd'] as const)('what can not be seen on %s is said', (platform) => {
  expect(gapsOf(platform).join(' ')).toContain('every 3 seconds')
})
