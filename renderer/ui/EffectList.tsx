import type { Reason, Verdict } from '../../electron/contract/decision.ts'
import type { Effect } from '../../electron/contract/effect.ts'
import { effectText, sourcesText, whyOf } from './effect-text.ts'
import { Verbatim } from './Verbatim.tsx'
import { VerdictWord } from './VerdictWord.tsx'

const ORDER: Record<Verdict, number> = { deny: 0, ask: 1, allow: 2 }

/** What a call would do, strictest first, each effect with the rules that judged it and where they stand. */
export function EffectList({ effects, reasons }: { effects: readonly Effect[]; reasons: readonly Reason[] }) {
  const judged = effects
    .map((effect, index) => ({ effect, reasons: reasons.filter((reason) => reason.effect === index) }))
    .map((entry) => ({ ...entry, verdict: strictest(entry.reasons) }))
    .toSorted((a, b) => ORDER[a.verdict] - ORDER[b.verdict])
  return (
    <ul className="effects">
      {judged.map((entry, index) => (
        <li key={index} className="effect">
          <VerdictWord tone={entry.verdict}>{entry.verdict}</VerdictWord>
          <div>
            <EffectLine effect={entry.effect} />
            {entry.verdict !== 'allow' && <SourcesLine effect={entry.effect} />}
            {entry.reasons.map((reason, position) => (
              <ReasonLine key={position} reason={reason} why={whyOf(reason, entry.effect)} />
            ))}
          </div>
        </li>
      ))}
    </ul>
  )
}

/** An effect that no rule speaks of is one that policy does not allow. */
function strictest(reasons: readonly Reason[]): Verdict {
  return reasons.map((reason) => reason.verdict).toSorted((a, b) => ORDER[a] - ORDER[b])[0] ?? 'ask'
}

function EffectLine({ effect }: { effect: Effect }) {
  const { verb, words } = effectText(effect)
  return (
    <p className="effect-line">
      {effect.kind === 'unknown' ? <Verbatim text={verb} /> : verb}
      <span className="effect-words">
        {words.map((word, index) => (
          <span key={index}>
            {' '}
            {word === null ? <em className="runtime">(known at run time)</em> : <Verbatim text={word} />}
          </span>
        ))}
      </span>
    </p>
  )
}

/** For what is not simply allowed, whose data it carries away. */
function SourcesLine({ effect }: { effect: Effect }) {
  const sources = sourcesText(effect)
  return sources === undefined ? null : (
    <p>
      with data from <Verbatim text={sources} />
    </p>
  )
}

function ReasonLine({ reason, why }: { reason: Reason; why: string }) {
  return (
    <div className="reason">
      {why !== '' && (
        <p>
          <Verbatim text={why} />
        </p>
      )}
      <p className="rule">
        <Verbatim text={reason.rule} />
        <span className="source">
          <Verbatim text={reason.source} />
          {reason.layer === 'floor' ? ', built in' : ''}
        </span>
      </p>
      {reason.verdict === 'deny' && reason.change !== undefined && (
        <p className="change">
          To allow it: <Verbatim text={reason.change} />
        </p>
      )}
    </div>
  )
}
