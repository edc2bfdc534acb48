import { expect, test } from 'vitest'
import type { Channel } from '../../electron/contract/channel.ts'
import { linkBroker, linkHost, type Pipe } from '../../electron/contract/links.ts'
import type { Role } from '../../electron/contract/operator.ts'

/** Two ends of a pipe that delivers at once, and keeps what the host sent. */
function pipes(): { host: Pipe; broker: Pipe; sent: unknown[]; close(): void } {
  const listeners = { host: [] as ((message: unknown) => void)[], broker: [] as ((message: unknown) => void)[] }
  const closes: (() => void)[] = []
  const sent: unknown[] = []
  const end = (own: 'host' | 'broker', other: 'host' | 'broker'): Pipe => ({
    send: (message) => {
      if (own === 'host') sent.push(message)
      listeners[other].forEach((listener) => listener(message))
    },
    onMessage: (listener) => void listeners[own].push(listener),
    onClose: (listener) => void closes.push(listener),
  })
  return { host: end('host', 'broker'), broker: end('broker', 'host'), sent, close: () => closes.forEach((listener) => listener()) }
}

test('each window is a channel of its own, with the roles that the host gave it', () => {
  const pipe = pipes()
  const served: { channel: Channel; roles: readonly Role[]; got: unknown[] }[] = []
  linkBroker(pipe.broker, (channel, roles) => {
    const got: unknown[] = []
    channel.onMessage((message) => got.push(message))
    served.push({ channel, roles, got })
  })
  const host = linkHost(pipe.host)
  const first = host.open(['prompt'])
  const second = host.open(['console'])
  const heard: unknown[] = []
  second.onMessage((message) => heard.push(message))
  first.send('from the first')
  served[1]!.channel.send('to the second')
  expect(served.map(({ roles, got }) => ({ roles, got }))).toEqual([
    { roles: ['prompt'], got: ['from the first'] },
    { roles: ['console'], got: [] },
  ])
  expect(heard).toEqual(['to the second'])
})

test('a closed link is closed on both ends, and the others stay open', () => {
  const pipe = pipes()
  const closed: string[] = []
  const served: Channel[] = []
  linkBroker(pipe.broker, (channel) => {
    served.push(channel)
    channel.onClose(() => closed.push(`broker ${served.indexOf(channel)}`))
  })
  const host = linkHost(pipe.host)
  const [first, second] = [host.open(['prompt']), host.open(['console'])]
  first.onClose(() => closed.push('host 0'))
  second.onClose(() => closed.push('host 1'))
  first.close()
  expect(closed.toSorted()).toEqual(['broker 0', 'host 0'])
  served[1]!.send('still here')
  pipe.close()
  expect(closed.toSorted()).toEqual(['broker 0', 'broker 1', 'host 0', 'host 1'])
})

test('a link can not be opened again with other roles, nor by what a window says', () => {
  const pipe = pipes()
  const roles: (readonly Role[])[] = []
  linkBroker(pipe.broker, (channel, given) => {
    roles.push(given)
    channel.onMessage(() => {})
  })
  const window = linkHost(pipe.host).open(['console'])
  window.send({ link: 1, open: ['prompt'] })
  pipe.host.send({ link: 1, open: ['prompt'] })
  for (const nonsense of [null, 'x', { link: 'x', open: ['prompt'] }, { link: 7, open: ['root'] }, { link: 7, message: 1 }]) pipe.host.send(nonsense)
  expect(roles).toEqual([['console']])
})
