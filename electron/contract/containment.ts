import * as z from 'zod'
import { Layer, Verdict } from './decision.ts'
import { Effect } from './effect.ts'
import { AgentId, SessionId } from './ids.ts'

/**
 * What a supervisor and the broker say to each other, one JSON object a line, after the supervisor's `contain` request opened the
 * link. The supervisor is a process of the user outside the fence; the agent has no way to this link.
 */

/** A rule as the supervisor decides by it. Conditions that only a call can meet are gone: rules that allow by them too, the others hold. */
export const FenceRule = z.object({
  section: z.enum(['files.read', 'files.write', 'files.delete', 'commands', 'network', 'listen']),
  verdict: Verdict,
  pattern: z.string(),
  layer: Layer,
  source: z.string(),
})
export type FenceRule = z.infer<typeof FenceRule>

const patterns = z.array(z.string())

/** What contained programs need of the machine, from `policies/knowledge/containment.yaml`, with the agent's own part chosen. */
export const FenceKnowledge = z.object({
  files: z.object({ read: patterns, write: patterns, delete: patterns }),
  listen: patterns,
  network: patterns,
  plain: patterns,
  quiet: z.object({ read: patterns, write: patterns, network: patterns }),
  transparent: patterns,
  carriers: z.array(z.object({ programs: patterns, values: patterns })),
  tended: z.array(z.object({ programs: patterns, commands: patterns, without: patterns, variables: z.object({ steering: patterns, harmless: patterns }), write: patterns, delete: patterns })),
  /** Sockets that are reached whatever the rules say: the agents' endpoint, for hooks. */
  doors: patterns,
  /** Commands by which the agent gets to know where it is. */
  commands: patterns,
  /** What the agent's own program may read and write although it is kept from what it starts. */
  own: z.object({ read: patterns, write: patterns }),
})
export type FenceKnowledge = z.infer<typeof FenceKnowledge>

/** Everything a supervisor decides by, as it stands at one moment. */
export const FenceTerms = z.object({
  revision: z.number().int(),
  default: Verdict,
  rules: z.array(FenceRule),
  grants: z.array(z.object({ section: FenceRule.shape.section, pattern: z.string() })),
  variables: z.record(z.string(), z.union([z.string(), patterns])),
  knowledge: FenceKnowledge,
  /** Whether the broker is asked about each program that the agent starts by itself, because it knows what was announced. */
  asksUnannounced: z.boolean(),
})
export type FenceTerms = z.infer<typeof FenceTerms>

/** The program behind an operation. */
export const ContainedProcess = z.object({ pid: z.number().int(), program: z.string(), argv: z.array(z.string()), cwd: z.string() })
export type ContainedProcess = z.infer<typeof ContainedProcess>

export const SupervisorMessage = z.discriminatedUnion('type', [
  /** Values of the variables that the broker wanted, before the agent runs. They are secrets: nothing records or repeats them. */
  z.object({ type: z.literal('secrets'), values: z.record(z.string(), z.string()) }),
  /** The agent runs: its process. */
  z.object({ type: z.literal('started'), pid: z.number().int(), startedAt: z.number().int() }),
  /**
   * An operation is paused until this is answered. With `folder` the answer is about all of its kind that one cause does there, with `within` it
   * may be made to be.
   */
  z.object({
    type: z.literal('operation'),
    id: z.number().int(),
    process: ContainedProcess,
    effects: z.array(Effect),
    folder: z.string().optional(),
    within: z.string().optional(),
  }),
  /** The program that made the operation is gone. */
  z.object({ type: z.literal('withdrawn'), id: z.number().int() }),
  /** What ran without a question, for the comparison with what the agent's hook announced; at most so many. */
  z.object({ type: z.literal('seen'), operations: z.array(z.object({ pid: z.number().int(), effect: Effect })).max(1000) }),
])
export type SupervisorMessage = z.infer<typeof SupervisorMessage>

export const BrokerMessage = z.discriminatedUnion('type', [
  /**
   * The first message: the session is open. `passed` names the variables of the supervisor that the agent gets, `withheld` those that sound
   * like secrets and are left out, `wanted` those that the broker puts into requests itself. `environment` is added to the agent's,
   * `resolverPort` answers its name queries.
   */
  z.object({
    type: z.literal('contained'),
    agent: AgentId,
    session: SessionId,
    terms: FenceTerms,
    passed: z.array(z.string()),
    withheld: z.array(z.string()),
    wanted: z.array(z.string()),
    environment: z.record(z.string(), z.string()),
    resolverPort: z.number().int().optional(),
  }),
  z.object({ type: z.literal('terms'), terms: FenceTerms }),
  z.object({ type: z.literal('answer'), id: z.number().int(), verdict: z.enum(['allow', 'allow in folder', 'deny']), message: z.string().optional() }),
  /** End the agent and everything it started. */
  z.object({ type: z.literal('end') }),
  z.object({ type: z.literal('error'), message: z.string() }),
])
export type BrokerMessage = z.infer<typeof BrokerMessage>
