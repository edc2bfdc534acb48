/** What the first bytes of a connection are. */
export type FirstBytes =
  /** Could become a ClientHello; at least so many bytes are needed to tell more. */
  | { kind: 'incomplete'; needs: number }
  | { kind: 'not-tls' }
  /** Begins as TLS but can't be read: `why` completes "…, because". */
  | { kind: 'malformed'; why: string }
  | { kind: 'hello'; serverName: string | undefined }

/** The longest ClientHello that is read; real ones, with post-quantum keys, have about 2 kB. */
export const LONGEST_HELLO_BYTES = 32_768

const HANDSHAKE_RECORD = 22
const CLIENT_HELLO = 1
const RECORD_HEADER = 5
const MESSAGE_HEADER = 4
const SERVER_NAME = 0
const HOST_NAME = 0

/**
 * Reads the name of the server out of a TLS ClientHello (RFC 8446, section 4.1.2; RFC 6066, section 3), whether it comes
 * in one record or many. With Encrypted Client Hello this is the outer name: the public one of the front, never the
 * hidden one. Never throws.
 */
export function readFirstBytes(bytes: Buffer): FirstBytes {
  const message = handshakeMessage(bytes)
  if (message.kind !== 'message') return message
  const reader = new Reader(message.body)
  try {
    reader.skip(2 + 32)
    reader.vector(1)
    reader.vector(2)
    reader.vector(1)
    if (reader.isAtEnd) return { kind: 'hello', serverName: undefined }
    const serverName = serverNameIn(new Reader(reader.vector(2)))
    if (!reader.isAtEnd) throw new Malformed('something follows its extensions')
    return { kind: 'hello', serverName }
  } catch (error) {
    if (error instanceof Malformed) return { kind: 'malformed', why: error.message }
    throw error
  }
}

/** The first handshake message, put together from its records. */
function handshakeMessage(bytes: Buffer): Exclude<FirstBytes, { kind: 'hello' }> | { kind: 'message'; body: Buffer } {
  const parts: Buffer[] = []
  let got = 0
  let wanted = MESSAGE_HEADER
  for (let at = 0; got < wanted; ) {
    if (bytes.length > at && bytes[at] !== HANDSHAKE_RECORD) return at === 0 ? { kind: 'not-tls' } : malformed('a record of another kind comes within it')
    if (bytes.length > at + 1 && bytes[at + 1] !== 3) return at === 0 ? { kind: 'not-tls' } : malformed('a record has another version')
    if (bytes.length < at + RECORD_HEADER) return { kind: 'incomplete', needs: at + RECORD_HEADER }
    const length = bytes.readUInt16BE(at + 3)
    if (length === 0 || length > 16_384) return at === 0 ? { kind: 'not-tls' } : malformed('a record has no valid length')
    const end = at + RECORD_HEADER + length
    const part = bytes.subarray(at + RECORD_HEADER, end)
    parts.push(part)
    got += part.length
    if (wanted === MESSAGE_HEADER && got >= MESSAGE_HEADER) {
      const head = Buffer.concat(parts)
      if (head[0] !== CLIENT_HELLO) return { kind: 'not-tls' }
      wanted = MESSAGE_HEADER + head.readUIntBE(1, 3)
      if (wanted > LONGEST_HELLO_BYTES) return malformed(`it is longer than ${LONGEST_HELLO_BYTES} bytes`)
    }
    if (end > LONGEST_HELLO_BYTES * 2) return malformed('its records are too many')
    if (bytes.length < end && got < wanted) return { kind: 'incomplete', needs: end }
    at = end
  }
  return { kind: 'message', body: Buffer.concat(parts).subarray(MESSAGE_HEADER, wanted) }
}

function malformed(why: string): { kind: 'malformed'; why: string } {
  return { kind: 'malformed', why }
}

function serverNameIn(extensions: Reader): string | undefined {
  let serverName: string | undefined
  const seen = new Set<number>()
  while (!extensions.isAtEnd) {
    const type = extensions.number(2)
    const content = extensions.vector(2)
    if (seen.has(type)) throw new Malformed('it has an extension twice')
    seen.add(type)
    if (type === SERVER_NAME) serverName = onlyName(new Reader(new Reader(content).vector(2)))
  }
  return serverName
}

/** More than one name could mean one thing here and another to the server. */
function onlyName(list: Reader): string {
  const type = list.number(1)
  const name = list.vector(2)
  if (type !== HOST_NAME || !list.isAtEnd) throw new Malformed('its server name is not one host name')
  return name.toString('latin1')
}

class Malformed extends Error {}

class Reader {
  readonly #bytes: Buffer
  #at = 0

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  get isAtEnd(): boolean {
    return this.#at === this.#bytes.length
  }

  skip(count: number): void {
    if (this.#at + count > this.#bytes.length) throw new Malformed('it ends too early')
    this.#at += count
  }

  /** A big-endian number of `size` bytes. */
  number(size: number): number {
    const at = this.#at
    this.skip(size)
    return this.#bytes.readUIntBE(at, size)
  }

  /** Bytes after their count, which is a number of `size` bytes. */
  vector(size: number): Buffer {
    const count = this.number(size)
    const at = this.#at
    this.skip(count)
    return this.#bytes.subarray(at, at + count)
  }
}
