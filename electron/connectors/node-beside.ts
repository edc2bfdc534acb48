import { existsSync } from 'node:fs'
import { join } from 'node:path'

/** The Node that is installed beside Paddock, in the version that it is made for; undefined where this platform has none. */
export function nodeBeside(): string | undefined {
  const [platform, program] = process.platform === 'win32' ? ['win', 'node.exe'] : [process.platform, 'node']
  const beside = join(import.meta.dirname, `../../node_modules/node-${platform}-${process.arch}/bin/${program}`)
  return existsSync(beside) ? beside : undefined
}
