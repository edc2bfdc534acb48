/**
 * The one form of a host name or address that policies are compared with: lower case, IDN as punycode, no trailing dot,
 * every spelling of IPv4 (`127.1`, `0x7f000001`, `2130706433`, full-width digits) in dotted decimals, IPv6 compressed and
 * without brackets or zone, IPv4 in IPv6 (`::ffff:a.b.c.d`) as IPv4. Undefined for what is no host.
 * Source of the rules: the host parser of the WHATWG URL standard, which every runtime has.
 */
export function canonicalHost(text: string): string | undefined {
  if (text.length === 0 || text.length > 1000) return undefined
  if (isPlainName(text)) return text
  if (FORBIDDEN.test(text)) return undefined
  const isBracketed = text.startsWith('[')
  if (isBracketed !== text.endsWith(']')) return undefined
  if (isBracketed || text.includes(':')) return canonicalV6(isBracketed ? text.slice(1, -1) : text)
  const host = hostnameOf(text)?.replace(/\.+$/, '')
  return host === '' ? undefined : host
}

/** What would end the host in a URL, or is in no host: separators, user info, blanks, control characters. */
// oxlint-disable-next-line no-control-regex
const FORBIDDEN = /[\u0000-\u0020\u007f/\\?#@<>^|`{}"']/

/** Nothing to change: the common case, decided without a parser. The last label must not be a number (that is IPv4). */
function isPlainName(text: string): boolean {
  return text.length < 254 && PLAIN.test(text)
}
const PLAIN = /^(?!xn--)(?:(?!xn--)[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?$/

function canonicalV6(text: string): string | undefined {
  const zone = text.indexOf('%')
  const host = hostnameOf(`[${zone < 0 ? text : text.slice(0, zone)}]`)?.slice(1, -1)
  const mapped = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(host ?? '')
  if (!mapped) return host
  const high = parseInt(mapped[1]!, 16)
  const low = parseInt(mapped[2]!, 16)
  return `${high >> 8}.${high & 255}.${low >> 8}.${low & 255}`
}

function hostnameOf(authority: string): string | undefined {
  const url = URL.parse(`http://${authority}/`)
  return url && url.port === '' && url.username === '' && url.hostname !== '' ? url.hostname : undefined
}
