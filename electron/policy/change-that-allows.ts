import type { Decision, Reason } from '../contract/decision.ts'
import { formatRule, rulesFor, type GrantRule } from './grant-rules.ts'

/**
 * What would have to change for an effect to be allowed: a rule to add, a rule that is in the way, or nothing that the
 * operator could write.
 */
export type Change =
  | { kind: 'add'; rule: GrantRule; line: string }
  | { kind: 'edit'; rule: string; source: string }
  | { kind: 'impossible'; why: string }

/** The smallest changes that would let exactly this call through, each once; empty for one that is allowed. */
export function changeThatAllows(decision: Decision): Change[] {
  const changes = decision.reasons.filter(({ verdict }) => verdict !== 'allow').map((reason) => changeFor(reason, decision))
  return [...new Map(changes.map((change) => [JSON.stringify(change), change])).values()]
}

/** The decision with the change that would allow it at each reason that does not. `file` is where a new rule would go. */
export function withChanges(decision: Decision, file: string): Decision {
  if (decision.verdict === 'allow') return decision
  const reasons = decision.reasons.map((reason) =>
    reason.verdict === 'allow' ? reason : { ...reason, change: describeChange(changeFor(reason, decision), file) },
  )
  return { ...decision, reasons }
}

/** One sentence. `file` is the policy file that a new rule would go into. */
export function describeChange(change: Change, file: string): string {
  switch (change.kind) {
    case 'add':
      return `Add "${change.line}" to ${file}.`
    case 'edit':
      return `Change or remove "${change.rule}" (${change.source}): ask and deny beat allow.`
    case 'impossible':
      return `No rule can allow it: ${change.why}.`
  }
}

function changeFor(reason: Reason, { effects }: Decision): Change {
  const { layer, rule, source } = reason
  const effect = effects[reason.effect]
  if (layer === 'floor') return { kind: 'impossible', why: `${rule} is built in and protects Paddock itself` }
  if (layer === 'managed') return { kind: 'impossible', why: `your organisation's policy decides (${rule}, ${source})` }
  if (effect === undefined || effect.kind === 'unknown') return { kind: 'impossible', why: `it can't be told what the call does there; write it so that it can` }
  if (layer !== 'default') return { kind: 'edit', rule, source }
  const { data: _carried, ...alone } = reason
  const [literal] = rulesFor({ verdict: 'ask', effects: [effect], reasons: [{ ...alone, verdict: 'ask', effect: 0 }] }) ?? []
  return literal
    ? { kind: 'add', rule: literal, line: formatRule(literal) }
    : { kind: 'impossible', why: 'some words of the command are only known at run time, so no rule can name exactly this; a pattern that ends in " *" could' }
}
