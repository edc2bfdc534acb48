import { createSecretKey, type KeyObject } from 'node:crypto'
import { closeSync, existsSync, mkdirSync, openSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync, type StatementSync } from 'node:sqlite'
import { EventBody, type TimelineEvent } from '../contract/event.ts'
import { err, ok, type Result } from '../contract/result.ts'
import { linkOf, missing, problemOf, START, type Place, type Row } from './chain.ts'
import { headFileOf, readHead, writeHead, type Head } from './head.ts'
import { whyUnreadable, whyUnwritable } from './sqlite-errors.ts'

const SCHEMA = `
  create table if not exists event (
    seq  integer primary key,
    at   integer not null,
    body text    not null,
    hash blob    not null
  ) strict`

/** How long the head may lag behind the rows, in milliseconds. */
const HEAD_LAG = 1000
const BATCH = 500

/** What a verification found. `problem` names the first row that is wrong. */
export interface Verification {
  rows: number
  problem?: string
}

/**
 * The append-only record: rows in SQLite (WAL, synced on each append) that form a keyed hash chain, and a head beside
 * them. One process writes, any number read.
 */
export class Journal {
  /** What is wrong with the end of the record, as far as opening it shows. `verify` looks at all of it. */
  readonly problem: string | undefined
  private readonly file: string
  private readonly key: KeyObject
  private readonly database: DatabaseSync
  private readonly insert: StatementSync | undefined
  private readonly inode: number
  private head: Head
  private headTimer: NodeJS.Timeout | undefined

  private constructor(file: string, key: KeyObject, database: DatabaseSync, writable: boolean) {
    this.file = file
    this.key = key
    this.database = database
    this.insert = writable ? database.prepare('insert into event values (?, ?, ?, ?)') : undefined
    this.inode = statSync(file).ino
    const end = this.findEnd()
    this.head = end.head
    this.problem = end.problem
  }

  /** Opens the record for the one process that writes it; makes it when there is none. */
  static open(file: string, key: Uint8Array): Result<Journal, string> {
    try {
      mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
      closeSync(openSync(file, 'a', 0o600))
      const database = new DatabaseSync(file, { timeout: 5000 })
      database.exec(`pragma journal_mode = wal; pragma synchronous = full; ${SCHEMA}`)
      const journal = new Journal(file, createSecretKey(key), database, true)
      // On disk before the first row: from then on a missing head means that somebody removed it.
      writeHead(file, journal.key, journal.head)
      return ok(journal)
    } catch (error) {
      return err(whyUnwritable(file, error))
    }
  }

  /** Opens the record to read it, also while another process writes. */
  static openReadOnly(file: string, key: Uint8Array): Result<Journal, string> {
    if (!existsSync(file)) return err(`There is no journal yet: ${file}`)
    try {
      const database = new DatabaseSync(file, { readOnly: true, timeout: 5000 })
      return ok(new Journal(file, createSecretKey(key), database, false))
    } catch (error) {
      return err(whyUnreadable(file, error))
    }
  }

  /** Adds a row. It is on disk when this returns; after an error nothing was added and a later append may succeed. */
  append(body: EventBody): Result<TimelineEvent, string> {
    if (!this.insert) return err('This journal was opened for reading.')
    const row = { seq: this.head.seq + 1, at: Date.now(), body: JSON.stringify(body) }
    const hash = linkOf(this.key, this.head.hash, row)
    try {
      if (statSync(this.file, { throwIfNoEntry: false })?.ino !== this.inode)
        return err(`The journal ${this.file} was removed or replaced. Restart Paddock.`)
      this.insert.run(row.seq, row.at, row.body, hash)
    } catch (error) {
      return err(whyUnwritable(this.file, error))
    }
    this.head = { ...this.head, seq: row.seq, hash }
    this.headTimer ??= setTimeout(() => this.saveHead(), HEAD_LAG).unref()
    return ok({ seq: row.seq, at: row.at, body })
  }

  /** Up to `limit` rows before the row `before` (or the newest), newest first. */
  page(options: { before?: number; limit: number }): TimelineEvent[] {
    return this.database
      .prepare('select seq, at, body from event where seq < ? order by seq desc limit ?')
      .all(options.before ?? Number.MAX_SAFE_INTEGER, options.limit)
      .map(eventOf)
  }

  /** The rows after `seq` that are there now, oldest first. */
  *after(seq: number): Iterable<TimelineEvent> {
    for (const row of this.rowsAfter(seq)) yield eventOf(row)
  }

  /** Checks every row and the end. A record that another process writes may grow meanwhile. */
  verify(): Verification {
    const steps = this.check()
    for (;;) {
      const step = steps.next()
      if (step.done) return step.value
    }
  }

  /** As `verify`, in small steps that let the process do other work in between. */
  async verifyInSteps(): Promise<Verification> {
    const steps = this.check()
    for (;;) {
      const step = steps.next()
      if (step.done) return step.value
      await new Promise((resolve) => setImmediate(resolve))
    }
  }

  /** The number of the newest row. */
  get rows(): number {
    return this.insert ? this.head.seq : (this.lastRow()?.seq ?? 0)
  }

  close(): void {
    if (this.insert) this.saveHead()
    this.database.close()
  }

  /** Where to go on from, and what is wrong there: the last row should be the head's or one after it. */
  private findEnd(): { head: Head; problem?: string } {
    const last = this.lastRow() ?? START
    const stored = readHead(this.file, this.key)
    if (!stored.ok) return { head: { ...last, since: last.seq }, problem: stored.error }
    if (!stored.value)
      return { head: { ...last, since: last.seq }, ...(last.seq > 0 && { problem: headLost(this.file, last.seq) }) }
    const head = stored.value
    // Rows were cut off: the chain goes on after the head, so that the gap stays for everyone to see.
    if (last.seq < head.seq) return { head, problem: missing(last.seq + 1, head.seq) }
    if (!this.holds(head)) return { head: { ...last, since: last.seq }, problem: notRecorded(head.seq) }
    return { head: { ...last, since: head.since }, ...(head.since > 0 && { problem: headLost(this.file, head.since) }) }
  }

  /** Walks the chain, pausing after every batch. */
  private *check(): Generator<void, Verification> {
    // Read before the rows: it can't lead them then, however fast they grow.
    const stored = this.insert ? ok(this.head) : readHead(this.file, this.key)
    let last = START
    try {
      let count = 0
      for (const row of this.rowsAfter(Number.MIN_SAFE_INTEGER)) {
        const problem = problemOf(this.key, last, row)
        if (problem) return { rows: last.seq, problem }
        last = { seq: row.seq, hash: Buffer.from(row.hash) }
        if (stored.ok && stored.value?.seq === last.seq && !stored.value.hash.equals(last.hash))
          return { rows: last.seq, problem: notRecorded(last.seq) }
        count += 1
        if (count % BATCH === 0) yield
      }
    } catch (error) {
      return { rows: last.seq, problem: `After row ${last.seq}: ${whyUnreadable(this.file, error)}` }
    }
    return { rows: last.seq, ...endProblem(this.file, last, stored) }
  }

  /** In batches, so that no cursor stays open while rows are added. */
  private *rowsAfter(seq: number): Generator<Row> {
    const batch = this.database.prepare('select seq, at, body, hash from event where seq > ? order by seq limit ?')
    for (;;) {
      const rows = batch.all(seq, BATCH) as unknown as Row[]
      yield* rows
      const last = rows.at(-1)
      if (!last || rows.length < BATCH) return
      seq = last.seq
    }
  }

  private holds(place: Place): boolean {
    if (place.seq === 0) return true
    const row = this.database.prepare('select hash from event where seq = ?').get(place.seq)
    return row !== undefined && place.hash.equals(row['hash'] as Uint8Array)
  }

  private lastRow(): Place | undefined {
    const row = this.database.prepare('select seq, hash from event order by seq desc limit 1').get()
    return row && { seq: row['seq'] as number, hash: Buffer.from(row['hash'] as Uint8Array) }
  }

  private saveHead(): void {
    clearTimeout(this.headTimer)
    this.headTimer = undefined
    try {
      writeHead(this.file, this.key, this.head)
    } catch {
      // The head lags a little longer; the next append tries again. The rows themselves are safe.
    }
  }
}

function endProblem(file: string, last: Place, stored: Result<Head | undefined, string>): { problem?: string } {
  if (!stored.ok) return { problem: stored.error }
  if (!stored.value) return last.seq > 0 ? { problem: headLost(file, last.seq) } : {}
  if (last.seq < stored.value.seq) return { problem: `${missing(last.seq + 1, stored.value.seq)} The end was cut off.` }
  return stored.value.since > 0 ? { problem: headLost(file, stored.value.since) } : {}
}

function notRecorded(row: number): string {
  return `Row ${row} is not the one that was recorded: the rows up to it were replaced.`
}

function headLost(file: string, row: number): string {
  return `${headFileOf(file)} was missing when row ${row} was the last: rows cut off before that would not be noticed.`
}

/** A row that can't be read (damaged, or of a later version) is shown as such. */
function eventOf(row: object): TimelineEvent {
  const { seq, at, body } = row as Row
  try {
    return { seq, at, body: EventBody.parse(JSON.parse(body)) }
  } catch {
    const message = `Row ${seq} can't be shown: it is damaged or was written by another version of Paddock.`
    return { seq, at, body: { kind: 'journal', message } }
  }
}
