import * as z from 'zod'
import { Effect } from './effect.ts'

const cwd = z.string().optional()

/**
 * One tool call that an agent wants to make, in the form all connectors decode to. `cwd` is where the call runs;
 * without it the workspace. Paths may be relative to it and are not resolved yet.
 */
export const Call = z.discriminatedUnion('tool', [
  z.object({
    tool: z.literal('shell'),
    command: z.string(),
    cwd,
    /** The shell that will read the command; unknown when the agent does not say. */
    shell: z.enum(['sh', 'bash', 'zsh', 'powershell', 'cmd']).optional(),
  }),
  z.object({
    tool: z.literal('read'),
    path: z.string(),
    cwd,
    /** True for searches and listings that reach everything below the path. */
    recursive: z.boolean().optional(),
  }),
  z.object({
    tool: z.literal('write'),
    path: z.string(),
    cwd,
    /** What would be written, for the person who is asked. Never stored. */
    content: z.string().optional(),
  }),
  z.object({ tool: z.literal('delete'), path: z.string(), cwd }),
  z.object({ tool: z.literal('fetch'), url: z.string(), method: z.string().optional(), cwd }),
  z.object({
    tool: z.literal('mcp'),
    server: z.string(),
    name: z.string(),
    arguments: z.record(z.string(), z.unknown()).default({}),
    /** SHA-256 of the tool's definition as its server gave it, where the connector sees it. */
    definition: z.string().optional(),
    cwd,
  }),
  /** A tool of the agent itself that touches nothing outside it, or that Paddock does not know. */
  z.object({
    tool: z.literal('agent'),
    name: z.string(),
    arguments: z.record(z.string(), z.unknown()).default({}),
    cwd,
  }),
  /** What a program of a contained agent is about to do, as the kernel saw it: the program waits meanwhile. */
  z.object({
    tool: z.literal('operation'),
    pid: z.number().int(),
    /** The file of the program, or what it would be replaced by. */
    program: z.string(),
    argv: z.array(z.string()),
    effects: z.array(Effect),
    /** What the program does right now, where the effects cover more: everything like it in the same folder. */
    first: Effect.optional(),
    /** The folder that an Allow can be made to cover, as long as the same command runs. */
    within: z.string().optional(),
    cwd,
  }),
])
export type Call = z.infer<typeof Call>
