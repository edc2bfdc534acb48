import * as z from 'zod'

/** What the monitor looks for; each can be switched off in a policy. */
export const DETECTORS = [
  'restricted',
  'sequence',
  'credentials-out',
  'outside-task',
  'provenance',
  'instructions',
  'novelty',
  'rate',
  'unusual-time',
  'tampering',
  'sub-agent',
  'taint',
] as const
export const DetectorName = z.enum(DETECTORS)
export type DetectorName = z.infer<typeof DetectorName>

/** Where a session departs from what its agent normally does, or from what the person asked for. */
export const Deviation = z.object({
  kind: DetectorName,
  /** Position in the session, from 0, of the call before which it was noticed. */
  call: z.number().int(),
  /** What it adds to the session's score when it is noticed; it fades with the calls that follow. */
  score: z.number(),
  /** One sentence for a person; it counts calls from 1. */
  why: z.string(),
  /** Positions of the calls that show it; the last one is `call`. */
  calls: z.array(z.number().int()),
  /** MITRE ATT&CK and ATLAS techniques, OWASP ASI threats. */
  tags: z.array(z.string()),
})
export type Deviation = z.infer<typeof Deviation>

/** What the policy says is done about a score: `ask` raises a prompt for calls that act, `pause` stops the session. */
export const Response = z.enum(['none', 'record', 'ask', 'pause'])
export type Response = z.infer<typeof Response>

/** What a session has read and holds, for the rule that both together may not leave. */
export const Taint = z.object({
  /** Untrusted sources that were read, newest last; a few of them. */
  read: z.array(z.string()),
  /** Secrets that were touched; a few of them. */
  holds: z.array(z.string()),
})
export type Taint = z.infer<typeof Taint>

/** Where the profile of an agent comes from: IT shipped it, the user brought it along, or it was learned here. */
export const ProfileOrigin = z.enum(['managed', 'given', 'learned'])
export type ProfileOrigin = z.infer<typeof ProfileOrigin>

/** What the operator can do about a paused session. */
export const SessionAction = z.enum(['resume', 'end'])
export type SessionAction = z.infer<typeof SessionAction>

/** A session that stands still: each of its calls waits while it is `paused`, and is denied once it is `ended`. */
export const Halt = z.object({
  state: z.enum(['paused', 'ended']),
  /** Since when; milliseconds since the epoch. */
  at: z.number(),
  /** One sentence for a person: what raised the score so far. */
  why: z.string(),
  /** Positions of the calls that show it. */
  calls: z.array(z.number().int()),
})
export type Halt = z.infer<typeof Halt>

/** What the monitor says of one call. */
export const Weighing = z.object({
  /** Position of the call in its session, from 0. */
  call: z.number().int(),
  score: z.number(),
  response: Response,
  /** What this call added. */
  deviations: z.array(Deviation),
  /** Why the session is paused, where it is. */
  paused: z.string().optional(),
  taint: Taint.optional(),
})
export type Weighing = z.infer<typeof Weighing>
