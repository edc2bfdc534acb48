import { chmodSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { readOrCreateKey } from '../../electron/journal/key.ts'

let folder: string
let file: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'paddock-key-'))
  file = join(folder, 'config', 'journal.key')
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

test('a key is made once, for its owner only', () => {
  const made = readOrCreateKey(file)
  expect(made).toMatchObject({ ok: true, value: { length: 32 } })
  expect(readOrCreateKey(file)).toEqual(made)
  expect(statSync(file).mode & 0o777).toBe(0o600)
  expect(statSync(join(folder, 'config')).mode & 0o777).toBe(0o700)
})

test('a key that others can read is refused, with the way out', () => {
  readOrCreateKey(file)
  chmodSync(file, 0o640)
  expect(readOrCreateKey(file)).toMatchObject({ ok: false, error: expect.stringContaining('chmod 600') })
})

test('a key in a folder that others can write to is refused', () => {
  readOrCreateKey(file)
  chmodSync(join(folder, 'config'), 0o777)
  expect(readOrCreateKey(file)).toMatchObject({ ok: false, error: expect.stringContaining('chmod go-w') })
})

test('a damaged key is refused, not replaced', () => {
  readOrCreateKey(file)
  writeFileSync(file, 'short')
  expect(readOrCreateKey(file)).toMatchObject({ ok: false, error: expect.stringContaining('damaged') })
})
