import { describe, expect, test } from 'vitest'
import { diffLines } from '../../renderer/console/diff-lines.ts'
import { viewOf } from '../../renderer/console/route.ts'
import { matches, rowOf } from '../../renderer/console/row.ts'
import { statusOf } from '../../renderer/console/status.ts'
import { merge } from '../../renderer/console/use-timeline.ts'
import { connection, morning, request, state } from './fixtures.ts'

describe('the status', () => {
  test('is Protected only when an agent is held and nothing is wrong', () => {
    expect(statusOf(state(), false)).toEqual({ tone: 'allow', word: 'Protected', alerts: [] })
    expect(statusOf(state({ connections: [connection({ state: 'not-connected' })] }), false).word).toBe('No agent yet')
    expect(statusOf(state({ requests: [request(), request()] }), false)).toMatchObject({ tone: 'ask', word: '2 waiting' })
  })

  test('says loudly what weakens the fence, also while calls wait', () => {
    const requests = [request()]
    const policy = { ...state().policy, errors: ['a.yaml:1:1 wrong'] }
    expect(statusOf(state({ requests, policy }), false)).toMatchObject({ tone: 'alert', word: 'Policy error' })
    expect(statusOf(state({ requests, policy }), false).alerts[0]).toContain('revision 12 stays in force: a.yaml:1:1 wrong')
    expect(statusOf(state({ requests, journal: { file: 'j', rows: 1, problem: 'row 3 was changed' } }), false).word).toBe('Journal problem')
    const altered = statusOf(state({ requests, connections: [connection({ state: 'altered', note: 'The hook is gone.' })] }), false)
    expect(altered).toMatchObject({ tone: 'alert', word: 'Not held' })
    expect(altered.alerts).toEqual(['Claude Code is no longer held: The hook is gone.'])
  })

  test('says what happens while the broker is gone', () => {
    expect(statusOf(state(), true).alerts[0]).toContain('Every call of a connected agent is denied')
  })
})

describe('the rows of the timeline', () => {
  const rows = morning(40).map(rowOf)

  test('are filtered by verdict and by every word', () => {
    expect(rows.filter((row) => matches(row, { tone: 'deny', text: '' })).every((row) => row.word === 'Denied')).toBe(true)
    const found = rows.filter((row) => matches(row, { tone: 'all', text: 'PUSH you' }))
    expect(found.length).toBeGreaterThan(0)
    expect(found.every((row) => row.subject.includes('push') && row.by.includes('you'))).toBe(true)
    expect(rows.filter((row) => matches(row, { tone: 'other', text: '' })).map((row) => row.word)).toContain('Paddock')
  })

  test('are kept in order and once each, however they arrive', () => {
    const events = morning(30)
    const shuffled = [...events.slice(10, 20), ...events.slice(0, 15)]
    expect(merge(shuffled, events.slice(18))).toEqual(events)
  })
})

test('a diff keeps its lines, also those that look like a header', () => {
  expect(diffLines('--- a\n+++ b\n@@ -1,2 +1,2 @@\n same\n--- gone\n+++ new\n')).toEqual([
    { kind: 'file', text: '--- a' },
    { kind: 'file', text: '+++ b' },
    { kind: 'hunk', text: '@@ -1,2 +1,2 @@' },
    { kind: 'same', text: ' same' },
    { kind: 'removed', text: '--- gone' },
    { kind: 'added', text: '+++ new' },
  ])
})

test('an address that names no view shows the timeline', () => {
  expect(viewOf('#/grants')).toBe('grants')
  expect(viewOf('#/<script>')).toBe('timeline')
  expect(viewOf('')).toBe('timeline')
})
