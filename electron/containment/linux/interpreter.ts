import { basename } from 'node:path'
import { headOf } from '../head-of.ts'

/** The name of the program that runs a script, from its first line (execve(2), env(1)); undefined for what is no script. */
export function interpreterOf(file: string): string | undefined {
  const [, program, argument] = /^#!\s*(\S+)(?:\s+(?:-S\s+)?(\S+))?/.exec(headOf(file)?.toString('latin1').replace(/\0.*/s, '') ?? '') ?? []
  if (program === undefined) return undefined
  return basename(program) === 'env' ? argument : basename(program)
}
