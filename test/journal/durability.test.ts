import { spawn, spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { Journal } from '../../electron/journal/journal.ts'

let folder: string
let file: string
const key = randomBytes(32)

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'paddock-durable-'))
  file = join(folder, 'journal.db')
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const script = (name: string): string => join(import.meta.dirname, name)
const writer = (...limit: string[]): ReturnType<typeof spawn> =>
  spawn(process.execPath, [script('writer.ts'), file, key.toString('hex'), ...limit], { stdio: ['ignore', 'pipe', 'inherit'] })

function readOnly(): Journal {
  const opened = Journal.openReadOnly(file, key)
  if (!opened.ok) throw new Error(opened.error)
  return opened.value
}

describe('a journal whose writer is killed', () => {
  test('has every acknowledged row and verifies, time after time', async () => {
    for (let round = 0; round < 8; round += 1) {
      const child = writer()
      let output = ''
      const enough = 5 + Math.floor(Math.random() * 60)
      child.stdout?.on('data', (data: Buffer) => {
        output += data.toString()
        if (output.split('\n').length > enough) child.kill('SIGKILL')
      })
      await once(child, 'close')
      const acknowledged = Number(output.slice(0, output.lastIndexOf('\n')).split('\n').at(-1))
      const journal = readOnly()
      expect(journal.rows).toBeGreaterThanOrEqual(acknowledged)
      expect(journal.verify().problem).toBeUndefined()
      journal.close()
    }
  })
})

describe('a journal that is written', () => {
  test('can be read by two others meanwhile, who see an intact chain that only grows', async () => {
    const child = writer('400')
    await once(child.stdout!, 'data')
    child.stdout?.resume()
    const closed = once(child, 'close')
    const readers = [readOnly(), readOnly()]
    const seen = [0, 0]
    let rows = 0
    while (rows < 400) {
      for (const [index, reader] of readers.entries()) {
        const verified = reader.verify()
        expect(verified.problem).toBeUndefined()
        expect(verified.rows).toBeGreaterThanOrEqual(seen[index]!)
        for (const row of reader.after(seen[index]!)) {
          expect(row.seq).toBe(seen[index]! + 1)
          seen[index] = row.seq
        }
      }
      rows = Math.min(...seen)
      await new Promise((resolve) => setImmediate(resolve))
    }
    await closed
    readers.forEach((reader) => reader.close())
  })
})

describe('a journal on a full disk', () => {
  test('refuses with the reason, and goes on by itself once there is space, its chain intact', (ctx) => {
    const mount = `mount -t tmpfs -o size=1m tmpfs '${folder}'`
    if (spawnSync('unshare', ['-rm', 'sh', '-c', mount]).status !== 0)
      ctx.skip('mounting a small file system in a namespace of its own is not permitted here')
    const node = `exec '${process.execPath}' '${script('full-disk.ts')}' '${file}'`
    const run = spawnSync('unshare', ['-rm', 'sh', '-c', `${mount} && ${node}`], { encoding: 'utf8' })
    expect(run.stderr).toBe('')
    const found = JSON.parse(run.stdout) as { refused: string[]; after: boolean; rows: number; acknowledged: number; problem?: string }
    expect(found.refused.length).toBeGreaterThan(0)
    for (const message of found.refused) expect(message).toBe(`The journal can't be written (disk full): ${file}. Free space on that disk; Paddock then goes on by itself.`)
    expect(found.after).toBe(true)
    expect(found.rows).toBe(found.acknowledged)
    expect(found.problem).toBeUndefined()
  })
})
