import { readdirSync, readFileSync } from 'node:fs'
import { extname, join } from 'node:path'
import type { Role } from '../contract/operator.ts'
import { pages } from './pages.ts'

/** What a page may do. Nothing from elsewhere, no inline script or style, no eval, no markup from strings. */
export const contentSecurityPolicy =
  "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src 'self' data:; connect-src 'self'; " +
  "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; object-src 'none'; require-trusted-types-for 'script'"

const securityHeaders = {
  'content-security-policy': contentSecurityPolicy,
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'cache-control': 'no-store',
}

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.woff2': 'font/woff2',
}

interface BundleFile {
  type: string
  body: Uint8Array<ArrayBuffer>
}

/** The built pages by their path in a URL (`/assets/prompt-1a2b.js`), read once: what is not in here is not served. */
export type Bundle = ReadonlyMap<string, BundleFile>

/** Reads every regular file of a known type below `folder`. Symbolic links are not followed. */
export function readBundle(folder: string): Bundle {
  const files = new Map<string, BundleFile>()
  const add = (below: string): void => {
    for (const entry of readdirSync(join(folder, below), { withFileTypes: true })) {
      const path = `${below}/${entry.name}`
      const type = TYPES[extname(entry.name)]
      if (entry.isDirectory()) add(path)
      else if (entry.isFile() && type) files.set(path, { type, body: Uint8Array.from(readFileSync(join(folder, path))) })
    }
  }
  add('')
  return files
}

/**
 * Answers the requests of one role's scheme from the bundle: the role's own page and what it loads. 400 for anything but
 * a plain GET or HEAD of this origin, 404 for what the bundle does not have. A path is compared as it stands: nothing is
 * decoded, so there is nothing to traverse.
 */
export function serveBundle(bundle: Bundle, role: Role): (request: Pick<Request, 'method' | 'url'>) => Response {
  const { origin, url: ownPage } = pages[role]
  return ({ method, url }) => {
    if (!['GET', 'HEAD'].includes(method) || !url.startsWith(`${origin}/`)) return answer(400)
    const path = url.slice(origin.length).replace(/[?#].*$/s, '')
    const file = bundle.get(path)
    if (!file || (path.endsWith('.html') && origin + path !== ownPage)) return answer(404)
    return answer(200, file.type, method === 'GET' ? file.body : null)
  }
}

function answer(status: number, type = 'text/plain', body: Uint8Array<ArrayBuffer> | null = null): Response {
  return new Response(body, { status, headers: { ...securityHeaders, 'content-type': type } })
}
