import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { canonicalHost } from '../../electron/effects/host.ts'

describe('a host has one form', () => {
  test.for([
    ['example.com', 'example.com'],
    ['EXAMPLE.Com.', 'example.com'],
    ['xn--bcher-kva.example', 'xn--bcher-kva.example'],
    ['bücher.example', 'xn--bcher-kva.example'],
    ['ｅｘａｍｐｌｅ。com', 'example.com'],
    ['127.1', '127.0.0.1'],
    ['0x7f000001', '127.0.0.1'],
    ['2130706433', '127.0.0.1'],
    ['0177.0.0.01', '127.0.0.1'],
    ['１２７.0.0.1', '127.0.0.1'],
    ['127.0.0.1.', '127.0.0.1'],
    ['[::1]', '::1'],
    ['0:0:0:0:0:0:0:1', '::1'],
    ['FE80::1%eth0', 'fe80::1'],
    ['::ffff:10.0.0.1', '10.0.0.1'],
    ['[::FFFF:0a00:0001]', '10.0.0.1'],
    ['localhost', 'localhost'],
  ] as const)('%s is %s', ([written, canonical]) => {
    expect(canonicalHost(written)).toBe(canonical)
  })
  test.for(['', '.', 'a b', 'a/b', 'a@b', 'a:80', 'a\0b', 'a?b', 'a#b', 'a\\b', '{a,b}', '1.2.3.4.5', '300.1.1.1', '[::1', ':::', 'x'.repeat(2000)])(
    '%j is no host',
    (written) => {
      expect(canonicalHost(written)).toBeUndefined()
    },
  )
})

test('a form stays what it is, whatever the text', () => {
  const anyHost = fc.oneof(fc.string({ unit: 'binary', maxLength: 30 }), fc.domain(), fc.ipV4Extended(), fc.ipV6())
  fc.assert(
    fc.property(anyHost, (text) => {
      const once = canonicalHost(text)
      if (once !== undefined) expect(canonicalHost(once)).toBe(once)
    }),
    { numRuns: 2000 },
  )
})
