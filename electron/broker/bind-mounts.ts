import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** A folder that shows what lies elsewhere, without being a link. */
interface Alias {
  mountPoint: string
  original: string
}

/** How long a reading counts, in milliseconds: making a bind mount takes administrator rights or a namespace of one's own. */
const FRESH_MS = 1000

let aliases: readonly Alias[] = []
let readAt = -Infinity

/** The path without bind mounts: the place where the same file was mounted first. Linux; elsewhere the path itself. */
export function withoutBindMounts(path: string): string {
  if (process.platform !== 'linux') return path
  if (performance.now() - readAt > FRESH_MS) {
    aliases = readAliases()
    readAt = performance.now()
  }
  for (const { mountPoint, original } of aliases) {
    if (path === mountPoint) return original
    if (path.startsWith(`${mountPoint}/`)) return join(original, path.slice(mountPoint.length))
  }
  return path
}

function readAliases(): Alias[] {
  try {
    return aliasesIn(readFileSync('/proc/self/mountinfo', 'utf8'))
  } catch {
    return []
  }
}

/** Reads proc(5) mountinfo: `id parent device root mount-point …`. Deeper mount points come first. */
export function aliasesIn(mountInfo: string): Alias[] {
  const mounts = mountInfo.split('\n').flatMap((line) => {
    const [, , device, root, mountPoint] = line.split(' ').map(unescaped)
    return device && root && mountPoint ? [{ device, root, mountPoint }] : []
  })
  const found = mounts.flatMap(({ device, root, mountPoint }, at): Alias[] => {
    const first = mounts.slice(0, at).find((other) => other.device === device && isBelow(root, other.root))
    return first && first.mountPoint !== mountPoint ? [{ mountPoint, original: join(first.mountPoint, root.slice(first.root === '/' ? 0 : first.root.length)) }] : []
  })
  return found.toSorted((a, b) => b.mountPoint.length - a.mountPoint.length)
}

const isBelow = (path: string, folder: string): boolean => folder === '/' || path === folder || path.startsWith(`${folder}/`)
const unescaped = (text: string): string => text.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)))
