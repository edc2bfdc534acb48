import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createPackage } from '@electron/asar'

/** Marks the fuse wire inside Electron's binary (github.com/electron/fuses). */
export const FUSE_SENTINEL = 'dL7pKGdnNz796PbbjQWNKmHXBZaB9tsX'

/**
 * A folder that looks like an Electron distribution for Linux to electron-builder, with a binary that has a fuse wire and
 * does nothing. `fuses`: '0' or '1' for each.
 */
export async function makeStubElectron(folder: string, fuses = '100110011'): Promise<void> {
  for (const name of ['locales', 'resources']) mkdirSync(join(folder, name), { recursive: true })
  const script = Buffer.from('#!/bin/sh\nexit 0\n')
  const wire = Buffer.concat([Buffer.from(FUSE_SENTINEL), Buffer.from([1, fuses.length]), Buffer.from(fuses)])
  writeFileSync(join(folder, 'electron'), Buffer.concat([script, wire]), { mode: 0o755 })
  for (const name of ['chrome-sandbox', 'chrome_crashpad_handler']) writeFileSync(join(folder, name), script, { mode: 0o755 })
  const empty = [
    'LICENSE', 'LICENSES.chromium.html', 'chrome_100_percent.pak', 'chrome_200_percent.pak', 'icudtl.dat', 'libEGL.so',
    'libGLESv2.so', 'libffmpeg.so', 'libvk_swiftshader.so', 'libvulkan.so.1', 'resources.pak', 'snapshot_blob.bin',
    'v8_context_snapshot.bin', 'vk_swiftshader_icd.json', 'locales/en-US.pak',
  ]
  for (const name of empty) writeFileSync(join(folder, name), '')
  const application = mkdtempSync(join(folder, 'empty-'))
  writeFileSync(join(application, 'package.json'), '{}')
  await createPackage(application, join(folder, 'resources/default_app.asar'))
  rmSync(application, { recursive: true })
}
