import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { createServer, connect } from 'node:net'
import { join } from 'node:path'

/**
 * Electron's single instance, kept by a socket in the folder that stands for the user's data: the first process listens
 * there, a later one hands over its arguments.
 */
export function claimInstance(onSecond: (argv: string[]) => void): { first: boolean; handedOver: Promise<unknown> } {
  const address = join(process.env['ELECTRON_HARNESS_DATA'] ?? '', 'instance.sock')
  if (existsSync(address)) {
    return { first: false, handedOver: once(connect(address).end(JSON.stringify(process.argv)), 'close') }
  }
  const server = createServer((socket) => {
    let text = ''
    socket.setEncoding('utf8')
    socket.on('data', (part: string) => (text += part))
    socket.on('end', () => onSecond(JSON.parse(text) as string[]))
  })
  server.listen(address).unref()
  return { first: true, handedOver: Promise.resolve() }
}
