import { createHmac, timingSafeEqual, type KeyObject } from 'node:crypto'
import { closeSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs'
import * as z from 'zod'
import { err, ok, type Result } from '../contract/result.ts'
import type { Place } from './chain.ts'

/**
 * Where the chain ended when the head was last written, kept beside the database: a chain alone does not show that its
 * end was cut off. The head may lag behind the rows, it never leads.
 */
export interface Head extends Place {
  /** The row that was the last when this head began. Above 0, an earlier head was lost and a cut before it is hidden. */
  since: number
}

const hex = z.string().regex(/^[0-9a-f]{64}$/)
const Stored = z.strictObject({ seq: z.number().int(), hash: hex, since: z.number().int(), mac: hex })

export const headFileOf = (journal: string): string => `${journal}.head`

/** Reads the head of a journal; undefined when there is none. The error says why it can't be trusted. */
export function readHead(journal: string, key: KeyObject): Result<Head | undefined, string> {
  const file = headFileOf(journal)
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return ok(undefined)
    return err(`The end of the record can't be checked: ${file} can't be read.`)
  }
  const stored = Stored.safeParse(parseJson(text))
  if (!stored.success) return err(`The end of the record can't be checked: ${file} was changed.`)
  const head = { seq: stored.data.seq, hash: Buffer.from(stored.data.hash, 'hex'), since: stored.data.since }
  if (!timingSafeEqual(macOf(key, head), Buffer.from(stored.data.mac, 'hex')))
    return err(`The end of the record can't be checked: ${file} was changed, or written with another key.`)
  return ok(head)
}

/** Writes the head: whole and on disk, or not at all. Throws what the file system says. */
export function writeHead(journal: string, key: KeyObject, head: Head): void {
  const file = headFileOf(journal)
  const mac = macOf(key, head).toString('hex')
  const fd = openSync(`${file}.new`, 'w', 0o600)
  try {
    writeSync(fd, `${JSON.stringify({ ...head, hash: head.hash.toString('hex'), mac })}\n`)
    fsyncSync(fd)
  } finally {
    closeSync(fd)
  }
  renameSync(`${file}.new`, file)
}

function macOf(key: KeyObject, head: Head): Buffer {
  return createHmac('sha256', key).update(`head ${head.seq} ${head.since} ${head.hash.toString('hex')}`).digest()
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
