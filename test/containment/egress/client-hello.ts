/**
 * A ClientHello of TLS 1.2 for a server. A second name, or an extension given twice, makes it one that no client sends;
 * with `encrypted` it has an inner one, as with Encrypted Client Hello.
 */
export function clientHello(name: string | undefined, { second, again = false, encrypted = false }: { second?: string; again?: boolean; encrypted?: boolean } = {}): Buffer {
  const entry = (host: string): Buffer => Buffer.concat([Buffer.from([0]), sized(2, Buffer.from(host))])
  const names = [name, second].filter((host) => host !== undefined)
  const serverName = Buffer.concat([Buffer.from([0, 0]), sized(2, sized(2, Buffer.concat(names.map(entry))))])
  const groups = Buffer.from([0, 10, 0, 4, 0, 2, 0, 29])
  const inner = Buffer.concat([Buffer.from([0xfe, 0x0d]), sized(2, Buffer.alloc(200, 5))])
  const extensions = Buffer.concat([groups, ...(names.length > 0 ? [serverName] : []), ...(again ? [serverName] : []), ...(encrypted ? [inner] : [])])
  const body = Buffer.concat([
    Buffer.from([3, 3]), Buffer.alloc(32, 7), sized(1, Buffer.alloc(32, 9)), sized(2, Buffer.from([0x13, 1])), Buffer.from([1, 0]), sized(2, extensions),
  ])
  const message = Buffer.concat([Buffer.from([1]), sized(3, body)])
  return Buffer.concat([Buffer.from([22, 3, 1]), sized(2, message)])
}

/** The same message in records of so many bytes. */
export function inRecords(oneRecord: Buffer, size: number): Buffer {
  const message = oneRecord.subarray(5)
  const count = Math.ceil(message.length / size)
  return Buffer.concat(Array.from({ length: count }, (_, at) => Buffer.concat([Buffer.from([22, 3, 1]), sized(2, message.subarray(at * size, (at + 1) * size))])))
}

/** Bytes behind their count. */
function sized(size: number, bytes: Buffer): Buffer {
  const count = Buffer.alloc(size)
  count.writeUIntBE(bytes.length, 0, size)
  return Buffer.concat([count, bytes])
}
