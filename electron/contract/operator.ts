import * as z from 'zod'
import { Deviation, Halt, ProfileOrigin, Response, SessionAction, Taint } from './deviation.ts'
import { Wall } from './endpoint.ts'
import { TimelineEvent } from './event.ts'
import { Registration, ResponseAction, Running } from './finding.ts'
import { AbsolutePath, AgentId, SessionId } from './ids.ts'
import { Answer, AnswerOutcome, Grant, PendingRequest } from './request.ts'

/** What a window of the operator may do. The desktop gives each window one role, the headless page has both. */
export const Role = z.enum(['prompt', 'console'])
export type Role = z.infer<typeof Role>

/** How an agent on this machine stands to Paddock. */
export const Connection = z.object({
  agent: AgentId,
  name: z.string(),
  /** The agent's program was found. */
  installed: z.boolean(),
  state: z.enum(['connected', 'not-connected', 'altered']),
  /** The level in force: `hooked` only when its hook is in place. */
  level: z.enum(['observed', 'hooked']),
  /** The settings file that Paddock's entry is, or would be, in. */
  file: z.string(),
  /** What the operator should know, e.g. why the state is `altered`. */
  note: z.string().optional(),
})
export type Connection = z.infer<typeof Connection>

/** What connecting or disconnecting would do to a settings file. */
export const ConnectionPlan = z.object({
  agent: AgentId,
  file: z.string(),
  /** Unified diff; empty when there is nothing to do. */
  diff: z.string(),
  /** Names exactly this change: applying it is refused once the file differs. */
  digest: z.string(),
})
export type ConnectionPlan = z.infer<typeof ConnectionPlan>

/** One policy file as it stands. */
export const PolicyFileStatus = z.object({
  file: z.string(),
  name: z.string(),
  description: z.string(),
  layer: z.string(),
  agents: z.array(z.string()),
  rules: z.number().int(),
})
export type PolicyFileStatus = z.infer<typeof PolicyFileStatus>

/** One session that the monitor watches. */
export const WatchedSession = z.object({
  agent: AgentId,
  session: SessionId,
  workspace: z.string(),
  calls: z.number().int(),
  /** When its last call came; milliseconds since the epoch. */
  lastAt: z.number(),
  score: z.number(),
  response: Response,
  /** How many sessions the agent's profile in this project has learned, and how many it needs before what is new counts. */
  learned: z.number().int(),
  toLearn: z.number().int(),
  /** Where that profile comes from; absent when there is none yet. */
  origin: ProfileOrigin.optional(),
  taint: Taint,
  /** It stands still. */
  halt: Halt.optional(),
  /** What was found, oldest first; the last ones. */
  deviations: z.array(Deviation.extend({ at: z.number() })),
})
export type WatchedSession = z.infer<typeof WatchedSession>

/** An agent that runs contained now, and what holds it. */
export const ContainedAgent = z.object({
  agent: AgentId,
  session: SessionId,
  workspace: z.string(),
  /** Its program's file, and the process. */
  program: z.string(),
  pid: z.number().int(),
  /** Milliseconds since the epoch. */
  startedAt: z.number(),
  walls: z.array(Wall),
  /** Names of the policies it is held to, the strongest layer first. */
  policies: z.array(z.string()),
  /** How often a person was asked about what its programs were about to do. */
  asked: z.number().int(),
})
export type ContainedAgent = z.infer<typeof ContainedAgent>

/** How an agent would be started contained. */
export const ContainedPlan = z.object({
  /** Where it worked last, else the user's home. */
  folder: z.string(),
  /** The agent's command behind `paddock run --`. */
  command: z.array(z.string()),
  /** The whole command: this installation's own `paddock` on its own Node. */
  argv: z.array(z.string()),
  /** The terminal program that it would be opened in; absent where none is found. */
  terminal: z.string().optional(),
})
export type ContainedPlan = z.infer<typeof ContainedPlan>

/** Everything a window shows besides the timeline. Sent whole on every change. */
export const State = z.object({
  version: z.string(),
  /** The broker's clock, so that countdowns do not depend on the window's. */
  now: z.number(),
  /** Oldest first. */
  requests: z.array(PendingRequest),
  grants: z.array(Grant),
  connections: z.array(Connection),
  /** The liveliest first. */
  sessions: z.array(WatchedSession),
  /** Oldest first. */
  contained: z.array(ContainedAgent),
  /** Every agent that runs here, held or not. */
  running: Running,
  /** What keeps files that add to the monitor's knowledge from being in force, as `file:line:column: why`. */
  monitor: z.object({ problems: z.array(z.string()) }),
  policy: z.object({
    revision: z.number().int(),
    files: z.array(PolicyFileStatus),
    /** Why the last change was not taken; the revision above stays in force. */
    errors: z.array(z.string()),
  }),
  journal: z.object({ file: z.string(), rows: z.number().int(), problem: z.string().optional() }),
})
export type State = z.infer<typeof State>

const done = z.discriminatedUnion('done', [
  z.object({ done: z.literal(true) }),
  z.object({ done: z.literal(false), message: z.string() }),
])
const nothing = z.strictObject({})

/**
 * The operator's interface: every method with what it takes, what it gives and which roles may call it. Server, client,
 * preload bridge, web socket and tests derive from this one table.
 */
export const operatorMethods = {
  state: { input: nothing, output: State, roles: ['prompt', 'console'] },
  answer: { input: Answer, output: AnswerOutcome, roles: ['prompt'] },
  /** The newest rows before `before` (or the newest of all), newest first. */
  timeline: {
    input: z.strictObject({ before: z.number().int().optional(), limit: z.number().int().min(1).max(500) }),
    output: z.array(TimelineEvent),
    roles: ['console'],
  },
  verifyJournal: {
    input: nothing,
    output: z.object({ rows: z.number().int(), problem: z.string().optional() }),
    roles: ['console'],
  },
  revokeGrant: { input: z.strictObject({ id: z.string() }), output: done, roles: ['console'] },
  planConnection: {
    input: z.strictObject({ agent: AgentId, change: z.enum(['connect', 'disconnect']) }),
    output: z.union([z.object({ plan: ConnectionPlan }), z.object({ problem: z.string() })]),
    roles: ['console'],
  },
  applyConnection: {
    input: z.strictObject({ agent: AgentId, change: z.enum(['connect', 'disconnect']), digest: z.string() }),
    output: done,
    roles: ['console'],
  },
  planContained: {
    input: z.strictObject({ agent: AgentId }),
    output: z.union([z.object({ plan: ContainedPlan }), z.object({ problem: z.string() })]),
    roles: ['console'],
  },
  /** Opens a terminal in the folder, with the agent in it; says which one, or why not. */
  startContained: {
    input: z.strictObject({ agent: AgentId, folder: AbsolutePath }),
    output: z.union([z.object({ started: z.string() }), z.object({ problem: z.string() })]),
    roles: ['console'],
  },
  /** Ends a contained agent with everything it started; answers when all of it is gone. */
  endContained: { input: z.strictObject({ session: SessionId }), output: done, roles: ['console'] },
  /** Lets a paused session go on, or ends it: then every call that it still makes is denied, and a contained run is ended whole. */
  respondToSession: { input: z.strictObject({ agent: AgentId, session: SessionId, action: SessionAction }), output: done, roles: ['console'] },
  /** Pauses, resumes or ends an agent with its tree. With `asks` it would touch others too, and does so only when confirmed. */
  respondToAgent: {
    input: z.strictObject({ pid: z.number().int(), startedAt: z.number(), action: ResponseAction, confirmed: z.boolean() }),
    output: z.discriminatedUnion('done', [
      z.object({ done: z.literal(true) }),
      z.object({ done: z.literal(false), message: z.string(), asks: z.array(z.number().int()) }),
    ]),
    roles: ['console'],
  },
  /**
   * Ends an agent with its tree and starts its command anew, contained, in a terminal. Unless `confirmed` it only says what would be
   * done, and what else would be ended with it (`asks`).
   */
  restartContained: {
    input: z.strictObject({ pid: z.number().int(), startedAt: z.number(), policy: z.string().optional(), confirmed: z.boolean() }),
    output: z.union([z.object({ started: z.string() }), z.object({ asks: z.string() }), z.object({ problem: z.string() })]),
    roles: ['console'],
  },
  /** The lines that a registration would add to the registry. Changes nothing. */
  planRegistration: {
    input: Registration,
    output: z.union([z.object({ file: z.string(), adds: z.string() }), z.object({ problem: z.string() })]),
    roles: ['console'],
  },
  applyRegistration: { input: Registration, output: done, roles: ['console'] },
} as const satisfies Record<string, { input: z.ZodType; output: z.ZodType; roles: readonly Role[] }>

/** What the broker tells windows without being asked. */
export const operatorEvents = {
  state: State,
  timeline: TimelineEvent,
} as const satisfies Record<string, z.ZodType>

export type OperatorMethod = keyof typeof operatorMethods
export type OperatorEvent = keyof typeof operatorEvents
export type Input<M extends OperatorMethod> = z.input<(typeof operatorMethods)[M]['input']>
export type ParsedInput<M extends OperatorMethod> = z.output<(typeof operatorMethods)[M]['input']>
export type Output<M extends OperatorMethod> = z.output<(typeof operatorMethods)[M]['output']>
export type EventData<E extends OperatorEvent> = z.output<(typeof operatorEvents)[E]>

/** What the broker implements: one function a method. */
export type Operator = { [M in OperatorMethod]: (input: ParsedInput<M>) => Output<M> | Promise<Output<M>> }
