import { createHmac, type KeyObject } from 'node:crypto'

/** A row as it lies in the database. */
export interface Row {
  seq: number
  /** Milliseconds since the epoch. */
  at: number
  /** An `EventBody` as JSON. */
  body: string
  hash: Uint8Array
}

/** A place in the chain: the row's number and its hash. */
export interface Place {
  seq: number
  hash: Buffer
}

/** Before the first row. */
export const START: Place = { seq: 0, hash: Buffer.alloc(32) }

/**
 * The hash of a row: HMAC-SHA256 over the hash before it and everything the row says. Numbers are followed by a space,
 * so no two rows give the same bytes.
 */
export function linkOf(key: KeyObject, previous: Buffer, row: Omit<Row, 'hash'>): Buffer {
  return createHmac('sha256', key).update(previous).update(`${row.seq} ${row.at} `).update(row.body).digest()
}

/** What is wrong with a row that should follow `previous`, in words for a person; undefined when nothing is. */
export function problemOf(key: KeyObject, previous: Place, row: Row): string | undefined {
  const expected = previous.seq + 1
  if (row.seq > expected) return missing(expected, row.seq - 1)
  if (row.seq < expected) return `Row ${row.seq} does not belong to the record.`
  if (!linkOf(key, previous.hash, row).equals(row.hash)) return `Row ${row.seq} was changed.`
  return undefined
}

/** Says which rows are not there. */
export function missing(first: number, last: number): string {
  return first === last ? `Row ${first} is missing.` : `Rows ${first} to ${last} are missing.`
}
