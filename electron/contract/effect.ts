import * as z from 'zod'

const path = z.string()
/** Set when everything below the path is reached as well. */
const recursive = z.literal(true).optional()

/**
 * Set for what another program than those of the contained run put into the temporary folder: rules that allow `${tmp}` mean what a run puts
 * there itself.
 */
const foreign = z.literal(true).optional()

/** A value inside the arguments of a tool, with what it is as a path and as a host where it can be one. */
export const ArgumentValue = z.object({
  value: z.union([z.string(), z.number(), z.boolean()]),
  path: z.string().optional(),
  host: z.string().optional(),
})
export type ArgumentValue = z.infer<typeof ArgumentValue>

/**
 * Where data comes from that the call puts there: paths that it reads, canonical, with `/**` at the end for everything below;
 * at most 20, secrets first. Of what is written in the workspace, only what comes from outside of it. Absent when there is none.
 */
const from = z.array(path).optional()

/**
 * What a call would do to the world. Paths are canonical: absolute, without `..`, symbolic links resolved as the
 * operating system would. Hosts are canonical: lower case, punycode, no trailing dot, IPv4 in dotted decimals.
 */
export const Effect = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('exec'),
    /** The program as the call names it. */
    program: z.string(),
    /** The words after the program; null where a word is only known at run time and may become any number of words. */
    args: z.array(z.string().nullable()),
    /** The canonical path of the program when the call names it by path (`./build.sh`, `/usr/bin/env`). */
    path: path.optional(),
    /**
     * A task of the project runs it, and it is a program of the project or a tool for such tasks: the rule for the task vouches for
     * it, so it needs none of its own. Rules that ask about it or deny it hold.
     */
    vouched: z.literal(true).optional(),
  }),
  z.object({ kind: z.literal('read'), path, recursive, foreign }),
  z.object({ kind: z.literal('write'), path, recursive, foreign, from }),
  z.object({ kind: z.literal('delete'), path, recursive, foreign }),
  z.object({
    kind: z.literal('connect'),
    /** `unix:` and the path for a Unix-domain socket. */
    host: z.string(),
    /** Absent when any port may be meant. */
    port: z.number().int().optional(),
    /** For HTTP: the method in upper case, and the path of the URL. Absent when it is not known. */
    method: z.string().optional(),
    path: z.string().optional(),
    from,
  }),
  z.object({ kind: z.literal('listen'), host: z.string(), port: z.number().int().optional() }),
  z.object({
    kind: z.literal('tool'),
    /** The MCP server; absent for a tool of the agent itself. */
    server: z.string().optional(),
    name: z.string(),
    /** SHA-256 of the tool's definition as its server gave it; absent where the connector does not see it. */
    definition: z.string().optional(),
    /** The values in its arguments by JSON pointer (RFC 6901). Not stored: the call itself is. */
    arguments: z.record(z.string(), ArgumentValue).optional(),
  }),
  z.object({
    kind: z.literal('unknown'),
    /** Why it can't be determined, in a form that completes "not known: ...". */
    reason: z.string(),
    /** The part of the call that is meant. */
    text: z.string().optional(),
    /** Where it is a host to connect to that is not known. */
    from,
  }),
])
export type Effect = z.infer<typeof Effect>
export type EffectKind = Effect['kind']
export type ExecEffect = Extract<Effect, { kind: 'exec' }>
