import { randomBytes } from 'node:crypto'
import { copyFileSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import * as fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { EventBody } from '../../electron/contract/event.ts'
import { Journal } from '../../electron/journal/journal.ts'

let folder: string
let file: string
const key = randomBytes(32)

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'paddock-journal-'))
  file = join(folder, 'journal.db')
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const event = (message: string): EventBody => ({ kind: 'operator', change: 'opened', message })

function open(path = file): Journal {
  const opened = Journal.open(path, key)
  if (!opened.ok) throw new Error(opened.error)
  return opened.value
}

function write(messages: readonly string[], path = file): void {
  const journal = open(path)
  for (const message of messages) expect(journal.append(event(message)).ok).toBe(true)
  journal.close()
}

/** What somebody with write access to the file could do. */
function tamper(statement: string, ...values: (string | number | Uint8Array)[]): void {
  const database = new DatabaseSync(file)
  database.prepare(statement).run(...values)
  database.close()
}

function verify(path = file): { rows: number; problem?: string } {
  const opened = Journal.openReadOnly(path, key)
  if (!opened.ok) throw new Error(opened.error)
  try {
    return opened.value.verify()
  } finally {
    opened.value.close()
  }
}

describe('a journal', () => {
  test('gives back what was appended, newest first, page by page', () => {
    write(['a', 'b', 'c', 'd'])
    const journal = open()
    expect(journal.rows).toBe(4)
    expect(journal.page({ limit: 3 }).map((row) => row.body)).toEqual(['d', 'c', 'b'].map(event))
    expect(journal.page({ before: 2, limit: 3 })).toMatchObject([{ seq: 1, body: event('a') }])
    expect([...journal.after(2)].map((row) => row.seq)).toEqual([3, 4])
    journal.close()
  })

  test('is readable by its owner only', () => {
    write(['a'])
    expect(statSync(file).mode & 0o777).toBe(0o600)
  })

  test('shows a row that it can not read as such, and the others as they are', () => {
    write(['a', 'b', 'c'])
    tamper('update event set body = ? where seq = 2', '{"kind":"from the future"}')
    const journal = open()
    expect(journal.page({ limit: 10 }).map((row) => row.body.kind)).toEqual(['operator', 'journal', 'operator'])
    journal.close()
  })

  test('refuses to go on when its file was removed under it', () => {
    const journal = open()
    journal.append(event('a'))
    rmSync(file)
    expect(journal.append(event('b'))).toMatchObject({ ok: false, error: expect.stringContaining('removed') })
    journal.close()
  })

  test('says what to do when the file is no database', () => {
    writeFileSync(file, 'not a database, but long enough to be looked at as one'.repeat(50))
    expect(Journal.open(file, key)).toMatchObject({ ok: false, error: expect.stringContaining('Move it away') })
  })
})

describe('verification', () => {
  test('finds an untouched journal intact, however often it was closed and opened', () => {
    for (const message of ['a', 'b', 'c']) write([message, message])
    expect(verify()).toEqual({ rows: 6 })
  })

  test('finds and locates any single change of any row', () => {
    const change = fc.oneof(
      fc.string({ minLength: 1 }).map((text) => ({ set: 'body = body || ?', value: text })),
      fc.integer({ min: 1, max: 1e12 }).map((number) => ({ set: 'at = at + ?', value: number })),
      fc.uint8Array({ minLength: 32, maxLength: 32 }).map((hash) => ({ set: 'hash = ?', value: hash })),
    )
    fc.assert(
      fc.property(fc.array(fc.string(), { minLength: 1, maxLength: 12 }), fc.nat(), change, (messages, pick, { set, value }) => {
        rmSync(file, { force: true })
        rmSync(`${file}.head`, { force: true })
        write(messages)
        const row = (pick % messages.length) + 1
        tamper(`update event set ${set} where seq = ${row}`, value)
        expect(verify().problem).toMatch(new RegExp(`^Row ${row} (was changed|is not the one)`))
      }),
      { numRuns: 60 },
    )
  })

  test('finds and locates any row that was removed, with the numbers left alone or closed up', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 12 }), fc.nat(), fc.boolean(), (count, pick, closeUp) => {
        rmSync(file, { force: true })
        rmSync(`${file}.head`, { force: true })
        write(Array.from({ length: count }, (_, index) => `row ${index}`))
        const row = (pick % count) + 1
        tamper(`delete from event where seq = ${row}`)
        if (closeUp) for (let next = row + 1; next <= count; next += 1) tamper(`update event set seq = ${next - 1} where seq = ${next}`)
        const located = closeUp && row < count ? `Row ${row} was changed` : `Row ${closeUp ? count : row} is missing`
        expect(verify().problem).toContain(located)
      }),
      { numRuns: 40 },
    )
  })

  test('notices rows that were cut off at the end, and goes on noticing after new rows', () => {
    write(['a', 'b', 'c', 'd'])
    tamper('delete from event where seq > 2')
    expect(verify().problem).toBe('Rows 3 to 4 are missing. The end was cut off.')

    const journal = open()
    expect(journal.problem).toContain('Rows 3 to 4 are missing')
    journal.append(event('e'))
    journal.close()
    expect(verify().problem).toBe('Rows 3 to 4 are missing.')
  })

  test('notices that the head was removed or forged, and keeps that in mind', () => {
    write(['a', 'b'])
    const head = readFileSync(`${file}.head`, 'utf8')
    writeFileSync(`${file}.head`, head.replace('"seq":2', '"seq":1'))
    expect(verify().problem).toContain('was changed')
    rmSync(`${file}.head`)
    expect(verify().problem).toContain('was missing')
    write(['c'])
    expect(verify().problem).toContain('was missing when row 2 was the last')
  })

  test('notices that an older copy was put back', () => {
    write(['a', 'b'])
    copyFileSync(file, join(folder, 'old.db'))
    write(['c', 'd'])
    copyFileSync(join(folder, 'old.db'), file)
    expect(verify().problem).toContain('Rows 3 to 4 are missing')
  })

  test('notices rows that were made with another key', () => {
    const opened = Journal.open(file, randomBytes(32))
    if (opened.ok) {
      opened.value.append(event('forged'))
      opened.value.close()
    }
    expect(verify().problem).toContain('Row 1 was changed')
  })

  test('reports a number that no row can have instead of failing', () => {
    write(['a', 'b'])
    tamper('update event set at = 9223372036854775807 where seq = 2')
    expect(verify().problem).toMatch(/row 0/)
  })

  test('in steps finds the same', async () => {
    write(Array.from({ length: 20 }, (_, index) => String(index)))
    tamper('update event set at = 1 where seq = 17')
    const journal = open()
    expect(await journal.verifyInSteps()).toEqual(journal.verify())
    journal.close()
  })
})
