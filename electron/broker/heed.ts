import type { Reason } from '../contract/decision.ts'
import type { Weighing } from '../contract/deviation.ts'
import type { Judgement } from './judge.ts'

/**
 * The judgement as the monitor leaves it: what the rules allow may become a question, and nothing else ever changes. No grant lifts
 * that, only this call can be let through.
 */
export function heed(judgement: Judgement, weighing: Weighing | undefined): Judgement {
  const { decision } = judgement
  if (decision.verdict !== 'allow' || (weighing?.response !== 'ask' && weighing?.response !== 'pause')) return judgement
  const effects = decision.effects.length > 0 ? decision.effects : [{ kind: 'unknown', reason: 'it has no effect that Paddock knows' } as const]
  const reason: Reason = { verdict: 'ask', rule: `monitor.${weighing.response}`, source: 'the monitor', layer: 'default', message: messageOf(weighing), effect: 0, tags: tagsOf(weighing) }
  return { ...judgement, by: 'policy', limited: true, decision: { verdict: 'ask', effects, reasons: [reason, ...decision.reasons.filter(({ effect }) => effect !== 0)] } }
}

/** The strongest of what this call added; otherwise that the session is suspect from before. */
function messageOf({ deviations, paused, score }: Weighing): string {
  if (paused !== undefined) return `The session is paused until the user resumes or ends it: ${paused}`
  const [strongest] = deviations.toSorted((a, b) => b.score - a.score)
  if (strongest) return strongest.why
  return `The session departed from the normal a short while ago: its score is ${score}.`
}

function tagsOf({ deviations }: Weighing): string[] {
  return [...new Set(deviations.flatMap(({ tags }) => tags))]
}
