import type { IncomingMessage } from 'node:http'
import { err, ok, type Result } from '../../contract/result.ts'
import { authorityOf, destinationOf } from '../../effects/url.ts'
import { portOf } from './gate.ts'
import { refusal, type Refusal } from './refusal.ts'
import type { Destination } from './rules.ts'

/** A plain HTTP request that can mean one thing only. */
export interface PlainRequest {
  destination: Required<Pick<Destination, 'host' | 'port' | 'method' | 'path'>>
  /** The path as it is sent on, with the query: what was judged, `..` and escapes resolved. */
  target: string
  /** What frames the body, for whoever reads the request next. */
  framing: readonly [string, string] | undefined
}

/**
 * Reads a request of a client that speaks to a proxy (`GET http://host/path`), or in a tunnel (`GET /path`), whose
 * destination is known. What two readers could understand differently is refused (RFC 9112, sections 3.2, 6 and 11.2);
 * a bare LF, folded headers, and both kinds of framing at once are refused by Node's parser before.
 */
export function readRequest(request: IncomingMessage, tunnel: { host: string; port: number } | undefined): Result<PlainRequest, Refusal> {
  const framing = framingOf(request)
  if (!framing.ok) return framing
  const url = urlOf(request.url ?? '', tunnel)
  if (!url.ok) return url
  const destination = destinationOf(url.value.href)
  if (!destination || 'path' in destination || destination.port === undefined) return malformed(`${url.value.href} is no address of a host.`)
  const port = portOf(destination.port)
  if (!port.ok) return port
  const wrongHost = refusalOfHost(request, destination.host, port.value)
  if (wrongHost) return err(wrongHost)
  const method = (request.method ?? '').toUpperCase()
  const path = withoutNeedlessEscapes(url.value.pathname)
  return ok({
    destination: { host: destination.host, port: port.value, method, path },
    target: path + url.value.search,
    framing: framing.value,
  })
}

/** Escapes of signs that need none mean the signs (RFC 3986, section 6.2.2.2): `/%61dmin` is `/admin`, for rules as for servers. */
function withoutNeedlessEscapes(path: string): string {
  return path.replace(/%[0-9a-f]{2}/gi, (escape) => {
    const sign = String.fromCharCode(Number.parseInt(escape.slice(1), 16))
    return /[\w.~-]/.test(sign) ? sign : escape.toUpperCase()
  })
}

const malformed = (message: string): Result<never, Refusal> => err(refusal('malformed', message))

function urlOf(target: string, tunnel: { host: string; port: number } | undefined): Result<URL, Refusal> {
  if (tunnel && !target.startsWith('/')) return malformed('A request inside of a tunnel names a path only.')
  if (!tunnel && !/^http:\/\//i.test(target))
    return malformed(
      target.startsWith('/')
        ? 'This is a proxy, not a server. Use it through HTTP_PROXY, with addresses that begin with http://.'
        : 'Only addresses that begin with http:// are requested of the proxy; for others use CONNECT or SOCKS.',
    )
  // The parser of URLs repairs these; a server might understand them differently.
  // oxlint-disable-next-line no-control-regex
  if (/[\\\u0000-\u0020\u007f#]/.test(target) || (!tunnel && !destinationOf(target))) return malformed('The address of the request is written oddly.')
  if (!tunnel && /^http:\/\/[^/?]*@/i.test(target)) return malformed('An address with a user in it: put credentials into a header.')
  const url = URL.parse(tunnel ? `http://${authority(tunnel.host, tunnel.port)}${target}` : target)
  return url ? ok(url) : malformed('The address of the request can\'t be read.')
}

/** How a host and a port stand in a URL or a `Host` header of plain HTTP. */
export function authority(host: string, port: number, defaultPort = 80): string {
  const name = host.includes(':') ? `[${host}]` : host
  return port === defaultPort ? name : `${name}:${port}`
}

function refusalOfHost(request: IncomingMessage, host: string, port: number): Refusal | undefined {
  const hosts = valuesOf(request, 'host')
  if (hosts.length === 0 && request.httpVersion === '1.0') return undefined
  const named = hosts.length === 1 ? authorityOf(hosts[0]!.trim(), 80) : undefined
  if (!named || 'path' in named) return refusal('malformed', 'A request names its host exactly once.')
  if (named.host === host && named.port === port) return undefined
  return refusal('malformed', `The request goes to ${authority(host, port)}, but its Host header names ${authority(named.host, named.port ?? 80)}.`)
}

function framingOf(request: IncomingMessage): Result<readonly [string, string] | undefined, Refusal> {
  const [encodings, lengths] = [valuesOf(request, 'transfer-encoding'), valuesOf(request, 'content-length')]
  if (encodings.length > 0 && lengths.length > 0) return malformed('A body is framed by Content-Length or by Transfer-Encoding, not by both.')
  if (lengths.length > 1 || encodings.length > 1) return malformed('The framing of the body is given more than once.')
  if (lengths.length === 1) return /^\d{1,15}$/.test(lengths[0]!) ? ok(['Content-Length', lengths[0]!]) : malformed('Content-Length is no number.')
  if (encodings.length === 0) return ok(request.method === 'GET' || request.method === 'HEAD' ? undefined : ['Content-Length', '0'])
  if (request.httpVersion !== '1.1' || encodings[0]!.toLowerCase() !== 'chunked')
    return err(refusal('unsupported', 'Transfer-Encoding can only be "chunked", in HTTP/1.1.'))
  return ok(['Transfer-Encoding', 'chunked'])
}

function valuesOf(request: IncomingMessage, name: string): string[] {
  return request.rawHeaders.filter((_, at) => at % 2 === 1 && request.rawHeaders[at - 1]!.toLowerCase() === name)
}
