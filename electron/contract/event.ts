import * as z from 'zod'
import { Call } from './call.ts'
import { Reason, type Verdict } from './decision.ts'
import { Weighing } from './deviation.ts'
import { Effect } from './effect.ts'
import { Finding } from './finding.ts'
import { AgentId, RequestId, SessionId } from './ids.ts'
import { Caller, Reach } from './request.ts'

const about = {
  caller: Caller,
  cwd: z.string(),
  toolName: z.string(),
  call: Call,
  effects: z.array(Effect),
  /** What the monitor said, where that is more than nothing. */
  weighing: Weighing.optional(),
}

/** Everything the journal records. Values of secrets are replaced before an event gets here. */
export const EventBody = z.discriminatedUnion('kind', [
  /** A call was judged, and this is what the agent is told. */
  z.object({
    kind: z.literal('decision'),
    ...about,
    verdict: z.enum(['allow', 'deny']),
    /** Who decided: the policy, a grant, the operator, the clock (nobody answered) or a failure of Paddock. */
    by: z.enum(['policy', 'grant', 'operator', 'timeout', 'failure']),
    reasons: z.array(Reason),
    revision: z.number().int(),
    request: RequestId.optional(),
    /** For `failure`: what failed. */
    message: z.string().optional(),
  }),
  /** A call waits for a person. */
  z.object({ kind: z.literal('asked'), ...about, request: RequestId, reasons: z.array(Reason), revision: z.number().int() }),
  /** A waiting call ended without a decision: the agent went away. */
  z.object({ kind: z.literal('withdrawn'), request: RequestId, caller: Caller }),
  /** A message of an agent that could not be read; the agent was told deny. */
  z.object({ kind: z.literal('unreadable'), agent: z.string(), message: z.string() }),
  z.object({
    kind: z.literal('grant'),
    change: z.enum(['given', 'revoked']),
    remember: Reach,
    agent: AgentId,
    session: SessionId,
    rules: z.array(z.string()),
  }),
  z.object({
    kind: z.literal('policy'),
    revision: z.number().int(),
    files: z.array(z.object({ file: z.string(), sha256: z.string() })),
    /** Files that were refused; the revision before stays in force. */
    errors: z.array(z.string()),
  }),
  /** A contained run of an agent, and what held it. */
  z.object({
    kind: z.literal('contained'),
    /** `ending`: the operator has it ended. */
    change: z.enum(['started', 'ending', 'ended', 'refused', 'differs']),
    agent: AgentId,
    session: SessionId,
    workspace: z.string(),
    message: z.string(),
  }),
  /** The monitor has paused a session, or the operator has answered that. */
  z.object({ kind: z.literal('session'), change: z.enum(['paused', 'resumed', 'ended']), agent: AgentId, session: SessionId, message: z.string() }),
  /** What the monitor knows beforehand was read anew; with `errors` the files were refused, and what was known before stays. */
  z.object({ kind: z.literal('knowledge'), errors: z.array(z.string()) }),
  z.object({ kind: z.literal('connection'), agent: AgentId, change: z.enum(['connected', 'disconnected']), file: z.string() }),
  /** A hook was tried with a call that must not run. */
  z.object({ kind: z.literal('canary'), agent: AgentId, held: z.boolean(), message: z.string() }),
  /** Discovery has found something that nobody said may be so. */
  z.object({ kind: z.literal('finding'), finding: Finding }),
  /** What the operator did about a running agent. */
  z.object({
    kind: z.literal('response'),
    action: z.enum(['pause', 'resume', 'end', 'authorize', 'ignore', 'restart']),
    agent: AgentId,
    pid: z.number().int(),
    startedAt: z.number(),
    message: z.string(),
  }),
  z.object({ kind: z.literal('operator'), change: z.enum(['opened', 'closed', 'refused']), message: z.string() }),
  /** About the record itself: damage that was found, or (never stored) a row that can't be shown. */
  z.object({ kind: z.literal('journal'), message: z.string() }),
  z.object({ kind: z.literal('broker'), change: z.enum(['started', 'stopped']), pid: z.number().int(), version: z.string() }),
])
export type EventBody = z.infer<typeof EventBody>

/** One row of the journal, as the timeline shows it. */
export const TimelineEvent = z.object({
  /** Position in the journal, from 1. */
  seq: z.number().int(),
  /** Milliseconds since the epoch. */
  at: z.number(),
  body: EventBody,
})
export type TimelineEvent = z.infer<typeof TimelineEvent>

/** The verdict a row shows, where it has one. */
export function verdictOf(body: EventBody): Verdict | undefined {
  if (body.kind === 'decision') return body.verdict
  if (body.kind === 'asked') return 'ask'
  return body.kind === 'unreadable' ? 'deny' : undefined
}
