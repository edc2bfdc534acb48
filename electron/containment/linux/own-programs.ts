import { join } from 'node:path'

/** The file of a program of this folder that runs apart: its source, or what the build made of it. */
export function ownProgram(name: 'launcher' | 'thread'): string {
  return import.meta.filename.endsWith('.ts') ? join(import.meta.dirname, `${name}.ts`) : join(import.meta.dirname, '../contained', `${name}.cjs`)
}
