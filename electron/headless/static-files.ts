import { readdirSync, readFileSync } from 'node:fs'
import { extname, join, relative, sep } from 'node:path'
import { err, ok, type Result } from '../contract/result.ts'

export interface StaticFile {
  type: string
  body: Buffer
}

/** The files of the page by their path in the address, e.g. `/assets/console.js`; `/` is the page itself. */
export type Manifest = ReadonlyMap<string, StaticFile>

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
}

/**
 * Reads everything that may be served, once: regular files of known types below `folder`, of its pages `page` alone. No
 * path of a request ever reaches the file system, and a symbolic link is not a file.
 */
export function readManifest(folder: string, page: string): Result<Manifest, string> {
  const manifest = new Map<string, StaticFile>()
  try {
    for (const file of filesBelow(folder)) {
      const type = TYPES[extname(file)]
      if (type === undefined) continue
      const path = `/${relative(folder, file).split(sep).join('/')}`
      if (type === TYPES['.html'] && path !== `/${page}`) continue
      manifest.set(path === `/${page}` ? '/' : path, { type, body: readFileSync(file) })
    }
  } catch (error) {
    return err(`The pages can't be read from ${folder}: ${(error as Error).message}. Build them with "npm run build".`)
  }
  if (!manifest.has('/')) return err(`There is no ${page} in ${folder}. Build the pages with "npm run build".`)
  return ok(manifest)
}

/** Node's own recursion would follow symbolic links to folders. */
function filesBelow(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) return filesBelow(path)
    return entry.isFile() ? [path] : []
  })
}

/** What to answer to a method and the target of a request line. */
export function lookUp(manifest: Manifest, method: string, target: string): StaticFile | 400 | 404 | 405 {
  if (!/^\/[\w./-]*$/.test(target) || target.split('/').some((part) => part === '.' || part === '..')) return 400
  const file = manifest.get(target)
  if (!file) return 404
  return method === 'GET' || method === 'HEAD' ? file : 405
}
