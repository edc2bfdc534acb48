import type { Decision, Verdict } from '../contract/decision.ts'
import type { PolicyFile, PolicyTest } from './parse.ts'
import { callText } from './call-text.ts'

/** A test of a policy file that came out otherwise. */
export interface TestFailure {
  file: string
  line: number
  column: number
  /** The call, as one line. */
  call: string
  expected: Verdict
  came: Verdict
  /** Why it came out so: the sentence of each effect that was decisive, with its rule and source. */
  why: string[]
  note?: string
}

/** Where the session of a test works unless the test says otherwise. */
export const TEST_WORKSPACE = '/workspace'

/** Runs the tests of a file. `judge` decides by this policy alone, with what it extends, and the floor. */
export function runTests(file: PolicyFile, judge: (test: PolicyTest) => Decision): TestFailure[] {
  return file.tests.flatMap((test): TestFailure[] => {
    const decision = judge(test)
    if (decision.verdict === test.expect) return []
    const { line, column, expect, note } = test
    return [{ file: file.file, line, column, call: callText(test.call), expected: expect, came: decision.verdict, why: whyOf(decision), ...(note !== undefined && { note }) }]
  })
}

export function formatFailure({ file, line, column, call, expected, came, why, note }: TestFailure): string {
  return `${file}:${line}:${column} test: ${call}: expected ${expected}, came ${came}. ${why.join(' ')}${note === undefined ? '' : ` (${note})`}`
}

/** The reasons that made the verdict what it is: those as strict as it. */
export function whyOf({ verdict, reasons }: Decision): string[] {
  const decisive = reasons.filter((reason) => reason.verdict === verdict)
  return decisive.map(({ message, rule, source }) => `${message} (${rule}, ${source})`)
}
