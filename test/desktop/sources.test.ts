import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'

const root = join(import.meta.dirname, '../..')
const desktop = join(root, 'electron/desktop')
const sources = readdirSync(desktop)
  .filter((name) => name.endsWith('.ts'))
  .map((name) => ({ name, text: readFileSync(join(desktop, name), 'utf8') }))
const named = (pattern: RegExp): string[] => sources.filter(({ text }) => pattern.test(text)).map(({ name }) => name)

describe('the source of the desktop', () => {
  test('takes values from Electron in one file, and one more for pages', () => {
    expect(named(/^import (?!type).*\n?(?:[^'"]*\n)*?[^'"]*from 'electron'/m)).toEqual(['host-electron.ts', 'preload.ts'])
  })

  test('makes windows in one place', () => {
    expect(named(/new host\.BrowserWindow|new BrowserWindow/)).toEqual(['windows.ts'])
  })

  test('has no way to hand an address to another program', () => {
    expect(named(/\bopenExternal\b|\bopenPath\b|[{ ,]shell[ ,}]/)).toEqual([])
  })

  test('never takes the keyboard', () => {
    expect(named(/\.focus\(|\.moveTop\(|'focus'/)).toEqual([])
  })
})

describe('the built desktop', () => {
  const main = readFileSync(join(root, 'out/main/index.js'), 'utf8')
  const preload = readFileSync(join(root, 'out/preload/index.cjs'), 'utf8')

  test('has no exception for development', () => {
    expect(main).not.toMatch(/localhost|127\.0\.0\.1|VITE_|NODE_ENV|isPackaged|openDevTools/)
  })

  test('has a preload that a sandbox can load: one file that requires electron and nothing else', () => {
    expect([...preload.matchAll(/require\(([^)]*)\)/g)].map(([, what]) => what)).toEqual(['"electron"'])
    expect(preload).not.toMatch(/^\s*(import|export)\b|process\.|\bBuffer\b/m)
  })

  test('exposes one name to pages', () => {
    expect([...preload.matchAll(/exposeInMainWorld\(("\w+")/g)].map(([, name]) => name)).toEqual(['"paddock"'])
  })
})
