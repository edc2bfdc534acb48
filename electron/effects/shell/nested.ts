import { forEachChild, type SyntaxNode, type TestBinaryExpression, type TestUnaryExpression } from 'unbash'
import { DIGITS } from './field.ts'
import { namesPrintedBy } from './known.ts'
import { feeding, type Input, type Reading } from './reading.ts'
import type { Scope } from './scope.ts'

/** Judges every substitution in a word, a here-document, an arithmetic expression or a test, each in a subshell of its own. */
export function judgeNested(node: SyntaxNode, scope: Scope, reading: Reading): void {
  forEachChild(node, (child) => {
    switch (child.type) {
      case 'CommandExpansion':
      case 'ProcessSubstitution':
      case 'ArithmeticCommandExpansion': {
        if (child.type === 'ProcessSubstitution' && child.text.includes('<<')) reading.effects.unknown('a here-document inside a process substitution', child.text)
        const { script } = child
        if (script) {
          if (child.type === 'ProcessSubstitution') reading.flow.open(undefined, child.text.startsWith('>'))
          // What is written to `>(…)` is what its commands read.
          const input: Input = child.text.startsWith('>') ? { kind: 'other', from: 'a pipe' } : { kind: 'inherited' }
          reading.prints = undefined
          feeding(input, reading, () => reading.runParsed(script, scope))
          if (child.type === 'CommandExpansion') reading.printed.set(script, namesPrintedBy(script, reading))
          if (child.type === 'ProcessSubstitution') reading.flow.close()
        }
        else reading.effects.unknown('a substitution that can\'t be read', child.text)
        return
      }
      case 'Transform':
        // ${x@P} expands the value once more, substitutions and all.
        reading.effects.unknown('an expansion that may run what a variable holds', `@${child.operand.value}`)
        return
      case 'Unknown':
        reading.effects.unknown('an expansion that shells read differently', child.operator)
        return
      case 'TestBinary':
      case 'TestUnary':
        judgeTest(child, reading)
        judgeNested(child, scope, reading)
        return
      case 'ArithmeticWord':
        judgeArithmeticName(child.value, scope, reading)
        judgeNested(child, scope, reading)
        return
      default:
        judgeNested(child, scope, reading)
    }
  })
}

/** `[[ x -eq y ]]` and `[[ -v x ]]` evaluate their operands, quoted or not. */
function judgeTest(test: TestUnaryExpression | TestBinaryExpression, reading: Reading): void {
  if (!/^-(?:eq|ne|lt|le|gt|ge|v)$/.test(test.operator)) return
  const operands = test.type === 'TestUnary' ? [test.operand] : [test.left, test.right]
  for (const { text, value } of operands) if (value.includes('[') || /["'\\]/.test(text) && /[$`]/.test(value)) reading.effects.unknown('a test that may run code', text)
}

/** Arithmetic evaluates what a variable holds, `a[$(…)]` included. */
function judgeArithmeticName(name: string, scope: Scope, reading: Reading): void {
  const values = scope.variables.get(name.replace(/^\$/, ''))
  if (values === undefined) return
  if (values === null || values.some((value) => value !== DIGITS && (typeof value !== 'string' || /[[$`]/.test(value))))
    reading.effects.unknown('arithmetic on a variable whose value may be run', name)
}
