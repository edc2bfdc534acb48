import { closeSync, openSync, readSync } from 'node:fs'
import { basename } from 'node:path'

/** The name of the program that runs a script, from its first line (execve(2), env(1)); undefined for what is no script. */
export function interpreterOf(file: string): string | undefined {
  const [, program, argument] = /^#!\s*(\S+)(?:\s+(?:-S\s+)?(\S+))?/.exec(firstBytes(file)) ?? []
  if (program === undefined) return undefined
  return basename(program) === 'env' ? argument : basename(program)
}

/** As much as the kernel reads of a first line. */
function firstBytes(file: string): string {
  const bytes = Buffer.alloc(256)
  try {
    const handle = openSync(file, 'r')
    const length = readSync(handle, bytes)
    closeSync(handle)
    return bytes.toString('latin1', 0, length)
  } catch {
    return ''
  }
}
