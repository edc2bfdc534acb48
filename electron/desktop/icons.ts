import { join } from 'node:path'

/** The icons lie beside this file; the path is right from `out/main` too. */
const folder = join(import.meta.dirname, '../../electron/desktop/icons')

/** The file of an icon, e.g. `tray-asking`. */
export function iconFile(name: string): string {
  return join(folder, `${name}.png`)
}
