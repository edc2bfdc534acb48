import { createInterface } from 'node:readline/promises'
import { ancestorsOf, programOf } from '../broker/processes.ts'

/**
 * Asks the person at the terminal; only a typed "y" or "yes" counts. Says no, and why on standard error, when there is
 * no terminal or when an agent started this command: the answer is for a person to give.
 */
export async function confirmOnTerminal(question: string): Promise<boolean> {
  const refusal = whyNotOperator()
  if (refusal !== undefined) {
    console.error(refusal)
    return false
  }
  if (!process.stdin.isTTY || !process.stdout.isTTY) {
    console.error('This needs an answer on a terminal, and there is none here.')
    return false
  }
  const terminal = createInterface({ input: process.stdin, output: process.stdout })
  try {
    return /^y(es)?$/i.test((await terminal.question(`${question} [y/N] `)).trim())
  } finally {
    terminal.close()
  }
}

/** Waits for Enter where somebody sits at a terminal. */
export async function waitForEnter(): Promise<void> {
  if (!process.stdin.isTTY || !process.stdout.isTTY) return
  const terminal = createInterface({ input: process.stdin, output: process.stdout })
  const closed = new Promise((resolve) => terminal.once('close', resolve))
  await Promise.race([terminal.question('Press Enter to close this window. '), closed])
  terminal.close()
}

/** Why this command may not act for the operator: an agent is above it. Undefined when it may. */
export function whyNotOperator(): string | undefined {
  for (const { pid } of ancestorsOf(process.pid))
    if (isAgent(programOf(pid))) return `An agent (${programOf(pid)}, process ${pid}) started this command; only a person may.`
  return undefined
}

/** Claude Code is `…/claude`, or a version number in a folder of that name. */
function isAgent(program: string): boolean {
  return /[\\/]claude(\.exe)?([\\/]|$)/.test(program)
}
