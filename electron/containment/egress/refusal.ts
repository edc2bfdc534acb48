import { STATUS_CODES } from 'node:http'

/** Why a connection or a request is not served, with what the client is told. */
export interface Refusal {
  kind: RefusalKind
  /** Whole sentences that say why and, where it helps, what to do. Never a secret's value. */
  message: string
}

/**
 * How each kind is told: the HTTP status, the SOCKS reply (RFC 1928, section 6), and the error of `Proxy-Status`
 * (RFC 9209, section 2.3).
 */
const TOLD = {
  denied: { status: 403, reply: 2, error: 'http_request_denied' },
  prohibited: { status: 403, reply: 2, error: 'destination_ip_prohibited' },
  unauthorised: { status: 407, reply: 2, error: 'http_request_denied' },
  malformed: { status: 400, reply: 1, error: 'http_request_error' },
  'too-long': { status: 431, reply: 1, error: 'http_request_error' },
  slow: { status: 408, reply: 1, error: 'http_request_error' },
  unsupported: { status: 501, reply: 7, error: 'http_request_error' },
  nameless: { status: 502, reply: 4, error: 'dns_error' },
  unresolved: { status: 502, reply: 4, error: 'dns_error' },
  refused: { status: 502, reply: 5, error: 'connection_refused' },
  unreachable: { status: 502, reply: 4, error: 'destination_ip_unroutable' },
  broken: { status: 502, reply: 1, error: 'connection_terminated' },
  certificate: { status: 502, reply: 1, error: 'tls_certificate_error' },
  'no-secret': { status: 502, reply: 1, error: 'proxy_configuration_error' },
  timeout: { status: 504, reply: 6, error: 'connection_timeout' },
} as const
export type RefusalKind = keyof typeof TOLD

export function refusal(kind: RefusalKind, message: string): Refusal {
  return { kind, message }
}

export function statusOf({ kind }: Refusal): number {
  return TOLD[kind].status
}

/** The reply code of SOCKS5. */
export function replyOf({ kind }: Refusal): number {
  return TOLD[kind].reply
}

/** The headers of an answer that carries the message as its body; the connection ends after it. */
export function headersOf({ kind, message }: Refusal): Record<string, string | number> {
  return {
    'content-type': 'text/plain; charset=utf-8',
    'content-length': Buffer.byteLength(message) + 1,
    'proxy-status': `paddock; error=${TOLD[kind].error}`,
    ...(kind === 'unauthorised' ? { 'proxy-authenticate': 'Basic realm="Paddock"' } : {}),
    connection: 'close',
  }
}

/** The same as a whole HTTP response, for a socket that no server answers on. */
export function responseTo(refused: Refusal): string {
  const headers = Object.entries(headersOf(refused)).map(([name, value]) => `${name}: ${value}\r\n`)
  const status = statusOf(refused)
  return `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${headers.join('')}\r\n${refused.message}\n`
}
