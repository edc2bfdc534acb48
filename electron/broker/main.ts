import { connectorsFor } from '../connectors/installed.ts'
import { linkBroker, type Pipe, type Startup } from '../contract/links.ts'
import manifest from '../../package.json' with { type: 'json' }
import { startBroker } from './broker.ts'
import { foldersOf } from './folders.ts'

// The broker as a process of its own, for a host that has windows to attach: Electron forks it as a utility process,
// tests as a child process. It ends with its host, or when it is told to (SIGTERM).

const pipe = hostPipe()
const folders = foldersOf(process.env)
const started = await startBroker({ folders, version: manifest.version, connectors: connectorsFor(folders), discover: true })

if (started.ok) {
  const broker = started.value
  const end = (): void => void broker.close().finally(() => process.exit(0))
  process.once('SIGTERM', end)
  process.once('SIGINT', end)
  pipe.onClose(end)
  linkBroker(pipe, (channel, roles) => broker.attach(channel, roles))
  tell({ ready: true, socket: folders.endpoint })
} else {
  tell({ failed: started.error })
  // Time for the message to get out; the host ends this process sooner.
  setTimeout(() => process.exit(1), 1000)
}

function tell(startup: Startup): void {
  pipe.send(startup)
}

/** The parent port of Electron's utility process (electronjs.org/docs/latest/api/parent-port), as far as it is used. */
interface ParentPort {
  postMessage(message: unknown): void
  on(event: 'message', listener: (event: { data: unknown }) => void): void
  on(event: 'close', listener: () => void): void
}

function hostPipe(): Pipe {
  const { parentPort } = process as unknown as { parentPort?: ParentPort }
  if (parentPort)
    return {
      send: (message) => parentPort.postMessage(message),
      onMessage: (listener) => parentPort.on('message', ({ data }) => listener(data)),
      onClose: (listener) => parentPort.on('close', listener),
    }
  return {
    send: (message) => {
      if (process.connected) process.send?.(message)
    },
    onMessage: (listener) => void process.on('message', listener),
    onClose: (listener) => void process.on('disconnect', listener),
  }
}
