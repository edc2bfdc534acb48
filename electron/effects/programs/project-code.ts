import type { ExecEffect } from '../../contract/effect.ts'
import { RUNS_WHAT_IT_WRITES } from '../effect-list.ts'
import { programNamed } from '../knowledge.ts'
import { isInside } from '../paths.ts'
import type { Reading } from '../shell/reading.ts'
import type { Scope } from '../shell/scope.ts'

/** Shell code that stands in a file of the project, and that a program runs by a name. */
export interface Piece {
  /** The file that it stands in. */
  file: string
  /** What it is called there. */
  name: string
  code: string
  /** Folders whose programs come first on its `PATH`. */
  tools: readonly string[]
}

/**
 * Judges a task as the script file that it could be: in the workspace, what can't be known of it is left out, because the rule for
 * the program that runs it vouches for that. So it does for programs of the project, for the tools that such tasks are made of, and
 * for programs that nothing is known of.
 */
export function judgePiece({ file, name, code, tools }: Piece, scope: Scope, reading: Reading): void {
  const key = [file, name, code, ...scope.directories, JSON.stringify(scope.positional)].join('\0')
  if (reading.scripts.has(key)) return
  reading.scripts.add(key)
  if (isInside(file, reading.workspace)) reading.runScriptFile(code, scope, (effect) => isOwnProgram(effect, tools, reading))
  else reading.runCode(code, scope)
}

function isOwnProgram({ program, path }: ExecEffect, tools: readonly string[], reading: Reading): boolean {
  if (path !== undefined) return isInside(path, reading.workspace)
  const known = programNamed(program, reading.knowledge)
  return known === undefined || known.tool || tools.some((folder) => reading.world.list(folder)?.includes(program))
}

/** In UTF-16 units: reading so much of a file of tasks costs as much as judging one command. */
const COST_OF_A_COMMAND = 256

/** The text of a file that tasks stand in; undefined when there is none to read, or when the call itself writes it. */
export function taskFile(file: string, reading: Reading): string | undefined {
  if (reading.effects.writes(file)) reading.effects.unknown(RUNS_WHAT_IT_WRITES, file)
  else if (reading.budget < 0) reading.effects.unknown('the command is too long to be judged in full')
  else {
    const text = reading.world.text(file)
    reading.budget -= Math.ceil((text?.length ?? 0) / COST_OF_A_COMMAND)
    return text
  }
  return undefined
}
