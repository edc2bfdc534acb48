import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { lookUp, readManifest, type Manifest } from '../../electron/headless/static-files.ts'

let folder: string
let manifest: Manifest
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'paddock-pages-'))
  const pages = join(folder, 'pages')
  mkdirSync(join(pages, 'assets'), { recursive: true })
  writeFileSync(join(folder, 'secret.js'), 'secret')
  writeFileSync(join(pages, 'headless.html'), '<!doctype html>')
  writeFileSync(join(pages, 'prompt.html'), 'the desktop’s')
  writeFileSync(join(pages, 'assets/app-1a2b.js'), 'app')
  writeFileSync(join(pages, 'assets/app.js.map'), '{}')
  symlinkSync(join(folder, 'secret.js'), join(pages, 'assets/link.js'))
  symlinkSync(folder, join(pages, 'up'))
  const read = readManifest(pages, 'headless.html')
  if (!read.ok) throw new Error(read.error)
  manifest = read.value
})
afterAll(() => rmSync(folder, { recursive: true }))

describe('the files of the page', () => {
  test('are its own page and assets, and nothing else', () => {
    expect([...manifest.keys()].toSorted()).toEqual(['/', '/assets/app-1a2b.js'])
  })

  test.each([
    ['/', 'text/html; charset=utf-8'],
    ['/assets/app-1a2b.js', 'text/javascript; charset=utf-8'],
  ])('%s is served', (path, type) => {
    expect(lookUp(manifest, 'GET', path)).toMatchObject({ type })
    expect(lookUp(manifest, 'HEAD', path)).toMatchObject({ type })
    for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS', 'TRACE']) expect(lookUp(manifest, method, path)).toBe(405)
  })

  test.each([
    ['/assets/link.js', 404],
    ['/up/secret.js', 404],
    ['/prompt.html', 404],
    ['/headless.html', 404],
    ['/assets/app.js.map', 404],
    ['/assets/', 404],
    ['//assets/app-1a2b.js', 404],
    ['/assets/../../secret.js', 400],
    ['/assets/./app-1a2b.js', 400],
    ['/assets/%2e%2e/%2e%2e/secret.js', 400],
    ['/assets%2fapp-1a2b.js', 400],
    [String.raw`/assets\..\..\secret.js`, 400],
    ['/assets/app-1a2b.js\0', 400],
    ['/?x', 400],
    ['http://127.0.0.1/', 400],
    ['*', 400],
  ])('%s is not', (path, status) => {
    expect(lookUp(manifest, 'GET', path)).toBe(status)
  })

  test('are only ever those that were there, whatever is asked for', () => {
    const piece = fc.constantFrom('/', '.', '..', '%2e', '%00', 'assets', 'app-1a2b.js', 'secret.js', 'up', '\\', '?', '#')
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 8 }), (pieces) => {
        const found = lookUp(manifest, 'GET', pieces.join(''))
        if (typeof found !== 'number') expect([...manifest.values()]).toContain(found)
      }),
    )
  })

  test('that were not built are an error that says what to do', () => {
    for (const missing of [join(folder, 'nothing'), folder])
      expect(readManifest(missing, 'headless.html')).toMatchObject({ ok: false, error: expect.stringContaining('npm run build') })
  })
})
