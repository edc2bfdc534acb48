import { existsSync } from 'node:fs'
import { createServer, connect } from 'node:net'
import { join } from 'node:path'

/**
 * Electron's single instance, kept by a socket in the folder that stands for the user's data: the first process listens
 * there, a later one hands over its arguments. True for the first.
 */
export function claimInstance(onSecond: (argv: string[]) => void): boolean {
  const address = join(process.env['ELECTRON_HARNESS_DATA'] ?? '', 'instance.sock')
  if (existsSync(address)) {
    connect(address).end(JSON.stringify(process.argv))
    return false
  }
  const server = createServer((socket) => {
    let text = ''
    socket.setEncoding('utf8')
    socket.on('data', (part: string) => (text += part))
    socket.on('end', () => onSecond(JSON.parse(text) as string[]))
  })
  server.listen(address).unref()
  return true
}
