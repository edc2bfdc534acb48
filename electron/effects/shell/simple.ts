import { runProgram } from '../programs/run.ts'
import { builtins } from './builtins.ts'
import { asArgument, type Field } from './field.ts'
import type { Input, Reading } from './reading.ts'
import type { Outcome, Scope } from './scope.ts'

/** Judges a command of expanded words: a function of the text, a built-in of the shell, or a program. */
export function runSimple(words: readonly Field[], scope: Scope, input: Input, reading: Reading): Outcome {
  const name = words[0]
  if (name === undefined) return { yes: scope, no: scope }
  if (typeof name === 'string') {
    const body = scope.functions.get(name)
    if (body !== undefined) {
      reading.uncalled.delete(body)
      const after = reading.runBody(body, { ...scope, positional: words.slice(1) }, input)
      const back = { ...after, positional: scope.positional }
      return { yes: back, no: back }
    }
    const builtin = builtins.get(name)
    if (builtin !== undefined) {
      const args = words.slice(1)
      reading.effects.add({ kind: 'exec', program: name, args: args.map(asArgument) })
      return builtin(args, scope, input, reading)
    }
  }
  runProgram(words, scope, input, reading)
  return { yes: scope, no: scope }
}
