import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { describe, expect, onTestFinished, test } from 'vitest'
import { readProcess } from '../../electron/discovery/linux/read-process.ts'
import { signalExactly } from '../../electron/discovery/linux/signal.ts'
import { respond } from '../../electron/discovery/response.ts'

const onLinux = process.platform === 'linux'
const nobody = { others: new Set<number>(), confirmed: false }

/** A shell that has started a process of its own. */
async function family(): Promise<{ parent: number; child: number; startedAt: number }> {
  const shell = spawn('sh', ['-c', 'sleep 600 & echo $!; wait'], { stdio: ['ignore', 'pipe', 'inherit'] })
  onTestFinished(() => void shell.kill('SIGKILL'))
  const [line] = (await once(shell.stdout, 'data')) as [Buffer]
  const child = Number(String(line))
  onTestFinished(() => {
    const still = readProcess(child)
    if (still) signalExactly(still, 'SIGKILL')
  })
  return { parent: shell.pid!, child, startedAt: readProcess(shell.pid!)!.startedAt }
}

const stateOf = (pid: number): string => {
  try {
    return /\) (\w)/.exec(readFileSync(`/proc/${pid}/stat`, 'latin1'))?.[1] ?? ''
  } catch {
    return 'gone'
  }
}

describe.skipIf(!onLinux)('an agent that should stop', () => {
  test('is paused with everything it started, and goes on afterwards', async () => {
    const { parent, child, startedAt } = await family()
    expect(respond('pause', { pid: parent, startedAt }, nobody)).toEqual({ ok: true, value: [parent, child] })
    await expect.poll(() => [stateOf(parent), stateOf(child)]).toEqual(['T', 'T'])
    expect(respond('resume', { pid: parent, startedAt }, nobody).ok).toBe(true)
    await expect.poll(() => [stateOf(parent), stateOf(child)]).toEqual(['S', 'S'])
  })

  test('is ended with everything it started', async () => {
    const { parent, child, startedAt } = await family()
    expect(respond('end', { pid: parent, startedAt }, nobody).ok).toBe(true)
    await expect.poll(() => [stateOf(parent), stateOf(child)].every((state) => state === 'gone' || state === 'Z')).toBe(true)
  })

  test('is asked about again when another one would be touched', async () => {
    const { parent, child, startedAt } = await family()
    const refused = respond('pause', { pid: parent, startedAt }, { others: new Set([child]), confirmed: false })
    expect(refused).toMatchObject({ ok: false, error: { asks: [child] } })
    expect(stateOf(parent)).toBe('S')
    expect(respond('pause', { pid: parent, startedAt }, { others: new Set([child]), confirmed: true }).ok).toBe(true)
  })

  test('is not mistaken for a process that has its number now', async () => {
    const { parent, startedAt } = await family()
    expect(respond('end', { pid: parent, startedAt: startedAt - 5000 }, nobody)).toMatchObject({ ok: false, error: { message: 'This process has ended.' } })
    const { ticks } = readProcess(parent)!
    expect(signalExactly({ pid: parent, ticks: ticks + 1 }, 'SIGKILL')).toBe(false)
    expect(stateOf(parent)).toBe('S')
  })

  test('is left alone when Paddock runs inside it', () => {
    const { pid, startedAt } = readProcess(process.ppid)!
    expect(respond('pause', { pid, startedAt }, nobody)).toMatchObject({ ok: false, error: { message: expect.stringContaining('Paddock itself') } })
  })
})
