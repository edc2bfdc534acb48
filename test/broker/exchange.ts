import { connect } from 'node:net'

/** One connection to the endpoint: sends what it is told and gives back all that comes until the broker closes it. */
export function exchange(address: string, sent: string | Buffer): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(address)
    const chunks: Buffer[] = []
    // A broker that refuses early may close before everything is sent.
    socket.on('error', (error: NodeJS.ErrnoException) => (error.code === 'EPIPE' ? undefined : reject(error)))
    socket.on('data', (chunk) => chunks.push(chunk))
    socket.on('close', () => resolve(Buffer.concat(chunks).toString()))
    socket.write(sent)
  })
}
