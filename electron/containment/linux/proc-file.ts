import { closeSync, openSync, readSync } from 'node:fs'

const buffer = Buffer.allocUnsafeSlow(64 * 1024)

/** The whole of a file of `/proc`; it has no size to ask for first, and is read for every call that waits. Throws when it is not there. */
export function readProcFile(path: string, encoding: 'latin1' | 'utf8'): string {
  const handle = openSync(path, 'r')
  try {
    const length = readSync(handle, buffer)
    if (length < buffer.length) return buffer.toString(encoding, 0, length)
    const parts = [Buffer.from(buffer)]
    for (let more = readSync(handle, buffer); more > 0; more = readSync(handle, buffer)) parts.push(Buffer.from(buffer.subarray(0, more)))
    return Buffer.concat(parts).toString(encoding)
  } finally {
    closeSync(handle)
  }
}
