import { runProgram } from '../programs/run.ts'
import { builtins } from './builtins.ts'
import { asArgument, type Field } from './field.ts'
import { feeding, type Input, type Reading } from './reading.ts'
import { either, positionalOf, type Outcome, type Scope } from './scope.ts'

/** Judges a command of expanded words: a function of the text, a built-in of the shell, or a program. */
export function runSimple(words: readonly Field[], scope: Scope, input: Input, reading: Reading): Outcome {
  return feeding(input, reading, () => runFed(words, scope, input.kind === 'inherited' ? reading.stdin : input, reading))
}

function runFed(words: readonly Field[], scope: Scope, input: Input, reading: Reading): Outcome {
  const name = words[0]
  if (name === undefined) return { yes: scope, no: scope }
  if (typeof name === 'string') {
    const definition = scope.functions.get(name)
    if (definition !== undefined) {
      const { bodies, certain } = definition
      let after: Scope | undefined
      for (const body of bodies) {
        reading.uncalled.delete(body)
        after = either(after, reading.runBody(body, { ...scope, positional: positionalOf(words.slice(1)) }, input))
      }
      const back = { ...(after ?? scope), positional: scope.positional }
      if (bodies.length > 1) reading.prints = undefined
      if (certain) return { yes: back, no: back }
      const plain = runPlain(name, words, scope, input, reading)
      return { yes: either(back, plain.yes), no: either(back, plain.no) }
    }
    return runPlain(name, words, scope, input, reading)
  }
  runProgram(words, scope, input, reading)
  return { yes: scope, no: scope }
}

/** Built-ins of bash and zsh that change what later words mean, and that are nothing to dash. */
const NOT_POSIX = new Set(['declare', 'typeset', 'integer', 'float', 'pushd', 'popd', 'mapfile', 'readarray', 'shopt', 'let', 'source', 'builtin', 'noglob', 'nocorrect', 'repeat', 'vared'])

/** What a name is when it is no function. */
function runPlain(name: string, words: readonly Field[], scope: Scope, input: Input, reading: Reading): Outcome {
  const builtin = builtins.get(name)
  if (builtin !== undefined) {
    const args = words.slice(1)
    if (reading.maybePosix && (NOT_POSIX.has(name) || (name === 'printf' && args[0] === '-v'))) reading.effects.unknown('a built-in that plain POSIX shells lack or read differently', name)
    reading.effects.add({ kind: 'exec', program: name, args: args.map(asArgument) })
    return builtin(args, scope, input, reading)
  }
  runProgram(words, scope, input, reading)
  return { yes: scope, no: scope }
}
