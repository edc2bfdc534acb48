import { readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Broker } from '../../electron/broker/broker.ts'
import { userPolicies } from '../../electron/broker/folders.ts'
import { MOST_WAITING } from '../../electron/broker/requests.ts'
import type { Answer, PendingRequest } from '../../electron/contract/request.ts'
import { hookLine, judged, makeHome, openWindow, POLICY, read, recorded, say, start, until, waiting, write, type Home } from './fixture.ts'

let home: Home
let broker: Broker
beforeEach(async () => {
  home = makeHome()
  broker = await start(home)
})
afterEach(async () => {
  await broker.close()
  home.remove()
})

const inWorkspace = (name: string): string => join(home.workspace, name)

function answerTo(request: PendingRequest, verdict: 'allow' | 'deny' = 'allow', remember: Answer['remember'] = 'once'): Answer {
  const { id, digest, revision, nonce } = request
  return { id, digest, revision, nonce, verdict, remember }
}

const flip = (text: string): string => `${text.startsWith('0') ? '1' : '0'}${text.slice(1)}`

/** The decisions in the journal. */
const decisions = () => recorded(home).events.flatMap((event) => (event.kind === 'decision' ? [event] : []))

describe('a call that policy decides', () => {
  test('is allowed without a word, and on record', async () => {
    expect(await judged(home, read(inWorkspace('a')))).toEqual({ verdict: 'allow', message: '' })
    expect(decisions()).toMatchObject([{ verdict: 'allow', by: 'policy', toolName: 'Read', caller: { session: 'session-1', workspace: home.workspace } }])
  })

  test('is denied with the reason, the rule and the advice', async () => {
    const { verdict, message } = await judged(home, read(inWorkspace('secret')))
    expect(verdict).toBe('deny')
    for (const part of ['It is secret.', 'files.read.deny', 'mine.yaml', 'Do without it.']) expect(message).toContain(part)
    expect(decisions()).toMatchObject([{ verdict: 'deny', by: 'policy' }])
  })

  test('is judged for the workspace that its session began in, wherever the agent goes', async () => {
    await judged(home, read(inWorkspace('a')))
    const elsewhere = { ...home, workspace: '/' }
    const asked = judged(elsewhere, read('/etc/hosts', { waits: 2001 }))
    expect((await asked).verdict).toBe('deny')
    expect((await judged(elsewhere, read(inWorkspace('b')))).verdict).toBe('allow')
  })

  test.each([
    ['a payload that is not JSON', 'nonsense', 'not JSON'],
    ['a payload of another event', '{"hook_event_name":"Stop"}', 'hook_event_name'],
    ['a tool whose input has another form', JSON.stringify({ hook_event_name: 'PreToolUse', session_id: 's', cwd: '/', tool_name: 'Read', tool_input: {} }), 'Read'],
  ])('is denied when it is %s', async (_, payload, wrong) => {
    const reply = await say(home.folders.endpoint, { type: 'hook', agent: 'claude-code', payload, waits: 60_000 })
    expect(reply.type === 'hook' && reply.stdout).toMatch(/"deny"/)
    expect(recorded(home).events).toContainEqual({ kind: 'unreadable', agent: 'claude-code', message: expect.stringContaining(wrong) })
  })

  test('of an agent without a connector is refused', async () => {
    const reply = await say(home.folders.endpoint, { type: 'hook', agent: 'nobody', payload: '{}', waits: 1000 })
    expect(reply).toMatchObject({ type: 'error', message: expect.stringContaining('nobody') })
  })

  test('is recorded without the secrets in it', async () => {
    const token = ['gh', 'p_', 'x1Y2'.repeat(9)].join('')
    await judged(home, read(inWorkspace(token)))
    expect(JSON.stringify(recorded(home).events)).not.toContain(token)
  })
})

describe('a call that policy leaves to the operator', () => {
  test('waits, is shown whole, and runs after Allow', async () => {
    const window = openWindow(broker, 'prompt')
    const told = judged(home, write(inWorkspace('a')))
    const [request] = await waiting(window)
    expect(request).toMatchObject({
      toolName: 'Write',
      call: { tool: 'write', path: inWorkspace('a'), content: 'x' },
      effects: [{ kind: 'write', path: inWorkspace('a') }],
      cwd: home.workspace,
    })
    expect(await window.call('answer', answerTo(request!))).toEqual({ outcome: 'applied' })
    expect(await told).toEqual({ verdict: 'allow', message: '' })
    expect(recorded(home).events.slice(-2)).toMatchObject([
      { kind: 'asked', request: request!.id, call: { content: '‹1 characters›' } },
      { kind: 'decision', request: request!.id, verdict: 'allow', by: 'operator' },
    ])
  })

  test('does not run after Deny, and the agent hears that the user said so', async () => {
    const window = openWindow(broker, 'prompt')
    const told = judged(home, write(inWorkspace('a')))
    const [request] = await waiting(window)
    await window.call('answer', answerTo(request!, 'deny'))
    expect(await told).toMatchObject({ verdict: 'deny', message: expect.stringContaining('user denied') })
    expect(decisions()).toMatchObject([{ verdict: 'deny', by: 'operator' }])
  })

  test('does not run when nobody answers within the time that policy sets', async () => {
    home.policy(`${POLICY}approval: { timeout: 200ms }\n`)
    await broker.close()
    broker = await start(home)
    expect(await judged(home, write(inWorkspace('a')))).toMatchObject({ verdict: 'deny', message: expect.stringContaining('nobody answered') })
    expect(decisions()).toMatchObject([{ verdict: 'deny', by: 'timeout' }])
  })

  test('ends before its client gives up', async () => {
    const window = openWindow(broker, 'prompt')
    const told = judged(home, write(inWorkspace('a'), { waits: 2500 }))
    const [request] = await waiting(window)
    expect(request!.deadline - request!.askedAt).toBe(500)
    expect(await told).toMatchObject({ verdict: 'deny' })
  })

  test('is withdrawn when its agent goes away', async () => {
    const window = openWindow(broker, 'prompt')
    const socket = connect(home.folders.endpoint)
    socket.write(hookLine(home, write(inWorkspace('a'))))
    const [request] = await waiting(window)
    socket.destroy()
    await waiting(window, 0)
    expect(recorded(home).events.at(-1)).toMatchObject({ kind: 'withdrawn', request: request!.id })
    expect(await window.call('answer', answerTo(request!))).toMatchObject({ reason: 'no-such-request' })
  })

  test('is denied when the broker quits', async () => {
    const window = openWindow(broker, 'prompt')
    const told = judged(home, write(inWorkspace('a')))
    await waiting(window)
    await broker.close()
    expect(await told).toMatchObject({ verdict: 'deny', message: expect.stringContaining('quit') })
    broker = await start(home)
  })

  test('is denied at once when too many wait already', async () => {
    const window = openWindow(broker, 'prompt')
    const sockets = Array.from({ length: MOST_WAITING }, (_, index) => {
      const socket = connect(home.folders.endpoint)
      socket.write(hookLine(home, write(inWorkspace(`f${index}`))))
      return socket
    })
    await waiting(window, MOST_WAITING)
    expect(await judged(home, write(inWorkspace('one more')))).toMatchObject({ verdict: 'deny', message: expect.stringContaining('Too many') })
    expect((await judged(home, read(inWorkspace('a')))).verdict).toBe('allow')
    sockets.forEach((socket) => socket.destroy())
    await waiting(window, 0)
  })
})

describe('an answer', () => {
  let window: ReturnType<typeof openWindow>
  let told: Promise<{ verdict: string }>
  let request: PendingRequest
  beforeEach(async () => {
    window = openWindow(broker, 'prompt')
    told = judged(home, write(inWorkspace('a')))
    ;[request] = (await waiting(window)) as [PendingRequest]
  })

  test('counts for exactly one request: each other binding is refused with a reason of its own', async () => {
    const right = answerTo(request)
    const wrong: Record<string, Answer> = {
      'no-such-request': { ...right, id: flip(right.id) as Answer['id'] },
      changed: { ...right, digest: flip(right.digest) as Answer['digest'] },
      'stale-revision': { ...right, revision: right.revision + 1 },
      'wrong-nonce': { ...right, nonce: flip(right.nonce) },
    }
    for (const [reason, answer] of Object.entries(wrong))
      expect(await window.call('answer', answer)).toMatchObject({ outcome: 'refused', reason })
    expect((await window.call('state', {})).requests).toHaveLength(1)
    expect(await window.call('answer', right)).toEqual({ outcome: 'applied' })
    expect((await told).verdict).toBe('allow')
  })

  test('to a call that differs by one byte has another digest', async () => {
    const other = judged(home, { ...write(inWorkspace('a')), input: { file_path: inWorkspace('a'), content: 'y' } })
    const [, second] = await waiting(window, 2)
    expect(second!.digest).not.toBe(request.digest)
    expect(await window.call('answer', { ...answerTo(second!), digest: request.digest })).toMatchObject({ reason: 'changed' })
    for (const one of [request, second!]) await window.call('answer', answerTo(one, 'deny'))
    await Promise.all([told, other])
  })

  test('that comes twice has one effect', async () => {
    const outcomes = await Promise.all([window.call('answer', answerTo(request)), window.call('answer', answerTo(request))])
    expect(outcomes).toMatchObject([{ outcome: 'applied' }, { outcome: 'refused', reason: 'no-such-request' }])
    expect(decisions()).toHaveLength(1)
    await told
  })

  test('is refused once the path leads elsewhere than what was shown', async () => {
    symlinkSync('/etc/hosts', inWorkspace('a'))
    expect(await window.call('answer', answerTo(request))).toMatchObject({ reason: 'changed' })
    const [rebuilt] = await waiting(window)
    expect(rebuilt!.effects).toEqual([{ kind: 'write', path: '/etc/hosts' }])
    await window.call('answer', answerTo(rebuilt!, 'deny'))
    expect((await told).verdict).toBe('deny')
  })

  test('from a window without the prompt’s role is refused', async () => {
    const console = openWindow(broker, 'console')
    await expect(console.call('answer', answerTo(request))).rejects.toThrow('not for this window')
    await window.call('answer', answerTo(request, 'deny'))
    await told
  })

  test('that policy does not offer is refused', async () => {
    home.policy(`${POLICY}approval: { remember: [once] }\n`)
    const { requests } = await until(window, ({ requests: [one] }) => one?.revision !== request.revision)
    expect(requests[0]!.offers).toEqual([{ remember: 'once' }])
    expect(await window.call('answer', answerTo(requests[0]!, 'allow', 'session'))).toMatchObject({ reason: 'not-offered' })
    await window.call('answer', answerTo(requests[0]!, 'deny'))
    await told
  })
})

describe('an Allow for the session', () => {
  test('lets the same call of that session pass, and no other', async () => {
    const window = openWindow(broker, 'prompt', 'console')
    const told = judged(home, write(inWorkspace('a')))
    const [request] = await waiting(window)
    expect(request!.offers).toContainEqual({ remember: 'session', rules: [`files.write.allow: ${inWorkspace('a')}`] })
    await window.call('answer', answerTo(request!, 'allow', 'session'))
    await told

    expect((await judged(home, write(inWorkspace('a')))).verdict).toBe('allow')
    expect(decisions().at(-1)).toMatchObject({ by: 'grant' })
    expect((await judged(home, write(inWorkspace('b'), { waits: 2001 }))).verdict).toBe('deny')
    expect((await judged(home, write(inWorkspace('a'), { session: 'session-2', waits: 2001 }))).verdict).toBe('deny')
    expect((await window.call('state', {})).grants).toMatchObject([{ session: 'session-1', uses: 1 }])
  })

  test('also answers what waits already, and asks again once it is revoked', async () => {
    const window = openWindow(broker, 'prompt', 'console')
    const both = [judged(home, write(inWorkspace('a'))), judged(home, write(inWorkspace('a')))]
    const [request] = await waiting(window, 2)
    await window.call('answer', answerTo(request!, 'allow', 'session'))
    expect(await Promise.all(both)).toMatchObject([{ verdict: 'allow' }, { verdict: 'allow' }])

    const [grant] = (await window.call('state', {})).grants
    expect(await window.call('revokeGrant', { id: grant!.id })).toEqual({ done: true })
    expect(await window.call('revokeGrant', { id: grant!.id })).toMatchObject({ done: false })
    expect((await judged(home, write(inWorkspace('a'), { waits: 2001 }))).verdict).toBe('deny')
    expect(recorded(home).events.filter(({ kind }) => kind === 'grant')).toMatchObject([{ change: 'given' }, { change: 'revoked' }])
  })
})

describe('an Allow for good', () => {
  test('writes exactly the lines that were shown, and they are in force', async () => {
    const window = openWindow(broker, 'prompt')
    const told = judged(home, write(inWorkspace('a')))
    const [request] = await waiting(window)
    const offer = request!.offers.find(({ remember }) => remember === 'rule')
    if (offer?.remember !== 'rule') throw new Error('a rule should be offered')
    expect(await window.call('answer', answerTo(request!, 'allow', 'rule'))).toEqual({ outcome: 'applied' })
    expect((await told).verdict).toBe('allow')
    expect(readFileSync(offer.file, 'utf8')).toContain(offer.adds)
    expect((await judged(home, write(inWorkspace('a'), { session: 'another' }))).verdict).toBe('allow')

    const next = judged(home, write(inWorkspace('b')))
    const [second] = await waiting(window)
    const further = second!.offers.find(({ remember }) => remember === 'rule')
    expect(further).toMatchObject({ file: offer.file, adds: expect.not.stringContaining('name:') })
    await window.call('answer', answerTo(second!, 'allow', 'rule'))
    await next
    expect((await judged(home, write(inWorkspace('a')))).verdict).toBe('allow')
    expect((await judged(home, write(inWorkspace('b')))).verdict).toBe('allow')
  })

  test('is refused when it can not be written, and the call still waits', async () => {
    const window = openWindow(broker, 'prompt')
    const told = judged(home, write(inWorkspace('a')))
    const [request] = await waiting(window)
    rmSync(userPolicies(home.folders), { recursive: true })
    writeFileSync(userPolicies(home.folders), 'in the way')
    const outcome = await window.call('answer', answerTo(request!, 'allow', 'rule'))
    expect(outcome).toMatchObject({ outcome: 'refused' })
    const [still] = await waiting(window)
    await window.call('answer', answerTo(still!, 'deny'))
    expect((await told).verdict).toBe('deny')
  })
})

describe('a change of policy', () => {
  test('decides what waits again', async () => {
    const window = openWindow(broker, 'prompt')
    const allowed = judged(home, write(inWorkspace('a')))
    const denied = judged(home, write(inWorkspace('b')))
    const kept = judged(home, write(inWorkspace('c')))
    const before = await waiting(window, 3)
    home.policy(`${POLICY}  write: { allow: ["\${workspace}/a"], deny: ["\${workspace}/b"] }\n`)
    expect((await allowed).verdict).toBe('allow')
    expect((await denied).verdict).toBe('deny')

    const [request] = await waiting(window, 1)
    const old = before.find(({ id }) => id === request!.id)
    expect(request!.revision).toBeGreaterThan(old!.revision)
    expect(await window.call('answer', answerTo(old!))).toMatchObject({ reason: 'stale-revision' })
    await window.call('answer', answerTo(request!))
    expect((await kept).verdict).toBe('allow')
  })

  test('with a mistake is refused: what was in force stays, windows and journal say why', async () => {
    const window = openWindow(broker, 'console')
    home.policy(POLICY.replace('deny', 'dney'))
    const { policy } = await until(window, ({ policy: { errors } }) => errors.length > 0)
    expect(policy.errors[0]).toContain('mine.yaml')
    expect((await judged(home, read(inWorkspace('secret')))).verdict).toBe('deny')
    expect((await judged(home, read(inWorkspace('a')))).verdict).toBe('allow')
    expect(recorded(home).events).toContainEqual(expect.objectContaining({ kind: 'policy', errors: policy.errors }))
  })
})

describe('windows', () => {
  test('of the console see each row as it is recorded; those of the prompt do not', async () => {
    const seen = { console: [] as number[], prompt: [] as number[] }
    const console = openWindow(broker, 'console')
    console.on('timeline', ({ seq }) => void seen.console.push(seq))
    openWindow(broker, 'prompt').on('timeline', ({ seq }) => void seen.prompt.push(seq))
    await judged(home, read(inWorkspace('a')))
    await judged(home, read(inWorkspace('secret')))
    const [newest] = await console.call('timeline', { limit: 1 })
    await expect.poll(() => seen.console).toEqual([newest!.seq - 1, newest!.seq])
    expect(seen.prompt).toEqual([])
    expect(await console.call('verifyJournal', {})).toEqual({ rows: newest!.seq })
  })

  test('that can answer are counted, as long as they are open', async () => {
    const prompt = openWindow(broker, 'prompt')
    openWindow(broker, 'console')
    expect(broker.operators).toBe(1)
    expect(await say(home.folders.endpoint, { type: 'status' })).toMatchObject({ type: 'status', operators: 1, pid: process.pid })
    prompt.close()
    await expect.poll(() => broker.operators).toBe(0)
  })
})
