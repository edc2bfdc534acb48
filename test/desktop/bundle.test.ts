import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, describe, expect, test } from 'vitest'
import { contentSecurityPolicy, readBundle, serveBundle } from '../../electron/desktop/bundle.ts'

const folder = mkdtempSync(join(tmpdir(), 'paddock-bundle-'))
mkdirSync(join(folder, 'renderer/assets'), { recursive: true })
writeFileSync(join(folder, 'outside.js'), 'outside')
for (const [name, text] of Object.entries({
  'prompt.html': 'the prompt',
  'console.html': 'the console',
  'assets/shared.js': 'shared',
  'assets/shared.js.map': 'a source map',
}))
  writeFileSync(join(folder, 'renderer', name), text)
symlinkSync('../outside.js', join(folder, 'renderer/linked.js'))
symlinkSync('..', join(folder, 'renderer/up'))
afterAll(() => rmSync(folder, { recursive: true }))

const bundle = readBundle(join(folder, 'renderer'))
const prompt = serveBundle(bundle, 'prompt')
const get = (url: string, method = 'GET') => prompt({ url, method })

describe('the pages of a window', () => {
  test('are its own page and what pages share', async () => {
    const page = get('prompt://paddock/prompt.html')
    expect([page.status, page.headers.get('content-type'), await page.text()]).toEqual([200, 'text/html; charset=utf-8', 'the prompt'])
    const script = get('prompt://paddock/assets/shared.js?v=1')
    expect([script.status, script.headers.get('content-type'), await script.text()]).toEqual([200, 'text/javascript; charset=utf-8', 'shared'])
  })

  test.each([
    ["another window's page", 'prompt://paddock/console.html', 'GET', 404],
    ['a path that climbs', 'prompt://paddock/../outside.js', 'GET', 404],
    ['a path that climbs in disguise', 'prompt://paddock/%2e%2e/outside.js', 'GET', 404],
    ['an encoded slash', 'prompt://paddock/assets%2fshared.js', 'GET', 404],
    ['a backslash', 'prompt://paddock/assets\\shared.js', 'GET', 404],
    ['a NUL', 'prompt://paddock/assets/shared.js%00.html', 'GET', 404],
    ['another case', 'prompt://paddock/PROMPT.html', 'GET', 404],
    ['a doubled slash', 'prompt://paddock//prompt.html', 'GET', 404],
    ['a folder', 'prompt://paddock/assets/', 'GET', 404],
    ['nothing', 'prompt://paddock/', 'GET', 404],
    ['a symbolic link', 'prompt://paddock/linked.js', 'GET', 404],
    ['a linked folder', 'prompt://paddock/up/outside.js', 'GET', 404],
    ['a source map', 'prompt://paddock/assets/shared.js.map', 'GET', 404],
    ['another host', 'prompt://elsewhere/prompt.html', 'GET', 400],
    ['a host that only begins like ours', 'prompt://paddock.evil/prompt.html', 'GET', 400],
    ['a user before the host', 'prompt://me@paddock/prompt.html', 'GET', 400],
    ["another window's scheme", 'app://paddock/prompt.html', 'GET', 400],
    ['a write', 'prompt://paddock/prompt.html', 'POST', 400],
    ['a question for options', 'prompt://paddock/prompt.html', 'OPTIONS', 400],
  ])('are not %s', async (_what, url, method, status) => {
    const response = get(url, method)
    expect([response.status, await response.text()]).toEqual([status, ''])
  })

  test('are never anything but files of the bundle, whatever the path', async () => {
    const contents = ['the prompt', 'shared']
    const part = fc.constantFrom('.', '/', '\\', '%2e', '%2f', '%', 'a', 'up', 'outside.js', 'assets', 'shared.js', '?', '#')
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: part }), async (path) => {
        const response = get(`prompt://paddock/${path}`)
        expect(response.status === 200 ? contents : ['']).toContain(await response.text())
      }),
    )
  })

  test('can be asked for by their headers alone', async () => {
    const response = get('prompt://paddock/prompt.html', 'HEAD')
    expect([response.status, await response.text()]).toEqual([200, ''])
  })

  test.each(['prompt://paddock/prompt.html', 'prompt://paddock/missing', 'prompt://elsewhere/'])(
    'carry the security headers: %s',
    (url) => {
      const { headers } = get(url)
      expect(headers.get('content-security-policy')).toBe(contentSecurityPolicy)
      expect(headers.get('x-content-type-options')).toBe('nosniff')
      expect(headers.get('referrer-policy')).toBe('no-referrer')
      expect(headers.get('cache-control')).toBe('no-store')
    },
  )
})

test('the policy for content lets nothing in but the bundle', () => {
  expect(contentSecurityPolicy).toBe(
    "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src 'self' data:; connect-src 'self'; " +
      "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; object-src 'none'; require-trusted-types-for 'script'",
  )
})
