import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** Marks the fuse wire in Electron's binary: a version byte, the number of fuses, and a character for each (github.com/electron/fuses). */
const SENTINEL = 'dL7pKGdnNz796PbbjQWNKmHXBZaB9tsX'

/** The fuses that electron-builder.yml decides, and WasmTrapHandlers, which may stay as it is: pages run no WebAssembly. */
const KNOWN_FUSES = 9

/**
 * electron-builder's hook before it sets the fuses. A new Electron may bring a fuse that nobody has thought about; then
 * the package is not made until somebody has.
 *
 * @param {import('app-builder-lib').AfterPackContext} context
 */
export default function checkFuses(context) {
  const binary = readFileSync(binaryOf(context))
  const at = binary.indexOf(SENTINEL)
  if (at < 0) throw new Error('This Electron has no fuses. Package with one that has.')
  const [version, count] = binary.subarray(at + SENTINEL.length)
  if (version === 1 && count === KNOWN_FUSES) return
  throw new Error(
    `This Electron has ${count} fuses (wire version ${version}) where ${KNOWN_FUSES} are known. ` +
      'Decide on the new ones in electron-builder.yml, then correct the number in build/check-fuses.js.',
  )
}

/** @param {import('app-builder-lib').AfterPackContext} context */
function binaryOf({ appOutDir, electronPlatformName, packager }) {
  const { productFilename } = packager.appInfo
  switch (electronPlatformName) {
    case 'darwin':
      return join(appOutDir, `${productFilename}.app/Contents/Frameworks/Electron Framework.framework/Electron Framework`)
    case 'win32':
      return join(appOutDir, `${productFilename}.exe`)
    default:
      return join(appOutDir, /** @type {{ executableName: string }} */ (packager).executableName)
  }
}
