import { inRange, parseAddress, parseRange, type Range } from './address.ts'
import { compileGlob } from './glob.ts'

/** A host pattern: which hosts, and which port if it names one. */
export type HostPattern = { port?: number } & (
  | { kind: 'any' }
  | { kind: 'name'; name: string }
  | { kind: 'below'; domain: string }
  | { kind: 'range'; ranges: readonly Range[] }
  /** A Unix-domain socket, by a glob for its path. */
  | { kind: 'socket'; path: string }
)

/** Words that stand for groups of addresses; sources: RFC 1122, 1918, 3927, 4193, 4291, 6598, and the clouds' metadata. */
const GROUPS: Record<string, readonly string[]> = {
  loopback: ['127.0.0.0/8', '::1/128', '0.0.0.0/32', '::/128'],
  private: ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '100.64.0.0/10', 'fc00::/7'],
  'link-local': ['169.254.0.0/16', 'fe80::/10'],
  metadata: ['169.254.169.254/32', '169.254.170.2/32', '100.100.100.200/32', 'fd00:ec2::254/128'],
}

/** Listening on "any address" is listening to the whole network, while connecting to it reaches this machine. */
const LISTENING_LOOPBACK = ['127.0.0.0/8', '::1/128']

/** Reads `api.example.com`, `*.example.com:443`, `10.0.0.0/8`, `[::1]:80`, `loopback`, `unix:/run/x.sock`, `*`. The error says what is wrong. */
export function parseHostPattern(text: string, isForListening = false): { pattern: HostPattern } | { error: string } {
  if (text.startsWith(SOCKET)) {
    const path = text.slice(SOCKET.length)
    if (!/^(\/|\$\{)/.test(path) || !compileGlob(path)) return { error: `"${text}" is not "${SOCKET}" and an absolute path` }
    return { pattern: { kind: 'socket', path } }
  }
  const split = /^(\[[^\]]*\]|[^:]*|[0-9A-Fa-f:.]*::[0-9A-Fa-f:.]*(?:\/\d+)?)(?::(\d{1,5}|\*))?$/.exec(text)
  if (!split) return { error: `"${text}" is not a host with an optional port` }
  const port = split[2] === undefined || split[2] === '*' ? undefined : Number(split[2])
  if (port !== undefined && (port < 1 || port > 65535)) return { error: `there is no port ${port}` }
  const host = split[1]!.replace(/^\[|\]$/g, '').toLowerCase().replace(/\.$/, '')
  const withPort = port === undefined ? {} : { port }
  if (host === '*') return { pattern: { ...withPort, kind: 'any' } }
  const group = isForListening && host === 'loopback' ? LISTENING_LOOPBACK : Object.hasOwn(GROUPS, host) ? GROUPS[host] : undefined
  if (group) return { pattern: { ...withPort, kind: 'range', ranges: group.map((range) => parseRange(range)!) } }
  const range = parseRange(host)
  if (range) return { pattern: { ...withPort, kind: 'range', ranges: [range] } }
  if (host.startsWith('*.') && isName(host.slice(2))) return { pattern: { ...withPort, kind: 'below', domain: host.slice(2) } }
  if (isName(host)) return { pattern: { ...withPort, kind: 'name', name: host } }
  return { error: `"${text}" is not a host name, address, range, *.domain, or one of ${Object.keys(GROUPS).join(', ')}` }
}

/** How hosts and patterns name Unix-domain sockets. Such a host is matched by nothing but patterns of this kind. */
const SOCKET = 'unix:'

function isName(text: string): boolean {
  return text.length > 0 && text.split('.').every((label) => /^[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?$/.test(label))
}

interface Entry<T> {
  port: number | undefined
  value: T
}

/** Finds the host patterns that match a canonical host and a port. */
export class HostIndex<T> {
  readonly #any: Entry<T>[] = []
  readonly #names = new Map<string, Entry<T>[]>()
  readonly #domains = new Map<string, Entry<T>[]>()
  readonly #sockets: (Entry<T> & { matches: (path: string) => boolean })[] = []
  readonly #ranges: (Entry<T> & { ranges: readonly Range[] })[] = []

  add(pattern: HostPattern, value: T): void {
    const entry = { port: pattern.port, value }
    switch (pattern.kind) {
      case 'any':
        this.#any.push(entry)
        return
      case 'name':
        append(this.#names, pattern.name, entry)
        return
      case 'below':
        append(this.#domains, pattern.domain, entry)
        return
      case 'range':
        this.#ranges.push({ ...entry, ranges: pattern.ranges })
        return
      case 'socket':
        this.#sockets.push({ ...entry, matches: compileGlob(pattern.path) ?? (() => false) })
    }
  }

  /**
   * Calls `found` for each pattern that matches. When the port of the connection is not known, `mayBe` says whether a
   * pattern with a port counts as a match (for rules that forbid) or not (for rules that allow).
   */
  match(host: string, port: number | undefined, mayBe: boolean, found: (value: T) => void): void {
    const take = (entry: Entry<T>): void => {
      if (entry.port === undefined || entry.port === port || (port === undefined && mayBe)) found(entry.value)
    }
    if (host.startsWith(SOCKET)) return this.#sockets.filter(({ matches }) => matches(host.slice(SOCKET.length))).forEach(take)
    this.#any.forEach(take)
    this.#names.get(host)?.forEach(take)
    for (let dot = host.indexOf('.'); dot >= 0; dot = host.indexOf('.', dot + 1))
      this.#domains.get(host.slice(dot + 1))?.forEach(take)
    if (this.#ranges.length === 0) return
    const address = host === 'localhost' || host.endsWith('.localhost') ? parseAddress('127.0.0.1') : parseAddress(host)
    if (address) for (const entry of this.#ranges) if (entry.ranges.some((range) => inRange(address, range))) take(entry)
  }
}

function append<K, V>(map: Map<K, V[]>, key: K, value: V): void {
  const list = map.get(key)
  if (list) list.push(value)
  else map.set(key, [value])
}
