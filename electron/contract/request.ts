import * as z from 'zod'
import { Call } from './call.ts'
import { Reason } from './decision.ts'
import { Weighing } from './deviation.ts'
import { Effect } from './effect.ts'
import { AgentId, Digest, RequestId, SessionId } from './ids.ts'

/** Who makes a call, and how Paddock knows. */
export const Caller = z.object({
  agent: AgentId,
  session: SessionId,
  /** The folder the session works in. */
  workspace: z.string(),
  /** The agent's process as the kernel names it; absent where the platform can't tell. */
  process: z
    .object({
      pid: z.number().int(),
      /** Its executable, or its command line where the executable can't be read. */
      program: z.string(),
    })
    .optional(),
})
export type Caller = z.infer<typeof Caller>

/** A time such as `30m` or `1h`: whole seconds, minutes or hours. */
export const Lifetime = z
  .templateLiteral([z.number().int(), z.enum(['s', 'm', 'h'])])
  .refine((text) => /^[1-9]\d{0,5}[smh]$/.test(text), 'a time is a number with s, m or h, such as 1h')
export type Lifetime = z.infer<typeof Lifetime>

/** A lifetime in milliseconds. */
export function millisecondsOf(lifetime: Lifetime): number {
  return Number(lifetime.slice(0, -1)) * (lifetime.endsWith('h') ? 3_600_000 : lifetime.endsWith('m') ? 60_000 : 1000)
}

/** How long an Allow is remembered: a lifetime ends with the session at the latest. `rule` writes a line into the user's policy. */
export const Remember = z.union([z.enum(['once', 'session', 'rule']), Lifetime])
export type Remember = z.infer<typeof Remember>

/** How far an Allow reaches: as long as it is remembered, or over everything of the kind that the same command does in a folder. */
export const Reach = z.union([Remember, z.literal('folder')])
export type Reach = z.infer<typeof Reach>

/** One way to say Allow, with the literal rules it would put in force. Narrowest first. */
export const Offer = z.union([
  z.object({ remember: z.literal('once') }),
  z.object({ remember: z.literal('folder'), folder: z.string(), rules: z.array(z.string()) }),
  z.object({ remember: z.literal('session'), rules: z.array(z.string()) }),
  z.object({
    remember: z.literal('rule'),
    rules: z.array(z.string()),
    /** The policy file that would be written, and the exact text it gains. */
    file: z.string(),
    adds: z.string(),
  }),
  z.object({ remember: Lifetime, rules: z.array(z.string()) }),
])
export type Offer = z.infer<typeof Offer>

/**
 * A call that waits for a person. `digest` covers caller, session, the whole canonical call, working directory and
 * policy revision: an answer that names another digest is refused.
 */
export const PendingRequest = z.object({
  id: RequestId,
  digest: Digest,
  /** Policy revision that the decision was made under. */
  revision: z.number().int(),
  /** Random, new for each request: an answer can't be prepared before the request was shown. */
  nonce: z.string(),
  caller: Caller,
  cwd: z.string(),
  /** The tool in the agent's own words, e.g. `Bash`. */
  toolName: z.string(),
  call: Call,
  effects: z.array(Effect),
  reasons: z.array(Reason),
  /** What the monitor says of the session up to this call, where that is more than nothing. */
  weighing: Weighing.optional(),
  /** What the agent says about the call. Not verified. */
  claim: z.string().optional(),
  offers: z.array(Offer),
  /** Milliseconds since the epoch. */
  askedAt: z.number(),
  /** When silence becomes a denial; milliseconds since the epoch. */
  deadline: z.number(),
})
export type PendingRequest = z.infer<typeof PendingRequest>

/** What a person answers. All four bindings must be those of the request as it stands now. */
export const Answer = z.object({
  id: RequestId,
  digest: Digest,
  revision: z.number().int(),
  nonce: z.string(),
  verdict: z.enum(['allow', 'deny']),
  remember: Reach,
})
export type Answer = z.infer<typeof Answer>

/** What became of an answer. Only `applied` had an effect. */
export const AnswerOutcome = z.discriminatedUnion('outcome', [
  z.object({ outcome: z.literal('applied') }),
  z.object({
    outcome: z.literal('refused'),
    reason: z.enum(['no-such-request', 'changed', 'stale-revision', 'wrong-nonce', 'not-offered', 'not-stored']),
    message: z.string(),
  }),
])
export type AnswerOutcome = z.infer<typeof AnswerOutcome>

/** An Allow that is remembered until its time or its session ends, or it is revoked. */
export const Grant = z.object({
  id: z.string(),
  agent: AgentId,
  session: SessionId,
  rules: z.array(z.string()),
  givenAt: z.number(),
  /** When it ends by itself; milliseconds since the epoch. */
  endsAt: z.number().optional(),
  /** How many calls it has let through. */
  uses: z.number().int(),
})
export type Grant = z.infer<typeof Grant>
