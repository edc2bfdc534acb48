import { canonicalHost } from '../host.ts'
import { asWritten, type Field } from '../shell/field.ts'
import type { Reading } from '../shell/reading.ts'
import { authorityOf, destinationOf, type Destination } from '../url.ts'

/** What a command line says of its connections besides the host. */
export interface Connecting {
  port?: number | undefined
  method?: string | undefined
}

/** Adds a `connect` effect for a URL; a text without a scheme is a host and a path, as curl takes it. */
export function connectToUrl(field: Field, connecting: Connecting, reading: Reading): { path: string } | undefined {
  const text = typeof field === 'string' ? field : field.kind === 'unknown' ? fixedAuthority(field.prefix) : undefined
  if (text === '') return undefined
  const destination = text === undefined ? undefined : text.includes('://') ? destinationOf(text) : destinationOf(`http://${text}`)
  return connectTo(destination, asWritten(field), connecting, reading)
}

/** Adds a `connect` effect for `[user@]host[:port]`. */
export function connectToHost(field: Field, connecting: Connecting, reading: Reading): void {
  const text = typeof field === 'string' ? field : undefined
  if (text === '') return
  const bare = text !== undefined && !text.includes('@') && text.includes(':') && canonicalHost(text)
  connectTo(text === undefined ? undefined : bare ? { host: bare } : authorityOf(text, undefined), asWritten(field), connecting, reading)
}

/**
 * Adds a `connect` effect for `[user@]host:path` or a URL. Gives back the path when the text is one of this machine, and
 * undefined when it is neither, as the name of a remote that git knows.
 */
export function connectToRemote(field: Field, connecting: Connecting, reading: Reading): { path: string } | undefined {
  if (typeof field !== 'string') {
    reading.effects.unknownHost('connects to a host or reaches a path that is only known at run time', asWritten(field))
    return undefined
  }
  if (field.includes('://')) return connectToUrl(field, connecting, reading)
  // git runs a helper program for these.
  if (/^[\w+-]+::/.test(field)) reading.effects.unknown('a transport that runs another program', field)
  const colon = field.startsWith('[') ? field.indexOf(']:') + 1 : field.indexOf(':')
  const slash = field.indexOf('/')
  if (colon <= 0 || (slash >= 0 && slash < colon)) return { path: field }
  return connectTo(authorityOf(field.slice(0, colon), undefined), field, { ...connecting, port: connecting.port ?? 22 }, reading)
}

function connectTo(destination: Destination | undefined, text: string, { port, method }: Connecting, reading: Reading): { path: string } | undefined {
  if (destination === undefined) {
    reading.effects.unknownHost('connects to a host that can\'t be told', text)
    return undefined
  }
  if ('path' in destination) return destination
  const finalPort = destination.port ?? port
  reading.effects.add({
    kind: 'connect',
    host: destination.host,
    ...(finalPort === undefined ? {} : { port: finalPort }),
    ...(method === undefined ? {} : { method }),
  })
  return undefined
}

/** The part of a URL before something unknown, if it ends the host: `https://api.example.com/items/`. */
function fixedAuthority(prefix: string): string | undefined {
  return /^[a-z][a-z0-9+.-]*:\/\/[^/?#]+[/?#]/i.test(prefix) ? prefix : undefined
}

/** Whether a word of a program without knowledge looks like a place to connect to; a file name does not. */
export function looksLikeHost(text: string, fileEndings: ReadonlySet<string>): boolean {
  if (text.includes('://')) return true
  const match = /^(?:[\w.+-]+@)?(\[[0-9a-fA-F:.]+\]|[^\s/@:]+)(?::(\d{1,5}|[\w.~/-]+))?(?:\/.*)?$/.exec(text)
  if (!match) return false
  const [, host = '', after] = match
  const canonical = canonicalHost(host)
  if (canonical === undefined) return false
  if (/^[\d.]+$/.test(canonical) || canonical.includes(':')) return /[.:]/.test(host) || after !== undefined
  if (text.includes('@') || (after !== undefined && /^\d+$/.test(after))) return true
  const ending = canonical.slice(canonical.lastIndexOf('.') + 1)
  return canonical.includes('.') && /^(?:[a-z]{2,}|xn--[a-z0-9-]+)$/.test(ending) && !fileEndings.has(ending)
}
