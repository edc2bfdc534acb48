import { EventEmitter } from 'node:events'
import { expect, test } from 'vitest'
import { channelPair, type Channel } from '../../electron/contract/channel.ts'
import type { Role } from '../../electron/contract/operator.ts'
import type { Host, HostContents } from '../../electron/desktop/host.ts'
import { ipcChannels } from '../../electron/desktop/ipc-channels.ts'
import { bridgeWindows } from '../../electron/desktop/window-bridge.ts'

/** A window's contents, as the bridge sees them; what it is sent is kept. */
class Contents extends EventEmitter {
  readonly id: number
  readonly sent: unknown[] = []
  constructor(id: number) {
    super()
    this.id = id
  }
  isDestroyed(): boolean {
    return false
  }
  send(...message: unknown[]): void {
    this.sent.push(message)
  }
}

/** A bridge with one prompt window, and the broker's ends of the channels it opens. */
function setUp() {
  const ipc = new EventEmitter()
  const opened: { role: Role; broker: Channel; heard: unknown[]; closed: boolean }[] = []
  let reloads = 0
  const bridge = bridgeWindows(ipc as unknown as Host['ipcMain'], (role) => {
    const [host, broker] = channelPair()
    const end = { role, broker, heard: [] as unknown[], closed: false }
    broker.onMessage((message) => end.heard.push(message))
    broker.onClose(() => (end.closed = true))
    opened.push(end)
    return host
  })
  const contents = new Contents(1)
  bridge.admit(contents as unknown as HostContents, 'prompt', () => (reloads += 1))
  const frame = { parent: null, origin: 'prompt://paddock' }
  const say = (channel: string, message?: unknown, from: { sender?: Contents; senderFrame?: unknown } = {}): Promise<void> => {
    ipc.emit(channel, { sender: contents, senderFrame: frame, ...from }, message)
    return arrived()
  }
  return { bridge, ipc, contents, frame, opened, say, reloads: () => reloads }
}

/** Messages on a channel arrive a turn later. */
const arrived = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

test('a page gets one channel, with the role of its window', async () => {
  const { say, opened, contents } = setUp()
  await say(ipcChannels.open)
  await say(ipcChannels.toBroker, { id: 1, method: 'state', input: {} })
  expect(opened.map(({ role, heard }) => ({ role, heard }))).toEqual([
    { role: 'prompt', heard: [{ id: 1, method: 'state', input: {} }] },
  ])
  opened[0]?.broker.send({ id: 1, output: 'the state' })
  await arrived()
  expect(contents.sent).toEqual([[ipcChannels.toPage, { id: 1, output: 'the state' }]])
})

const message = { id: 1, method: 'answer', input: {} }

test.each([
  ['a window that was never admitted', { sender: new Contents(2) }],
  ['a frame within the page', { senderFrame: { parent: {}, origin: 'prompt://paddock' } }],
  ['a frame that is gone', { senderFrame: null }],
  ["another window's origin", { senderFrame: { parent: null, origin: 'app://paddock' } }],
  ['a page without an origin', { senderFrame: { parent: null, origin: 'null' } }],
  ['a page from the web', { senderFrame: { parent: null, origin: 'https://paddock' } }],
])('nothing is heard from %s', async (_who, from) => {
  const { say, opened } = setUp()
  await say(ipcChannels.open)
  await say(ipcChannels.toBroker, message, from)
  await say(ipcChannels.open, undefined, from)
  expect(opened.map(({ heard }) => heard)).toEqual([[]])
})

test('nothing is heard before the page has a channel, nor on channels that nobody declared', async () => {
  const { say, opened, ipc } = setUp()
  await say(ipcChannels.toBroker, message)
  expect(opened).toEqual([])
  expect(new Set(ipc.eventNames())).toEqual(new Set([ipcChannels.open, ipcChannels.toBroker]))
})

test.each([
  ['huge', { id: 1, method: 'state', input: 'x'.repeat(100_000) }],
  ['no JSON', { id: 1n, method: 'state', input: {} }],
])('a message that is %s is refused with a word, and goes no further', async (_what, unreadable) => {
  const { say, opened, contents } = setUp()
  await say(ipcChannels.open)
  await say(ipcChannels.toBroker, unreadable)
  expect(opened[0]?.heard).toEqual([])
  expect(contents.sent).toEqual([[ipcChannels.toPage, { id: -1, error: expect.any(String) }]])
})

test('what was meant for an earlier page of a window does not reach the next one', async () => {
  const { say, opened, contents } = setUp()
  await say(ipcChannels.open)
  await say(ipcChannels.open)
  opened[0]?.broker.send({ id: 1, output: 'for the page before' })
  await arrived()
  expect(opened.map(({ closed }) => closed)).toEqual([true, false])
  expect(contents.sent).toEqual([])
})

test('a page whose process died, or whose window closed, has no channel any more', async () => {
  for (const end of ['render-process-gone', 'destroyed']) {
    const { say, opened, contents } = setUp()
    await say(ipcChannels.open)
    contents.emit(end)
    await arrived()
    expect(opened[0]?.closed).toBe(true)
  }
})

test('a page is told when the broker is gone, and starts over when there is one again', async () => {
  const { bridge, say, opened, contents, reloads } = setUp()
  await say(ipcChannels.open)
  bridge.reconnect()
  expect(reloads()).toBe(0)
  opened[0]?.broker.close()
  await arrived()
  expect(contents.sent).toEqual([[ipcChannels.closed]])
  bridge.reconnect()
  expect(reloads()).toBe(1)
})
