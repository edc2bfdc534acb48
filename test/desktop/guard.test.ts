import { expect, test } from 'vitest'
import type { State } from '../../electron/contract/operator.ts'
import type { PendingRequest } from '../../electron/contract/request.ts'
import { guardLine, guardOf } from '../../electron/desktop/guard.ts'

const state = (change: Partial<State> = {}): State => ({
  version: '0.0.0',
  now: 0,
  requests: [],
  sessions: [],
  monitor: { problems: [] },
  contained: [],
  running: { agents: [], servers: [], findings: [], gaps: [] },
  grants: [],
  connections: [],
  policy: { revision: 1, files: [], errors: [] },
  journal: { file: '/journal.db', rows: 1 },
  ...change,
})
const request = {} as PendingRequest

test.each([
  ['nothing waits', state(), 'Paddock: protected'],
  ['one call waits', state({ requests: [request] }), 'Paddock: 1 call waits for you'],
  ['calls wait', state({ requests: [request, request] }), 'Paddock: 2 calls wait for you'],
])('the tray says that %s', (_what, now, line) => {
  expect(guardLine(guardOf({ up: true, state: now }))).toBe(line)
})

test('a broker that is gone is degraded, and the tray says what becomes of calls and why', () => {
  const guard = guardOf({ up: false, why: 'It ended.' })
  expect(guard.kind).toBe('degraded')
  expect(guardLine(guard)).toBe('Paddock: degraded. The broker is gone: every call is denied. It ended.')
})

test('a record that can not be written is degraded, even while calls wait', () => {
  const journal = { file: '/journal.db', rows: 1, problem: 'The disk is full.' }
  const guard = guardOf({ up: true, state: state({ requests: [request], journal }) })
  expect(guardLine(guard)).toContain('every call is denied. The disk is full.')
})

test('until the broker has spoken nothing is protected', () => {
  expect(guardOf({ up: true, state: undefined }).kind).toBe('degraded')
})
