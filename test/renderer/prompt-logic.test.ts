import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { allowLabel, answerTo, confirmation, preselected } from '../../renderer/prompt/answer.ts'
import { chordOf, type Keys } from '../../renderer/prompt/chord.ts'
import { shareLeft, timeLeft } from '../../renderer/prompt/countdown.ts'
import { callText } from '../../renderer/ui/call-text.ts'
import { effectText, sourcesText, whyOf } from '../../renderer/ui/effect-text.ts'
import { request } from './fixtures.ts'

const plain: Keys = { key: '', code: '', ctrlKey: false, metaKey: false, shiftKey: false, altKey: false, repeat: false, isComposing: false }

describe('the keys of an answer', () => {
  test('are Ctrl or Cmd with Shift and A or D', () => {
    expect(chordOf({ ...plain, key: 'A', code: 'KeyA', ctrlKey: true, shiftKey: true })).toBe('allow')
    expect(chordOf({ ...plain, key: 'd', code: 'KeyD', metaKey: true, shiftKey: true })).toBe('deny')
  })

  test('are found by position where the layout has no Latin letters', () => {
    expect(chordOf({ ...plain, key: 'Ф', code: 'KeyA', ctrlKey: true, shiftKey: true })).toBe('allow')
    expect(chordOf({ ...plain, key: 'Q', code: 'KeyA', ctrlKey: true, shiftKey: true })).toBeUndefined()
  })

  test('are never a bare key, a held key or a key of an input method', () => {
    fc.assert(
      fc.property(fc.constantFrom('a', 'A', 'd', 'D', 'Enter', ' ', 'y', '1'), fc.boolean(), fc.boolean(), (key, shiftKey, altKey) => {
        expect(chordOf({ ...plain, key, code: `Key${key.toUpperCase()}`, shiftKey, altKey })).toBeUndefined()
      }),
    )
    const chord = { ...plain, key: 'A', code: 'KeyA', ctrlKey: true, shiftKey: true }
    for (const held of [{ repeat: true }, { isComposing: true }, { altKey: true }, { metaKey: true }])
      expect(chordOf({ ...chord, ...held })).toBeUndefined()
  })
})

describe('an answer', () => {
  test('names the request by all four bindings', () => {
    const asked = request()
    expect(answerTo(asked, 'allow', 'session')).toEqual({
      id: asked.id,
      digest: asked.digest,
      revision: asked.revision,
      nonce: asked.nonce,
      verdict: 'allow',
      remember: 'session',
    })
  })

  test('remembers nothing when it denies', () => {
    expect(answerTo(request(), 'deny', 'rule').remember).toBe('once')
  })

  test('says for how long it holds', () => {
    expect(allowLabel('1h', request().call)).toBe('Allow for 1 hour')
    expect(allowLabel('30m', request().call)).toBe('Allow for 30 minutes')
    expect(confirmation(answerTo(request(), 'allow', '1h'), 'Claude Code', request().call)).toContain('for 1 hour in this session')
  })

  test('is for this call only unless the person chooses more', () => {
    expect(preselected(request().offers.toReversed())).toBe('once')
    expect(preselected([])).toBeUndefined()
  })
})

describe('the countdown', () => {
  test('rounds up, so that it never shows less time than there is', () => {
    expect(timeLeft(120_000, 0)).toBe('2:00')
    expect(timeLeft(120_000, 110_001)).toBe('0:10')
    expect(timeLeft(120_000, 130_000)).toBe('0:00')
  })

  test('shows a share between whole and nothing', () => {
    fc.assert(
      fc.property(fc.integer(), fc.integer(), fc.integer(), (askedAt, deadline, now) => {
        const share = shareLeft(askedAt, deadline, now)
        expect(share).toBeGreaterThanOrEqual(0)
        expect(share).toBeLessThanOrEqual(1)
      }),
    )
  })
})

describe('a call in words', () => {
  test('contains every character of the call', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (path, content) => {
        expect(callText({ tool: 'write', path, content }).parts.map((part) => part.text)).toEqual([path, content])
        expect(callText({ tool: 'shell', command: content }).parts).toEqual([{ label: 'Command', text: content }])
        expect(JSON.parse(callText({ tool: 'mcp', server: 's', name: 'n', arguments: { [path]: content } }).parts[1]!.text)).toEqual({
          [path]: content,
        })
      }),
    )
  })

  test('never speaks with the words of the call', () => {
    expect(callText({ tool: 'mcp', server: 'evil', name: 'harmless', arguments: {} }).wish).toBe('use a tool of an MCP server')
  })
})

describe('an effect in words', () => {
  test('keeps words apart and marks those known at run time', () => {
    expect(effectText({ kind: 'exec', program: 'git', args: ['commit', '-m', 'two words', null] })).toEqual({
      verb: 'run',
      words: ['git', 'commit', '-m', "'two words'", null],
    })
    expect(effectText({ kind: 'connect', host: '::1', port: 443, method: 'POST' })).toEqual({ verb: 'POST to', words: ['[::1]:443'] })
    expect(effectText({ kind: 'connect', host: 'example.com' }).words).toEqual(['example.com, any port'])
  })

  test('says whose data it carries away, the first few by name', () => {
    expect(sourcesText({ kind: 'connect', host: 'example.com', from: ['/a', '/b', '/c', '/d', '/e'] })).toBe('/a, /b, /c and 2 more')
    expect(sourcesText({ kind: 'write', path: '/tmp/x', from: ['/a'] })).toBe('/a')
    expect(sourcesText({ kind: 'write', path: '/tmp/x' })).toBeUndefined()
  })

  test('says what a reason adds and not the effect twice', () => {
    const [effect, reason] = [request().effects[1]!, request().reasons[1]!]
    expect(whyOf(reason, effect)).toBe('A push leaves this machine, and others see it.')
    expect(whyOf({ ...reason, message: 'Something else.' }, effect)).toBe('Something else.')
    expect(whyOf({ ...reason, message: 'It runs git push origin main.' }, effect)).toBe('')
  })
})
