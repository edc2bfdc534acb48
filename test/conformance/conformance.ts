import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import type { Channel, ToWindow } from '../../electron/contract/channel.ts'
import type { TimelineEvent } from '../../electron/contract/event.ts'
import { operatorClient, type OperatorClient } from '../../electron/contract/operator-client.ts'
import { operatorMethods, Role, State, type OperatorMethod } from '../../electron/contract/operator.ts'
import { judged, read, until, waiting, write, type Home } from '../broker/fixture.ts'

/** A broker with its host, as the operator meets it. */
export interface Host {
  home: Home
  /** A window that has this role, with all the roles the host gives to it. */
  open(role: Role): Promise<{ channel: Channel; roles: readonly Role[] }>
  /** Ends the broker without a warning. */
  breakBroker(): Promise<void>
  close(): Promise<void>
}

const soon = { timeout: 20_000, interval: 20 }
const methods = Object.keys(operatorMethods) as OperatorMethod[]

/**
 * What every host of the operator's interface must do: the same for a channel in memory, a web socket and a desktop
 * window. A call that waits is made over the agents' endpoint, as a hook would.
 */
export function conformance(name: string, openHost: () => Promise<Host>): void {
  describe(`the operator's interface ${name}`, () => {
    let host: Host
    const windows = {} as Record<Role, Window>
    beforeAll(async () => {
      host = await openHost()
      // All windows before the first call: what has made a call counts as an agent, and may not open one.
      for (const role of Role.options) {
        const { channel, roles } = await host.open(role)
        windows[role] = { channel, roles, client: operatorClient(channel), heard: [] }
        channel.onMessage((message) => windows[role].heard.push(message as ToWindow))
      }
    })
    afterAll(() => host.close())

    const file = (part: string): string => join(host.home.workspace, part)

    test.each(Role.options)('gives the state to the %s window', async (role) => {
      const state = await windows[role].client.call('state', {})
      expect(State.parse(state)).toEqual(state)
      expect(state).toMatchObject({ requests: [], policy: { errors: [] } })
    })

    test.each(Role.options)('has in the %s window the methods of its roles, and refuses all others', async (role) => {
      for (const method of methods) {
        const refusal = await refusalOf(windows[role], { method, input: null })
        const theirs = operatorMethods[method].roles.some((one) => windows[role].roles.includes(one))
        // Its own methods get as far as their input, which is missing.
        expect(refusal).toMatch(theirs ? new RegExp(`^"${method}": `) : `"${method}" is not for this window.`)
      }
    })

    test.each(['toString', '__proto__', 'constructor', 'State', 'answer ', ''])('has no method "%s"', async (method) => {
      expect(await refusalOf(windows.prompt, { method, input: {} })).toBe(`There is no method "${method}".`)
    })

    test.each([
      ['a text', 'state'],
      ['nothing', null],
      ['a list', [1, 'state', {}]],
      ['a message without a number', { method: 'state', input: {} }],
      ['a message with a broken number', { id: 1.5, method: 'state', input: {} }],
      ['a message with more than belongs there', { id: 7, method: 'state', input: {}, role: 'prompt' }],
    ])('refuses %s with a message', async (_what, malformed) => {
      const { channel, heard } = windows.console
      const before = heard.length
      channel.send(malformed)
      const refusal = { id: -1, error: expect.stringContaining('Not a message') }
      await vi.waitFor(() => expect(heard.slice(before)).toContainEqual(refusal), soon)
    })

    test.each([
      ['state', { everything: true }, 'everything'],
      ['answer', { id: 'x', verdict: 'allow' }, ''],
      ['timeline', { limit: 0 }, ''],
      ['timeline', { limit: 1_000_000 }, ''],
    ] as const)('refuses malformed input of "%s": %j', async (method, input, named) => {
      const role = operatorMethods[method].roles.includes('prompt' as never) ? 'prompt' : 'console'
      expect(await refusalOf(windows[role], { method, input })).toMatch(new RegExp(`^"${method}": .*${named}`))
    })

    test('answers each of many calls at once with its own answer', async () => {
      const timelines = await Promise.all([1, 2, 3, 2, 1].map((limit) => windows.console.client.call('timeline', { limit })))
      expect(timelines.map(({ length }) => length)).toEqual([1, 2, 3, 2, 1].map((limit) => Math.min(limit, timelines[2]!.length)))
    })

    test('tells events in the order they are on record, without a gap', async () => {
      const seen: TimelineEvent[] = []
      const stop = windows.console.client.on('timeline', (event) => seen.push(event))
      for (const index of Array.from({ length: 20 }).keys()) await judged(host.home, read(file(`file-${index}`)))
      await vi.waitFor(() => expect(seen.filter(({ body }) => body.kind === 'decision')).toHaveLength(20), soon)
      stop()
      const first = seen[0]!.seq
      expect(seen.map(({ seq }) => seq)).toEqual(seen.map((_event, index) => first + index))
      const onRecord = await windows.console.client.call('timeline', { limit: seen.length })
      expect(onRecord.toReversed()).toEqual(seen)
    })

    test.each(['allow', 'deny'] as const)('lets the operator say %s to a call that an agent waits with', async (verdict) => {
      const told = judged(host.home, write(file(`to-${verdict}`)))
      const [request] = await waiting(windows.prompt.client)
      const { id, digest, revision, nonce } = request!
      const answer = { id, digest, revision, nonce, verdict, remember: 'once' } as const
      expect(await windows.prompt.client.call('answer', { ...answer, nonce: 'another' })).toMatchObject({ outcome: 'refused', reason: 'wrong-nonce' })
      expect(await windows.prompt.client.call('answer', answer)).toEqual({ outcome: 'applied' })
      expect((await told).verdict).toBe(verdict)
      expect(await windows.prompt.client.call('answer', answer)).toMatchObject({ outcome: 'refused' })
      await until(windows.console.client, ({ requests }) => requests.length === 0)
    })

    test('says when the broker is gone', async () => {
      const told = Role.options.map((role) => new Promise<void>((resolve) => windows[role].channel.onClose(resolve)))
      const unanswered = windows.prompt.client.call('state', {}).catch((error: Error) => error.message)
      await host.breakBroker()
      await Promise.all(told)
      expect(await unanswered).toBeDefined()
    })
  })
}

/** A window, with a client on its channel and all that has arrived there. */
interface Window {
  channel: Channel
  roles: readonly Role[]
  client: OperatorClient
  heard: ToWindow[]
}

let last = 1000

/** Why a message is refused, if it is. Below the client, which could not say what is wrong. */
async function refusalOf({ channel, heard }: Window, message: { method: string; input: unknown }): Promise<string | undefined> {
  last += 1
  const id = last
  channel.send({ id, ...message })
  const answer = await vi.waitFor(() => heard.find((one) => 'id' in one && one.id === id) ?? Promise.reject(new Error('no answer yet')), soon)
  return 'error' in answer ? answer.error : undefined
}
