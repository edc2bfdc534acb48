import { fork, spawnSync, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { linkHost, Startup, type Pipe } from '../../electron/contract/links.ts'
import { operatorClient } from '../../electron/contract/operator-client.ts'
import { exchange } from './exchange.ts'
import { hookLine, judged, makeHome, read, recorded, waiting, write, type Home } from './fixture.ts'

let home: Home
const children: ChildProcess[] = []
beforeEach(() => {
  home = makeHome()
})
afterEach(async () => {
  await Promise.all(children.splice(0).map(kill))
  home.remove()
})

/** The broker in a process of its own, as the desktop runs it. */
function broker(): ChildProcess {
  const env = { ...process.env, HOME: home.folders.home, PADDOCK_HOME: join(home.root, 'paddock') }
  const child = fork(join(import.meta.dirname, '../../electron/broker/main.ts'), { env, serialization: 'advanced' })
  children.push(child)
  return child
}

async function startup(child: ChildProcess): Promise<Startup> {
  const [first] = (await once(child, 'message')) as [unknown]
  return Startup.parse(first)
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  child.kill('SIGKILL')
  await ended
}

function pipeTo(child: ChildProcess): Pipe {
  return {
    send: (message) => void child.send(message as object),
    onMessage: (listener) => void child.on('message', listener),
    onClose: (listener) => void child.on('exit', listener),
  }
}

describe('the broker process', () => {
  test('says that it is ready and where, and serves windows over its pipe', async () => {
    const child = broker()
    expect(await startup(child)).toEqual({ ready: true, socket: home.folders.endpoint })
    const host = linkHost(pipeTo(child))
    const prompt = operatorClient(host.open(['prompt']))
    const console = operatorClient(host.open(['console']))
    const told = judged(home, write(join(home.workspace, 'a')))
    const [request] = await waiting(prompt)
    const answer = { ...request!, verdict: 'allow', remember: 'once' } as const
    await expect(console.call('answer', answer)).rejects.toThrow('not for this window')
    expect(await prompt.call('answer', answer)).toEqual({ outcome: 'applied' })
    expect((await told).verdict).toBe('allow')
  })

  test('ends with its host, and says so in the journal', async () => {
    const child = broker()
    await startup(child)
    const ended = once(child, 'exit')
    child.disconnect()
    expect(await ended).toEqual([0, null])
    expect(recorded(home).events.at(-1)).toMatchObject({ kind: 'broker', change: 'stopped' })
  })

  test('runs once: of two that start together one is told about the other', async () => {
    const startups = await Promise.all([broker(), broker()].map(startup))
    expect(startups.filter((one) => 'ready' in one)).toHaveLength(1)
    const failed = startups.flatMap((one) => ('failed' in one ? [one.failed] : []))
    expect(failed).toEqual([expect.stringContaining('already guards')])
    expect((await judged(home, read(join(home.workspace, 'a')))).verdict).toBe('allow')
  })
})

describe('a broker that is killed in the middle of traffic', () => {
  test('has every decision that an agent heard in the journal, and its successor goes on', async () => {
    for (let round = 0; round < 4; round += 1) {
      const child = broker()
      expect(await startup(child)).toMatchObject({ ready: true })
      const heard: string[] = []
      const client = async (name: string): Promise<void> => {
        for (let count = 0; ; count += 1) {
          const path = join(home.workspace, `${round}-${name}-${count}`)
          const reply = await exchange(home.folders.endpoint, hookLine(home, read(path))).catch(() => '')
          if (!reply.endsWith('\n')) return
          heard.push(path)
          if (heard.length === 60) child.kill('SIGKILL')
        }
      }
      await Promise.all(['a', 'b', 'c', 'd', 'e', 'f'].map(client))
      await kill(child)

      const { events, problem } = recorded(home)
      expect(problem).toBeUndefined()
      const paths = new Set(events.flatMap((event) => (event.kind === 'decision' && event.call.tool === 'read' ? [event.call.path] : [])))
      expect(heard.filter((path) => !paths.has(path))).toEqual([])
      expect(heard.length).toBeGreaterThanOrEqual(60)
    }
  })

  test('denies what waited: its clients hear nothing that could be an allow', async () => {
    const child = broker()
    await startup(child)
    const prompt = operatorClient(linkHost(pipeTo(child)).open(['prompt']))
    const told = exchange(home.folders.endpoint, hookLine(home, write(join(home.workspace, 'a'))))
    await waiting(prompt)
    child.kill('SIGKILL')
    expect(await told.catch(() => '')).toBe('')
  })
})

describe('a broker whose disk is full', () => {
  test('denies with the reason, and goes on by itself once there is space', (ctx) => {
    const small = join(home.root, 'paddock/state')
    const mount = `mkdir -p '${small}' && mount -t tmpfs -o size=1m tmpfs '${small}'`
    if (spawnSync('unshare', ['-rm', 'sh', '-c', mount]).status !== 0)
      ctx.skip('mounting a small file system in a namespace of its own is not permitted here')
    const script = join(import.meta.dirname, 'full-disk.ts')
    const run = spawnSync('unshare', ['-rm', 'sh', '-c', `${mount} && exec '${process.execPath}' '${script}' '${home.root}'`], { encoding: 'utf8' })
    expect(run.stderr).toBe('')
    const found = JSON.parse(run.stdout) as { before: string; full: { verdict: string; message: string }[]; problem: string; after: string; verified: object }
    expect(found.before).toBe('allow')
    for (const { verdict, message } of found.full) {
      expect(verdict).toBe('deny')
      expect(message).toContain('disk full')
      expect(message).toContain('Free space')
    }
    expect(found.full.length).toBeGreaterThan(0)
    expect(found.problem).toContain('disk full')
    expect(found.after).toBe('allow')
    expect(found.verified).not.toHaveProperty('problem')
  })
})
