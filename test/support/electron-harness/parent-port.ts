import { EventEmitter } from 'node:events'

/** Loaded first into a process that stands for a utility process: gives it `process.parentPort`. */
class ParentPort extends EventEmitter {
  constructor() {
    super()
    // Not before somebody listens: until then Node keeps what arrives, as Electron does.
    this.once('newListener', () => process.on('message', (data) => this.emit('message', { data, ports: [] })))
  }

  postMessage(message: unknown): void {
    process.send?.(message)
  }
}

const parentPort = new ParentPort()
Object.defineProperty(process, 'parentPort', { value: parentPort })
// Chromium ends utility processes together with the program, whether they listen or not.
process.once('disconnect', () => parentPort.emit('close') || process.exit(1))
