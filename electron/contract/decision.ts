import * as z from 'zod'
import { Effect } from './effect.ts'

/** What policy says of an effect or a call. `deny` beats `ask` beats `allow`. */
export const Verdict = z.enum(['allow', 'ask', 'deny'])
export type Verdict = z.infer<typeof Verdict>

/** Where a rule comes from, strongest first. `floor` is built in and protects Paddock itself. */
export const Layer = z.enum(['floor', 'managed', 'user', 'project', 'grant', 'default'])
export type Layer = z.infer<typeof Layer>

/** Why an effect got its verdict. */
export const Reason = z.object({
  verdict: Verdict,
  /** The rule in the words of the policy file, e.g. `files.read.deny: ${secrets}`; `default` when none matched. */
  rule: z.string(),
  /** `file:line` of the rule. */
  source: z.string(),
  layer: Layer,
  /** One sentence for the person: the effect, and the rule's own `why` where it has one. */
  message: z.string(),
  /** What the agent is told, if the rule has advice. */
  advice: z.string().optional(),
  /** ASI, ATLAS or own tags of the rule. */
  tags: z.array(z.string()).optional(),
  /** The one-line change to a policy that would allow the effect, or why there is none. */
  change: z.string().optional(),
  /** The path whose data the effect would carry away, where a rule denies or asks about reading that path. */
  data: z.string().optional(),
  /** Index into the effects of the decision. */
  effect: z.number().int(),
})
export type Reason = z.infer<typeof Reason>

/** The answer of `decide`: one verdict for the call, with a reason for each effect. */
export const Decision = z.object({
  verdict: Verdict,
  effects: z.array(Effect),
  reasons: z.array(Reason),
})
export type Decision = z.infer<typeof Decision>
