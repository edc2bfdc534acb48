import { canonicalHost } from './host.ts'

/** Where a URL leads: to a host, or to a file of this machine. */
export type Destination = { host: string; port?: number } | { path: string }

/** Ports of the schemes that programs are given URLs with (IANA service names). */
const PORTS: ReadonlyMap<string, number> = new Map([
  ['http', 80], ['https', 443], ['ws', 80], ['wss', 443], ['ftp', 21], ['ftps', 990], ['ssh', 22], ['sftp', 22], ['scp', 22],
  ['git', 9418], ['git+ssh', 22], ['git+https', 443], ['git+http', 80], ['rsync', 873], ['ldap', 389], ['ldaps', 636], ['smb', 445],
  ['redis', 6379], ['rediss', 6379], ['postgres', 5432], ['postgresql', 5432], ['mysql', 3306], ['mongodb', 27017],
  ['amqp', 5672], ['mqtt', 1883], ['telnet', 23], ['gopher', 70], ['dict', 2628], ['imap', 143], ['imaps', 993],
  ['smtp', 25], ['smtps', 465], ['pop3', 110], ['pop3s', 995], ['tcp', 0], ['udp', 0],
])

/**
 * Reads `scheme://[user@]host[:port]/…`. Programs differ in what they make of odd URLs (a backslash, two `@`, blanks in
 * the authority), so those are undefined rather than guessed; so is a text without a scheme.
 */
export function destinationOf(url: string): Destination | undefined {
  const colon = url.indexOf('://')
  if (colon <= 0) return undefined
  const scheme = url.slice(0, colon).toLowerCase()
  if (!/^[a-z][a-z0-9+.-]*$/.test(scheme)) return undefined
  const rest = url.slice(colon + 3)
  if (scheme === 'file') return filePath(rest)
  const end = rest.search(/[/?#]/)
  return authorityOf(end < 0 ? rest : rest.slice(0, end), PORTS.get(scheme))
}

/** The path that an HTTP client asks for, with `..` and escapes resolved as WHATWG URLs are; nothing for other schemes. */
export function httpPath(url: string): { path?: string } {
  if (!/^https?:/i.test(url)) return {}
  try {
    return { path: new URL(url).pathname }
  } catch {
    return {}
  }
}

// oxlint-disable-next-line no-control-regex
const ODD = /[\\\u0000-\u0020\u007f]/

/** Reads `[user@]host[:port]`. */
export function authorityOf(authority: string, defaultPort: number | undefined): Destination | undefined {
  if (ODD.test(authority)) return undefined
  const at = authority.indexOf('@')
  if (at >= 0 && authority.indexOf('@', at + 1) >= 0) return undefined
  const hostPort = authority.slice(at + 1)
  const split = /^(\[[^\]]*\]|[^:]*)(?::(\d{0,5}))?$/.exec(hostPort)
  const host = split && canonicalHost(split[1]!)
  if (!split || !host) return undefined
  const port = split[2] ? Number(split[2]) : defaultPort || undefined
  return port === undefined ? { host } : { host, port }
}

function filePath(rest: string): Destination | undefined {
  const slash = rest.indexOf('/')
  const host = slash < 0 ? rest : rest.slice(0, slash)
  if (slash < 0 || (host !== '' && host !== 'localhost' && host !== '127.0.0.1')) return undefined
  try {
    return { path: decodeURIComponent(rest.slice(slash)) }
  } catch {
    return undefined
  }
}
