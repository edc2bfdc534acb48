import type { Effect } from '../../contract/effect.ts'
import type { Answer } from './listener.ts'
import type { Running } from './running.ts'

/**
 * A waiting system call, read: what it would do, and how the supervisor does it in the caller's place, on exactly the objects that
 * were looked at. Either `perform` or `abandon` is called, once.
 */
export interface Operation {
  /** Empty when it does nothing that policy speaks of. */
  effects: readonly Effect[]
  /**
   * Does it, and gives what the caller is told. Where it would have to wait for another process, it gives a promise if it `mayWait`,
   * and otherwise does nothing and says so; it is still held then.
   */
  perform(mayWait: boolean): Answer | Promise<Answer> | 'would wait'
  /** Lets go of what is held for it. */
  abandon(): void
  /** The same with less reach, done where policy allows that and not the whole. */
  narrower?: Operation
  /** What is run, for a call that starts a program. */
  image?: Image
}

/** What the first line of a script names: the program, its one argument, and the program's file. */
export interface Interpreter {
  given: string
  argument?: string
  path: string
}

/** A program that a process becomes. */
export interface Image {
  /** Its file, and the path that the call gave. */
  path: string
  given: string
  argv: readonly string[]
  /** The program that the kernel starts instead where the file is a script, as it was when that was judged. */
  interpreter?: Interpreter
  /** What the process runs until then. */
  before: Running
}

export const NOTHING_HELD = (): void => {}
