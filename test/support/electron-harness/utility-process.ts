import { fork as forkNode, type ChildProcess } from 'node:child_process'
import { EventEmitter } from 'node:events'

class UtilityProcess extends EventEmitter {
  private readonly child: ChildProcess

  constructor(child: ChildProcess) {
    super()
    this.child = child
    child.on('message', (message) => this.emit('message', message))
    child.once('exit', (code) => this.emit('exit', code ?? -1))
  }

  get pid(): number | undefined {
    return this.child.pid
  }

  postMessage(message: unknown): void {
    if (this.child.connected) this.child.send(message as object)
  }

  kill(): boolean {
    return this.child.kill('SIGTERM')
  }
}

export const processes = new Map<UtilityProcess, string>()

export const utilityProcess = {
  /** A Node process with structured messages and a `process.parentPort`, which is what Electron's is to a program. */
  fork(module: string, args: string[] = [], { serviceName = '' }: { serviceName?: string } = {}): UtilityProcess {
    const parentPort = new URL('./parent-port.ts', import.meta.url).href
    const child = forkNode(module, args, { serialization: 'advanced', execArgv: ['--import', parentPort], stdio: 'inherit' })
    const utility = new UtilityProcess(child)
    processes.set(utility, serviceName)
    utility.once('exit', () => processes.delete(utility))
    return utility
  },
}
