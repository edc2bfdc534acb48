import * as z from 'zod'
import { AbsolutePath } from './ids.ts'

/** What stands between a contained agent and the machine; each is in force or missing. */
export const Wall = z.object({
  /** What it is about: `files`, `network`. */
  name: z.string(),
  /** What holds it, or what is missing, in words for a person. */
  how: z.string(),
  stands: z.boolean(),
})
export type Wall = z.infer<typeof Wall>

/**
 * What travels over the agents' endpoint (a Unix-domain socket or named pipe): one JSON line from the client, one JSON
 * line back, then the broker closes. Nothing on this endpoint can answer a request or change policy.
 */
export const EndpointRequest = z.discriminatedUnion('type', [
  /** A hook of an agent wants to know whether a call may run. */
  z.strictObject({
    type: z.literal('hook'),
    agent: z.string(),
    /** What the agent wrote to the hook's standard input, unread. */
    payload: z.string(),
    /** Milliseconds after which the client will give up and deny by itself. */
    waits: z.number().int().positive(),
  }),
  z.strictObject({ type: z.literal('status') }),
  /** A supervisor is about to start an agent contained. The connection stays open and goes on as `contract/containment.ts` says. */
  z.strictObject({
    type: z.literal('contain'),
    /** The agent's program, found and absolute, and the words it is started with. */
    program: AbsolutePath,
    argv: z.array(z.string()),
    cwd: AbsolutePath,
    /** Which agent it is, where the program's name does not tell; and the policy to hold it to instead of that agent's. */
    agent: z.string().optional(),
    policy: z.string().optional(),
    /** Folders that its programs and their libraries lie in. */
    installed: z.array(AbsolutePath),
    /** Names of the environment variables that could be passed on; none when absent. */
    variables: z.array(z.string()).optional(),
    /** What holds it, and what does not, for the operator and the record. */
    walls: z.array(Wall),
  }),
])
export type EndpointRequest = z.infer<typeof EndpointRequest>
export type ContainRequest = Extract<EndpointRequest, { type: 'contain' }>

export const EndpointReply = z.discriminatedUnion('type', [
  /** What the hook must print and exit with, for the agent to understand. */
  z.strictObject({ type: z.literal('hook'), stdout: z.string(), stderr: z.string(), exitCode: z.number().int() }),
  z.strictObject({
    type: z.literal('status'),
    pid: z.number().int(),
    version: z.string(),
    revision: z.number().int(),
    policyErrors: z.array(z.string()),
    /** Why files that add to what the monitor knows are not in force. */
    knowledgeErrors: z.array(z.string()).default([]),
    waiting: z.number().int(),
    journal: z.string(),
    operators: z.number().int(),
    /** Whether the hook of each connected agent blocked when it was tried last; `at` in milliseconds since the epoch. */
    canaries: z.array(z.strictObject({ agent: z.string(), held: z.boolean(), at: z.number(), message: z.string() })).default([]),
    /** Processes of agents that are held, by number and start time in clock ticks since boot. */
    held: z.array(z.strictObject({ pid: z.number().int(), ticks: z.number(), level: z.enum(['hooked', 'contained']) })).default([]),
  }),
  z.strictObject({ type: z.literal('error'), message: z.string() }),
])
export type EndpointReply = z.infer<typeof EndpointReply>

export { LONGEST_LINE_BYTES } from './limits.ts'
