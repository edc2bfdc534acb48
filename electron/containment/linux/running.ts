import { closeSync, constants, openSync, readlinkSync, readSync, realpathSync } from 'node:fs'
import type { Image, Interpreter } from './operation.ts'
import { readProcFile } from './proc-file.ts'

/** As the kernel has it. */
const MOST_INTERPRETERS = 5

/** The program that a process runs, as the kernel tells it. */
export interface Running {
  /** Its file; empty where that can't be seen. */
  program: string
  words: readonly string[]
}

export function running(pid: number): Running {
  try {
    const program = readlinkSync(`/proc/${pid}/exe`).replace(/ \(deleted\)$/, '')
    return { program, words: readProcFile(`/proc/${pid}/cmdline`, 'utf8').split('\0').slice(0, -1) }
  } catch {
    return { program: '', words: [] }
  }
}

/** The variables that a program was started with, by the kernel's word; it can change that later. Undefined where it can't be seen. */
export function environmentOf(pid: number): Set<string> | undefined {
  try {
    return new Set(readProcFile(`/proc/${pid}/environ`, 'latin1').split('\0').filter((variable) => variable !== ''))
  } catch {
    return undefined
  }
}

export function isSame(a: Running, b: Running): boolean {
  return a.program === b.program && areSame(a.words, b.words)
}

/** Whether that is what an image becomes: the program with its words, or the interpreter of a script (execve(2), "Interpreter scripts"). */
export function isImage({ program, words }: Running, { path, given, argv, interpreter }: Image): boolean {
  if (program === path.replace(/ \(deleted\)$/, '')) return areSame(words, argv.length === 0 ? [''] : argv)
  const [script = '', ...rest] = argv.length === 0 ? words.slice(-1) : words.slice(-argv.length)
  return (script === given || script.startsWith('/dev/fd/')) && areSame(rest, argv.slice(1)) && program === interpreter?.path
}

function areSame(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((word, index) => word === b[index])
}

/** The programs that the kernel starts for a script, one after the other because scripts may name scripts; the last one runs. Empty for no script. */
export function interpretersOf(script: string): Interpreter[] {
  const found: Interpreter[] = []
  for (let file = script; found.length < MOST_INTERPRETERS; file = found.at(-1)!.path) {
    const [, given, argument] = /^#![ \t]*([^ \t\n]+)(?:[ \t]+([^\n]*[^ \t\n]))?/.exec(beginningOf(file)) ?? []
    if (given === undefined) break
    found.push({ given, path: realpathSync(given), ...(argument !== undefined && { argument }) })
  }
  return found
}

function beginningOf(file: string): string {
  const handle = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK)
  const bytes = Buffer.alloc(256)
  const length = readSync(handle, bytes)
  closeSync(handle)
  return bytes.toString('utf8', 0, length)
}
