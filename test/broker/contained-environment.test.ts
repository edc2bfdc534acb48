import { join } from 'node:path'
import { expect, test } from 'vitest'
import { containedEnvironment } from '../../electron/broker/contained-environment.ts'
import type { EnvironmentPolicy } from '../../electron/policy/environment-rules.ts'

const SHIPPED = join(import.meta.dirname, '../../policies')

function environmentFor(names: string[], policy: EnvironmentPolicy) {
  const chosen = containedEnvironment(names, 'claude-code', () => policy, SHIPPED)
  if (!chosen.ok) throw new Error(chosen.error)
  return chosen.value
}

test('a secret for two hosts is one placeholder, and goes over TLS unless the policy says otherwise', () => {
  const { passed, withheld, wanted, set, secrets, take } = environmentFor(['PATH', 'SHOP_TOKEN', 'NPM_TOKEN'], {
    pass: ['SHOP_TOKEN'],
    inject: [
      { variable: 'SHOP_TOKEN', host: 'api.shop.example', headers: ['authorization'] },
      { variable: 'SHOP_TOKEN', host: '127.0.0.2', headers: ['x-key'], upgrade: false },
      { variable: 'ABSENT', host: 'api.shop.example', headers: ['authorization'] },
    ],
  })
  expect({ passed, withheld, wanted }).toEqual({ passed: ['PATH'], withheld: ['NPM_TOKEN'], wanted: ['SHOP_TOKEN'] })
  expect(secrets).toMatchObject([
    { host: 'api.shop.example', headers: ['authorization'], upgrade: true, placeholder: set['SHOP_TOKEN'] },
    { host: '127.0.0.2', headers: ['x-key'], upgrade: false, placeholder: set['SHOP_TOKEN'] },
  ])
  expect(secrets.map(({ value }) => value())).toEqual([undefined, undefined])
  take({ SHOP_TOKEN: 'v', NPM_TOKEN: 'w' })
  expect(secrets.map(({ value }) => value())).toEqual(['v', 'v'])
})

test('what leads programs astray is no secret for requests either', () => {
  const { set, wanted } = environmentFor(['LD_PRELOAD'], { pass: [], inject: [{ variable: 'LD_PRELOAD', host: 'a.example', headers: ['x-key'] }] })
  expect([wanted, set['LD_PRELOAD']]).toEqual([[], undefined])
})

test('a damaged installation is told', () => {
  expect(containedEnvironment([], 'codex', () => ({ pass: [], inject: [] }), '/nowhere')).toMatchObject({ ok: false, error: expect.stringContaining('Install Paddock again') })
})
