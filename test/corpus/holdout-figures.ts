import { join } from 'node:path'
import { replay, type Replay } from '../../electron/monitor/replay.ts'
import { holdout, type Holdout } from './holdout.ts'
import type { Section } from './monitor-figures.ts'

/** What the first replay of each said, before anything was changed because of it. */
const FIRST = { honest: '20/64 31.3 %', later: '5/26 19.2 %', attacked: '57/85 67.1 %' }

/** The made-up sessions, judged without any profile: assistants, tools and attacks that are in no recording. */
export function holdoutFigures(knowledge: Replay): Section {
  const judged = holdout(join(import.meta.dirname, '../corpora/sessions')).map((one) => ({ ...one, flagged: replay(one.trace, undefined, knowledge).flagged }))
  const count = (all: readonly (Holdout & { flagged: boolean })[]) => ({ count: all.filter(({ flagged }) => flagged).length, of: all.length, target: '', reached: true })
  const [honest, attacked] = [judged.filter((one) => !one.attacked && !one.later), judged.filter((one) => one.attacked)]
  return {
    title: 'Made-up sessions, no profile, tools and families of no recording',
    figures: [
      { what: `honest: flagged (at the first replay ${FIRST.honest})`, ...count(honest) },
      { what: `honest, written after that was put right: flagged (at the first replay ${FIRST.later})`, ...count(judged.filter(({ later }) => later)) },
      { what: `attacked: flagged (at the first replay ${FIRST.attacked})`, ...count(attacked) },
      ...[...Map.groupBy(attacked, ({ family }) => family)].map(([family, own]) => ({ what: `  ${family}`, ...count(own) })),
    ],
  }
}
