import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { canonicalPath } from '../../electron/broker/real-world.ts'

let root: string
beforeAll(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), 'paddock-world-')))
  mkdirSync(join(root, 'a/b'), { recursive: true })
  writeFileSync(join(root, 'secret'), '')
  symlinkSync(join(root, 'a/b'), join(root, 'link'))
  symlinkSync('../../secret', join(root, 'a/b/relative'))
  symlinkSync(join(root, 'nowhere/new'), join(root, 'dangling'))
  symlinkSync(join(root, 'loop2'), join(root, 'loop1'))
  symlinkSync(join(root, 'loop1'), join(root, 'loop2'))
})
afterAll(() => rmSync(root, { recursive: true, force: true }))

describe('a path is the one the operating system would reach', () => {
  test.each([
    ['a/b', 'a/b'],
    ['link/x/new', 'a/b/x/new'],
    ['link/../c', 'a/c'],
    ['link/relative', 'secret'],
    ['dangling', 'nowhere/new'],
    ['dangling/deeper', 'nowhere/new/deeper'],
    ['not/../there', 'there'],
    ['link/x/../../c', 'a/c'],
    ['secret/below/a/file', 'secret/below/a/file'],
    ['./a//b/', 'a/b'],
  ])('%s', (path, expected) => {
    expect(canonicalPath(join(root, 'x').slice(0, -1) + path)).toBe(join(root, expected))
  })

  test('links in a circle end somewhere', () => {
    expect(canonicalPath(join(root, 'loop1'))).toContain(root)
  })

  test.runIf(process.platform === 'linux')('what means another thing for each process is not followed', () => {
    expect(canonicalPath('/proc/self/cwd/x')).toBe('/proc/self/cwd/x')
    expect(canonicalPath('/proc/self/root/etc')).toBe('/proc/self/root/etc')
  })
})
