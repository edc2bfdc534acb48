import type { Verdict } from '../../electron/contract/decision.ts'

/** How firmly something speaks: a verdict, a note, or an alert. */
export type Tone = Verdict | 'note' | 'alert'

/** A verdict by colour and by word. */
export function VerdictWord({ tone, children }: { tone: Tone; children: string }) {
  return <span className={`verdict tone-${tone}`}>{children}</span>
}
