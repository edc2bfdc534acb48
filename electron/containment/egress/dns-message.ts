import { err, ok, type Result } from '../../contract/result.ts'
import { parseAddress } from '../../policy/address.ts'
import { addressOf, type Address } from './addresses.ts'

/** RFC 1035, section 4.1.1, and RFC 2136. */
export const RCODE = { noError: 0, formatError: 1, serverFailure: 2, nameError: 3, notImplemented: 4, refused: 5 } as const
export type Rcode = (typeof RCODE)[keyof typeof RCODE]

/** Types of records (IANA). */
export const TYPE = { a: 1, aaaa: 28, opt: 41, ixfr: 251, axfr: 252, any: 255 } as const
const INTERNET = 1

/** The largest message over UDP without EDNS (RFC 1035), and the largest that is sent with it (DNS flag day 2020). */
const PLAIN_UDP_BYTES = 512
export const LARGEST_UDP_BYTES = 1232
const HEADER_BYTES = 12

export interface Query {
  id: number
  /** As it was asked, in whatever case, without the dot at the end; bytes beyond ASCII as Latin-1. */
  name: string
  type: number
  recursionDesired: boolean
  /** Whether the client speaks EDNS (RFC 6891), and how much it takes over UDP. */
  edns: boolean
  udpBytes: number
}

/** What can't be answered as a query, with the id that an answer needs. */
export interface BadQuery {
  id: number
  rcode: Rcode
}

/**
 * Reads one question of class Internet. The error says what to answer; it is undefined when nothing should be, because
 * the message is a reply or has no header. Never throws.
 */
export function parseQuery(bytes: Buffer): Result<Query, BadQuery | undefined> {
  if (bytes.length < HEADER_BYTES) return err(undefined)
  const id = bytes.readUInt16BE(0)
  const flags = bytes.readUInt16BE(2)
  if (flags & 0x8000) return err(undefined)
  const bad = (rcode: Rcode): Result<never, BadQuery> => err({ id, rcode })
  if ((flags >> 11) & 15) return bad(RCODE.notImplemented)
  const [questions, answers, authorities, additionals] = [4, 6, 8, 10].map((at) => bytes.readUInt16BE(at)) as [number, number, number, number]
  if (questions !== 1 || answers !== 0 || authorities !== 0 || additionals > 2) return bad(RCODE.formatError)
  const question = readName(bytes, HEADER_BYTES)
  if (!question || question.end + 4 > bytes.length) return bad(RCODE.formatError)
  const type = bytes.readUInt16BE(question.end)
  if (bytes.readUInt16BE(question.end + 2) !== INTERNET) return bad(RCODE.notImplemented)
  const edns = readEdns(bytes, question.end + 4, additionals)
  if (!edns) return bad(RCODE.formatError)
  const udpBytes = edns.present ? Math.min(LARGEST_UDP_BYTES, Math.max(PLAIN_UDP_BYTES, edns.udpBytes)) : PLAIN_UDP_BYTES
  return ok({ id, name: question.name, type, recursionDesired: (flags & 0x100) !== 0, edns: edns.present, udpBytes })
}

/** A name without compression, which a question has no use for: at most 255 bytes, labels of 1 to 63. */
function readName(bytes: Buffer, start: number): { name: string; end: number } | undefined {
  const labels: string[] = []
  for (let at = start; at < bytes.length && at - start < 255; ) {
    const length = bytes[at]!
    if (length === 0) return { name: labels.join('.'), end: at + 1 }
    if (length > 63 || at + 1 + length > bytes.length) return undefined
    const label = bytes.subarray(at + 1, at + 1 + length)
    // A dot within a label is no separator, and no host has one.
    if (label.includes(0x2e)) return undefined
    labels.push(label.toString('latin1'))
    at += 1 + length
  }
  return undefined
}

/** Looks for OPT among the additional records. */
function readEdns(bytes: Buffer, start: number, count: number): { present: boolean; udpBytes: number } | undefined {
  let found = { present: false, udpBytes: 0 }
  let at = start
  for (let index = 0; index < count; index += 1) {
    const name = readName(bytes, at)
    if (!name || name.end + 10 > bytes.length) return undefined
    const isOpt = bytes.readUInt16BE(name.end) === TYPE.opt
    if (isOpt && (found.present || name.name !== '')) return undefined
    if (isOpt) found = { present: true, udpBytes: bytes.readUInt16BE(name.end + 2) }
    at = name.end + 10 + bytes.readUInt16BE(name.end + 8)
    if (at > bytes.length) return undefined
  }
  return found
}

/** The reply to a query; `addresses` that are not of the asked type are left out, as are those beyond `mostBytes`. */
export function encodeReply(query: Query, rcode: Rcode, addresses: readonly Address[], ttlSeconds: number, mostBytes: number): Buffer {
  const records = addresses.map((address) => encodeAddress(address, query.type, ttlSeconds)).filter((record) => record !== undefined)
  const question = encodeQuestion(query)
  const opt = query.edns ? Buffer.from([0, 0, TYPE.opt, LARGEST_UDP_BYTES >> 8, LARGEST_UDP_BYTES & 255, 0, 0, 0, 0, 0, 0]) : Buffer.alloc(0)
  const room = mostBytes - HEADER_BYTES - question.length - opt.length
  const fitting = records.slice(0, Math.max(0, Math.floor(room / (records[0]?.length ?? 1))))
  const flags = (query.recursionDesired ? 0x100 : 0) | (fitting.length < records.length ? 0x200 : 0) | rcode
  return Buffer.concat([header(query.id, flags, [1, fitting.length, 0, query.edns ? 1 : 0]), question, ...fitting, opt])
}

/** The reply to what could not be read. */
export function encodeFailure({ id, rcode }: BadQuery): Buffer {
  return header(id, rcode, [0, 0, 0, 0])
}

/** A query, as a client sends it. */
export function encodeQuery(query: Query): Buffer {
  const opt = query.edns ? Buffer.from([0, 0, TYPE.opt, query.udpBytes >> 8, query.udpBytes & 255, 0, 0, 0, 0, 0, 0]) : Buffer.alloc(0)
  const bytes = Buffer.concat([header(query.id, 0, [1, 0, 0, query.edns ? 1 : 0]), encodeQuestion(query), opt])
  bytes.writeUInt16BE(query.recursionDesired ? 0x100 : 0, 2)
  return bytes
}

/** Flags of a reply: QR, and RA because names are looked up for the client. */
function header(id: number, flags: number, counts: readonly number[]): Buffer {
  const bytes = Buffer.alloc(HEADER_BYTES)
  for (const [at, value] of [id, 0x8080 | flags, ...counts].entries()) bytes.writeUInt16BE(value, at * 2)
  return bytes
}

function encodeQuestion({ name, type }: Query): Buffer {
  const labels = name === '' ? [] : name.split('.').map((label) => Buffer.from(label, 'latin1'))
  const tail = Buffer.from([0, type >> 8, type & 255, 0, INTERNET])
  return Buffer.concat([...labels.flatMap((label) => [Buffer.from([label.length]), label]), tail])
}

/** A record about the name in the question, which begins at byte 12. */
function encodeAddress(address: Address, type: number, ttlSeconds: number): Buffer | undefined {
  const data = addressBytes(address)
  if (data?.length !== (type === TYPE.a ? 4 : type === TYPE.aaaa ? 16 : 0)) return undefined
  const head = Buffer.from([0xc0, HEADER_BYTES, 0, type, 0, INTERNET, 0, 0, 0, 0, 0, data.length])
  head.writeUInt32BE(ttlSeconds, 6)
  return Buffer.concat([head, data])
}

function addressBytes(address: Address): Buffer | undefined {
  const bytes = addressOf(address) === address ? parseAddress(address) : undefined
  return bytes && Buffer.from(bytes)
}
