import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { takeLock } from '../../electron/broker/lock.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'paddock-lock-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

/** A process that tries to take the lock, says what came of it, and then lives until it is killed. */
function contender(): ChildProcess {
  const lock = join(import.meta.dirname, '../../electron/broker/lock.ts')
  const code = `import { takeLock } from ${JSON.stringify(lock)}
    const taken = takeLock(${JSON.stringify(folder)})
    console.log(taken.ok ? 'won' : taken.error)
    setInterval(() => taken, 1000)`
  return spawn(process.execPath, ['--input-type=module', '-e', code], { stdio: ['ignore', 'pipe', 'inherit'] })
}

async function firstLine(child: ChildProcess): Promise<string> {
  const [data] = (await once(child.stdout!, 'data')) as [Buffer]
  return data.toString().trim()
}

async function kill(child: ChildProcess): Promise<void> {
  const ended = once(child, 'exit')
  child.kill('SIGKILL')
  await ended
}

test('a second broker is told which process has the lock, and what to do', async () => {
  const first = contender()
  expect(await firstLine(first)).toBe('won')
  const second = takeLock(folder)
  expect(second).toMatchObject({ ok: false, error: expect.stringContaining(`process ${first.pid}`) })
  expect(second).toMatchObject({ ok: false, error: expect.stringContaining('quit it') })
  await kill(first)
})

test('the lock of a broker that was killed is free', async () => {
  const first = contender()
  expect(await firstLine(first)).toBe('won')
  await kill(first)
  const second = takeLock(folder)
  expect(second.ok).toBe(true)
  if (second.ok) second.value.release()
})

test('of several brokers that start at once exactly one wins', async () => {
  const all = Array.from({ length: 5 }, contender)
  const lines = await Promise.all(all.map(firstLine))
  expect(lines.filter((line) => line === 'won')).toHaveLength(1)
  await Promise.all(all.map(kill))
})

test('a lock that was released can be taken again', () => {
  const first = takeLock(folder)
  if (!first.ok) throw new Error(first.error)
  expect(takeLock(folder).ok).toBe(false)
  first.value.release()
  const second = takeLock(folder)
  expect(second.ok).toBe(true)
  if (second.ok) second.value.release()
})
