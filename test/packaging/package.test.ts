import { execFile } from 'node:child_process'
import { accessSync, constants, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { extractAll, listPackage } from '@electron/asar'
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { parse } from 'yaml'
import { makeHome } from '../broker/fixture.ts'
import { startDesktop } from '../support/electron-harness/desktop.ts'
import { FUSE_SENTINEL, makeStubElectron } from './stub-electron.ts'

const root = join(import.meta.dirname, '../..')
const folder = mkdtempSync(join(tmpdir(), 'paddock-package-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/**
 * Packages as electron-builder.yml says, offline, with a stand-in for Electron's distribution. Gives the folder of the
 * package, or rejects with all that electron-builder printed.
 */
async function pack(name: string, fuses?: string): Promise<string> {
  const electron = join(folder, `${name}-electron`)
  const output = join(folder, name)
  await makeStubElectron(electron, fuses)
  const builder = join(root, 'node_modules/electron-builder/cli.js')
  const args = ['--linux', '--dir', '--publish', 'never', `-c.electronDist=${electron}`, `-c.directories.output=${output}`]
  await promisify(execFile)(process.execPath, [builder, ...args], { cwd: root }).catch(({ stdout, stderr }: { stdout: string; stderr: string }) => {
    throw new Error(stdout + stderr)
  })
  return join(output, process.arch === 'x64' ? 'linux-unpacked' : `linux-${process.arch}-unpacked`)
}

test('the configuration has nothing that electron-builder does not know', () => {
  const builder = createRequire(join(root, 'node_modules/app-builder-lib/package.json'))
  interface Ajv {
    addKeyword(name: string): void
    compile(schema: unknown): ((value: unknown) => boolean) & { errors?: unknown }
  }
  const { Ajv } = builder('ajv') as { Ajv: new (options: { strict: boolean }) => Ajv }
  const ajv = new Ajv({ strict: false })
  ajv.addKeyword('typeof')
  const isValid = ajv.compile(builder('./scheme.json'))
  const configuration = parse(readFileSync(join(root, 'electron-builder.yml'), 'utf8')) as object
  expect(isValid(configuration), JSON.stringify(isValid.errors)).toBe(true)
  expect(isValid({ ...configuration, asarUnpacked: [] })).toBe(false)
})

const onLinux = process.platform === 'linux'
beforeEach((context) => context.skip(!onLinux, 'the stand-in for Electron is one for Linux'))

describe('the package', () => {
  let application: string
  let resources: string
  let entries: string[]
  beforeAll(async () => {
    if (!onLinux) return
    application = await pack('package')
    resources = join(application, 'resources')
    entries = listPackage(join(resources, 'app.asar'), { isPack: false }).filter((entry) => /\.\w+$|LICENSE$/.test(entry))
  })

  test('starts by the name of the command, and shows the icon', () => {
    accessSync(join(application, 'paddock'), constants.X_OK)
    expect(entries).toContain('/electron/desktop/icons/window.png')
  })

  test.each([
    '/package.json',
    '/out/main/index.js',
    '/out/preload/index.cjs',
    '/out/broker/index.js',
    '/out/renderer/prompt.html',
    '/out/renderer/console.html',
    '/out/cli/paddock.js',
    '/out/contained/launcher.cjs',
    '/out/contained/thread.cjs',
    '/out/hook/hook.cjs',
    '/policies/base.yaml',
    '/policies/floor.yaml',
    '/policies/knowledge/secrets.yaml',
    '/electron/desktop/icons/tray-protected.png',
    '/electron/desktop/icons/tray-degraded@2x.png',
  ])('has %s', (entry) => {
    expect(entries).toContain(entry)
  })

  test('has nothing but what it needs: no source, no source map, no test, no tool', () => {
    const needed = [
      /^\/(package\.json|LICENSE)$/,
      /^\/out\/(main|broker|cli|contained|preload|hook)\/[\w-]+\.c?js$/,
      /^\/out\/renderer\/(assets\/)?[\w-]+\.(html|js|css|svg|png|woff2)$/,
      /^\/policies\/[\w/-]+\.yaml$/,
      /^\/electron\/desktop\/icons\/[\w@-]+\.png$/,
      /^\/out\/policy\.schema\.json$/,
      /^\/out\/native\/fence-first\.so$/,
      /^\/node_modules\/(koffi|@koromix\/koffi-[\w-]+)\/[\w/.-]+\.(c?js|json|node|txt)$/,
    ]
    expect(entries.filter((entry) => !needed.some((pattern) => pattern.test(entry)))).toEqual([])
  })

  test('keeps outside the archive what others than Electron load from disk', () => {
    const unpacked = join(resources, 'app.asar.unpacked')
    expect(existsSync(join(unpacked, `node_modules/@koromix/koffi-linux-${process.arch}/linux_${process.arch}/koffi.node`))).toBe(true)
    expect(existsSync(join(unpacked, 'out/hook/hook.cjs'))).toBe(true)
  })

  test('can not be turned into something else by arguments, environment or files beside it', () => {
    const binary = readFileSync(join(application, 'paddock'))
    const wire = binary.subarray(binary.indexOf(FUSE_SENTINEL) + FUSE_SENTINEL.length)
    const fuses = [...wire.subarray(2, 2 + wire[1]!).toString()].map((state) => state === '1')
    expect(fuses).toEqual([
      false, // RunAsNode
      true, // EnableCookieEncryption
      false, // EnableNodeOptionsEnvironmentVariable
      false, // EnableNodeCliInspectArguments
      true, // EnableEmbeddedAsarIntegrityValidation
      true, // OnlyLoadAppFromAsar
      false, // LoadBrowserProcessSpecificV8Snapshot
      false, // GrantFileProtocolExtraPrivileges
      true, // WasmTrapHandlers, as Electron has it
    ])
  })

  test('is a whole program: broker, policies, pages and icons, from what is in the archive', async () => {
    const program = join(folder, 'extracted')
    extractAll(join(resources, 'app.asar'), program)
    const home = makeHome()
    const desktop = await startDesktop({ ...home, program })
    const { tray } = await vi.waitFor(async () => {
      const seen = await desktop.look()
      expect(seen.tray?.tooltip).toBe('Paddock: protected')
      return seen
    }, { timeout: 20_000 })
    expect(existsSync(tray?.icon ?? '')).toBe(true)
    expect(tray?.icon.startsWith(program)).toBe(true)
    await (await desktop.page('console')).getByRole('main', { name: 'Timeline' }).waitFor()
    await desktop.quit()
    home.remove()
  })
})

describe('an Electron that nobody has decided about', () => {
  test('is not packaged when it has a new fuse', async () => {
    await expect(pack('new-fuse', '1001100110')).rejects.toThrow(/This Electron has 10 fuses .* where 9 are known/)
  })

  test('is not packaged when it has none', async () => {
    await expect(pack('no-fuses', '')).rejects.toThrow('0 fuses')
  })
})
