import { describe, expect, test } from 'vitest'
import type { Call } from '../../electron/contract/call.ts'
import type { AbsolutePath } from '../../electron/contract/ids.ts'
import { effectsOf } from '../../electron/effects/effects-of.ts'
import { madeUpWorld } from '../support/made-up-world.ts'
import { shippedKnowledge as knowledge } from '../support/shipped-knowledge.ts'

const world = madeUpWorld({ files: { '/w/a.ts': '', '/w/link': { to: '/home/u/.ssh' }, '/w/loop': { to: 'loop' }, '/home/u/.ssh/id_rsa': '' } })
const around = { cwd: '/w/src' as AbsolutePath, workspace: '/w' as AbsolutePath, world, knowledge }
const judge = (call: Call): unknown[] => effectsOf(call, around)

describe('a call for a file', () => {
  test.for([
    ['a.ts', '/w/src/a.ts'],
    ['../a.ts', '/w/a.ts'],
    ['/w/./x//y/', '/w/x/y'],
    ['~/.ssh/id_rsa', '/home/u/.ssh/id_rsa'],
    ['~', '/home/u'],
    ['../link/id_rsa', '/home/u/.ssh/id_rsa'],
    ['../link/../x', '/home/u/x'],
  ] as const)('for %s reaches %s', ([path, reached]) => {
    expect(judge({ tool: 'read', path })).toEqual([{ kind: 'read', path: reached }])
    expect(judge({ tool: 'write', path, content: 'x' })).toEqual([{ kind: 'write', path: reached }])
    expect(judge({ tool: 'delete', path })).toEqual([{ kind: 'delete', path: reached, recursive: true }])
  })
  test('starts where the call says', () => {
    expect(judge({ tool: 'read', path: 'a.ts', cwd: '/w' })).toEqual([{ kind: 'read', path: '/w/a.ts' }])
    expect(judge({ tool: 'read', path: 'a.ts', cwd: '..' })).toEqual([{ kind: 'read', path: '/w/a.ts' }])
  })
  test('that searches reaches everything below', () => {
    expect(judge({ tool: 'read', path: '..', recursive: true })).toEqual([{ kind: 'read', path: '/w', recursive: true }])
  })
  test('with a NUL, or without a path, is unknown', () => {
    for (const path of ['', 'a\0b']) expect(judge({ tool: 'read', path })).toMatchObject([{ kind: 'unknown' }])
    expect(judge({ tool: 'read', path: 'a', cwd: '\0' })).toMatchObject([{ kind: 'unknown' }])
  })
})

describe('a fetch', () => {
  test.for([
    ['https://Example.com/x?y#z', 'example.com', 443],
    ['http://example.com.', 'example.com', 80],
    ['https://user:pass@example.com:8443/', 'example.com', 8443],
    ['http://0177.0.0.1/', '127.0.0.1', 80],
    ['http://[::1]:3000/', '::1', 3000],
    ['https://bücher.example/', 'xn--bcher-kva.example', 443],
  ] as const)('of %s connects to %s', ([url, host, port]) => {
    expect(judge({ tool: 'fetch', url })).toMatchObject([{ kind: 'connect', host, port, method: 'GET' }])
  })
  test('says how', () => {
    expect(judge({ tool: 'fetch', url: 'https://x.example', method: 'post' })).toMatchObject([{ method: 'POST' }])
  })
  test('of a file reads it', () => {
    expect(judge({ tool: 'fetch', url: 'file:///home/u/.ssh/id%5Frsa' })).toEqual([{ kind: 'read', path: '/home/u/.ssh/id_rsa' }])
  })
  test.for(['', 'example.com', 'http://', 'http://a b/', 'http://a\\@b/', 'http://a@b@c/', 'http://x\0.example/', 'javascript:1', 'http://a:99999999/'])(
    'of %j is unknown',
    (url) => {
      expect(judge({ tool: 'fetch', url })).toMatchObject([{ kind: 'unknown' }])
    },
  )
})

test('a tool is named, with its server if it has one', () => {
  expect(judge({ tool: 'mcp', server: 'github', name: 'get_issue', arguments: {} })).toMatchObject([{ kind: 'tool', server: 'github', name: 'get_issue' }])
  expect(judge({ tool: 'agent', name: 'TodoWrite', arguments: {} })).toEqual([{ kind: 'tool', name: 'TodoWrite' }])
})
