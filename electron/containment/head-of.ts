import { closeSync, openSync, readSync } from 'node:fs'

/** As much as the kernel reads of a first line. */
const LENGTH = 256

/** The beginning of a file, filled up with zeros; undefined where it can't be read. */
export function headOf(file: string): Buffer | undefined {
  const head = Buffer.alloc(LENGTH)
  try {
    const handle = openSync(file, 'r')
    try {
      readSync(handle, head)
      return head
    } finally {
      closeSync(handle)
    }
  } catch {
    return undefined
  }
}
