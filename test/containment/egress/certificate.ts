import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { has, run } from './fixture.ts'

/** A key and a certificate for the names, signed by itself; undefined when there is no openssl to make it. */
export async function selfSigned(...names: string[]): Promise<{ key: string; cert: string } | undefined> {
  if (!(await has('openssl', 'version'))) return undefined
  const folder = mkdtempSync(join(tmpdir(), 'paddock-certificate-'))
  try {
    const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')]
    const made = await run('openssl', [
      'req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2', '-keyout', key, '-out', cert,
      '-subj', '/CN=test', '-addext', `subjectAltName=${names.map((name) => `DNS:${name}`).join(',')}`,
    ])
    if (made.code !== 0) throw new Error(made.stderr)
    return { key: readFileSync(key, 'utf8'), cert: readFileSync(cert, 'utf8') }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
