import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { WebSocket } from 'ws'
import { makeHome } from '../broker/fixture.ts'
import { conformance } from './conformance.ts'
import { socketChannel } from '../../electron/headless/socket-channel.ts'

const command = join(import.meta.dirname, '../../out/cli/paddock.js')

conformance('on a web socket of `paddock serve`', async () => {
  const home = makeHome()
  const env = { ...process.env, HOME: home.folders.home, PADDOCK_HOME: join(home.root, 'paddock') }
  const server = spawn(process.execPath, [command, 'serve'], { env, stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = once(server, 'exit')
  const [line] = (await once(createInterface(server.stdout), 'line')) as [string]
  const [, origin = '', code = ''] = /(http:\/\/127\.0\.0\.1:\d+)\/#code=(\S+)/.exec(line) ?? []

  const session = await fetch(`${origin}/session`, { method: 'POST', headers: { origin }, body: JSON.stringify({ code }) })
  const cookie = session.headers.getSetCookie()[0]?.split(';')[0] ?? ''
  const { key } = (await session.json()) as { key: string }
  return {
    home,
    open: async () => {
      const socket = new WebSocket(`${origin.replace('http', 'ws')}/channel`, ['paddock', `key.${key}`], { headers: { origin, cookie } })
      await once(socket, 'open')
      return { channel: socketChannel(socket), roles: ['prompt', 'console'] }
    },
    breakBroker: async () => {
      server.kill('SIGKILL')
      await ended
    },
    close: async () => {
      server.kill('SIGKILL')
      await ended
      home.remove()
    },
  }
})
