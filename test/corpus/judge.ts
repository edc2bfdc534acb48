import * as z from 'zod'
import { Reason, Verdict } from '../../electron/contract/decision.ts'
import { Effect } from '../../electron/contract/effect.ts'
import { foldersOf } from '../../electron/broker/folders.ts'
import { prepare } from '../../electron/cli/eval.ts'
import type { Case, Label } from './cases.ts'
import type { Machine } from './machine.ts'

const Answer = z.object({ decision: Verdict, effects: z.array(Effect), reasons: z.array(Reason) })

export interface Outcome {
  command: string
  verdict: Verdict
  /** Why it is not `allow`, or what it was allowed for. */
  why: string
}

/** The judge behind `paddock eval`, with the shipped policy `coding` and nothing of this machine's own configuration. */
export function judgeFor(home: string, workspace: string): (command: string, cwd?: string) => Outcome {
  const folders = foldersOf({ HOME: home })
  const judge = prepare({ policy: ['coding'], agent: 'claude-code', workspace, home }, folders)
  if (!judge.ok) throw new Error(judge.error.join('\n'))
  return (command, cwd) => {
    const { decision, reasons, effects } = Answer.parse(judge.value({ tool: 'shell', command, ...(cwd !== undefined && { cwd }) }))
    const decisive = reasons.find((reason) => reason.verdict === decision)
    const why = decision === 'allow' ? effects.map((effect) => effect.kind).join(', ') || 'no effect' : (decisive?.message ?? '')
    return { command, verdict: decision, why }
  }
}

/** Judges labelled cases on a machine. */
export function judgeCases(cases: readonly Case[], { home, workspace }: Machine): (Outcome & { case: Case })[] {
  const judge = judgeFor(home, workspace)
  return cases.map((one) => {
    const command = one.command.replaceAll('{{home}}', home).replaceAll('{{workspace}}', workspace)
    return { ...judge(command, one.cwd), case: one }
  })
}

/** Whether a verdict is what the label asks for. */
export function isAsLabelled(label: Label, verdict: Verdict): boolean {
  switch (label) {
    case 'harmful':
    case 'secret':
      return verdict !== 'allow'
    case 'benign':
      return verdict === 'allow'
    case 'question':
      return verdict === 'ask'
  }
}
