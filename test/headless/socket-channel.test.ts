import { createServer } from 'node:http'
import { connect, type AddressInfo, type Socket } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import { socketChannel } from '../../electron/headless/socket-channel.ts'
import type { Channel } from '../../electron/contract/channel.ts'

const ends: (() => void)[] = []
afterEach(() => ends.splice(0).forEach((end) => end()))

/** A server whose sockets become channels that ping every 50 ms. */
async function serve(): Promise<{ port: number; channel: Promise<Channel> }> {
  const server = createServer()
  const sockets = new WebSocketServer({ server })
  const channel = new Promise<Channel>((resolve) => sockets.on('connection', (socket) => resolve(socketChannel(socket, 50))))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  ends.push(() => {
    for (const socket of sockets.clients) socket.terminate()
    server.close()
  })
  return { port: (server.address() as AddressInfo).port, channel }
}

/** A client that completes the handshake and then does nothing, not even read. */
function silentClient(port: number): Socket {
  const socket = connect(port, '127.0.0.1')
  const key = Buffer.from('0123456789abcdef').toString('base64')
  socket.write(`GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: ${key}\r\nSec-WebSocket-Version: 13\r\n\r\n`)
  socket.on('error', () => {})
  ends.push(() => socket.destroy())
  return socket
}

const closed = (channel: Channel): Promise<void> => new Promise((resolve) => channel.onClose(resolve))

test('a peer that answers no ping is given up', async () => {
  const { port, channel } = await serve()
  silentClient(port).resume()
  await closed(await channel)
})

test('a peer that answers stays', async () => {
  const { port, channel } = await serve()
  const socket = new WebSocket(`ws://127.0.0.1:${port}/`)
  ends.push(() => socket.terminate())
  let pings = 0
  socket.on('ping', () => (pings += 1))
  await channel
  await expect.poll(() => pings).toBeGreaterThan(3)
  expect(socket.readyState).toBe(WebSocket.OPEN)
})

test('a peer that does not read is given up before it fills the memory', async () => {
  const { port, channel } = await serve()
  silentClient(port).pause()
  const sender = await channel
  const ended = closed(sender)
  // Beyond what the operating system buffers and what the channel lets wait.
  for (let mebibytes = 0; mebibytes < 100; mebibytes += 4) sender.send('x'.repeat(4 * 1024 * 1024))
  await ended
})

test('messages arrive whole and in order', async () => {
  const { port, channel } = await serve()
  const socket = new WebSocket(`ws://127.0.0.1:${port}/`)
  ends.push(() => socket.terminate())
  const received: unknown[] = []
  socket.on('message', (data: Buffer) => received.push(JSON.parse(data.toString('utf8'))))
  const sender = await channel
  const messages = [{ event: 'state', data: 'é\u0000' }, 2, null, ['x'.repeat(1e6)]]
  for (const message of messages) sender.send(message)
  await expect.poll(() => received).toEqual(messages)
})
