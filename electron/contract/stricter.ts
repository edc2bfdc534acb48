import type { Verdict } from './decision.ts'

// Apart from the schemas, because the supervisor of contained agents decides without them: loading zod costs it a tenth of its start.

const STRENGTH: Record<Verdict, number> = { allow: 0, ask: 1, deny: 2 }

/** The stricter of two verdicts. */
export function stricter(a: Verdict, b: Verdict): Verdict {
  return STRENGTH[a] >= STRENGTH[b] ? a : b
}
