import { once } from 'node:events'
import { createSocket } from 'node:dgram'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, connect, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, onTestFinished, test } from 'vitest'
import { parseExec } from '../../electron/discovery/linux/proc-connector.ts'
import { readOpenFiles } from '../../electron/discovery/linux/read-process.ts'
import { ipv6, parseInet, parseUnix, readInetSockets, readUnixSockets } from '../../electron/discovery/linux/sockets.ts'
import { onLinuxOnly } from './linux-only.ts'

onLinuxOnly()

describe('sockets', () => {
  test.for(['127.0.0.1', '::1'])('of this process are told with both ends, over %s', async (host, { skip }) => {
    const server = createServer()
    onTestFinished(() => void server.close())
    server.listen(0, host)
    const outcome = await Promise.race([once(server, 'listening').then(() => 'listening'), once(server, 'error').then(() => 'error')])
    if (outcome === 'error') return skip(`${host} can't be used here`)
    const { port } = server.address() as AddressInfo
    const client = connect(port, host)
    onTestFinished(() => void client.destroy())
    await once(client, 'connect')
    const own = readOpenFiles(process.pid)!.sockets
    const sockets = readInetSockets().filter(({ inode }) => own.has(inode))
    expect(sockets).toContainEqual(expect.objectContaining({ protocol: 'tcp', state: 'listening', local: host, localPort: port }))
    expect(sockets).toContainEqual(expect.objectContaining({ protocol: 'tcp', state: 'established', remote: host, remotePort: port, localPort: client.localPort }))
  })

  test('of UDP and named Unix sockets are told', async () => {
    const udp = createSocket('udp4').bind(0, '127.0.0.1')
    onTestFinished(() => void udp.close())
    await once(udp, 'listening')
    const folder = mkdtempSync(join(tmpdir(), 'paddock sockets-'))
    const path = join(folder, 'a b.sock')
    const server = createServer().listen(path)
    onTestFinished(() => {
      server.close()
      rmSync(folder, { recursive: true })
    })
    await once(server, 'listening')
    const sockets = [...readInetSockets(), ...readUnixSockets()]
    expect(sockets).toContainEqual(expect.objectContaining({ protocol: 'udp', local: '127.0.0.1', localPort: udp.address().port, state: 'open' }))
    expect(sockets).toContainEqual(expect.objectContaining({ protocol: 'unix', local: path, state: 'listening' }))
  })

  test('whatever a table holds, reading it does not fail', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => {
      expect(Array.isArray(parseInet(text, 'tcp'))).toBe(true)
      expect(Array.isArray(parseUnix(text))).toBe(true)
    }))
  })

  test('every IPv6 address is written as RFC 5952 says', () => {
    fc.assert(fc.property(fc.uint8Array({ minLength: 16, maxLength: 16 }), (bytes) => {
      const text = ipv6(Buffer.from(bytes))
      // The WHATWG URL parser writes addresses in that form too, IPv4 in IPv6 apart.
      if (!text.includes('.')) expect(new URL(`http://[${text}]`).hostname).toBe(`[${text}]`)
    }))
  })
})

describe('process events', () => {
  test('whatever the kernel sends, reading it does not fail', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 120 }), (bytes) => {
      const pid = parseExec(Buffer.from(bytes))
      expect(pid === undefined || Number.isInteger(pid)).toBe(true)
    }))
  })
})
