import * as z from 'zod'
import { Call } from '../contract/call.ts'
import { err, ok, type Result } from '../contract/result.ts'

/** One recorded call. What a recorder left out is left out: only the tool must be there. */
const RecordedCall = z.looseObject({
  tool: z.string().min(1).max(500),
  args: z.record(z.string(), z.unknown()).nullish().transform((args) => args ?? {}),
  /** What the tool gave back, if it was kept. Anything but text is read as JSON text. */
  result: z.unknown().optional().transform((result) => (result === undefined || result === null ? undefined : typeof result === 'string' ? result : JSON.stringify(result))),
  /** When it came, in milliseconds since the epoch. */
  at: z.number().nonnegative().optional().catch(undefined),
  /** The sub-agent that made it. */
  subAgent: z.string().optional().catch(undefined),
})
export type RecordedCall = z.output<typeof RecordedCall>

/** One recorded session: a line of `paddock replay --traces`. Other fields, such as labels, are not looked at. */
export const Trace = z.looseObject({
  session: z.coerce.string().min(1),
  agent: z.string().min(1).max(200).nullish().transform((agent) => agent ?? 'unknown'),
  task: z.string().nullish().transform((task) => task ?? ''),
  workspace: z.string().startsWith('/').optional().catch(undefined),
  calls: z.array(RecordedCall).max(1_000_000),
})
export type Trace = z.output<typeof Trace>

/** Reads one line. The error says what is wrong, and names the session if that can be read. */
export function parseTrace(line: string): Result<Trace, { session?: string; error: string }> {
  let value: unknown
  try {
    value = JSON.parse(line)
  } catch (error) {
    return err({ error: `not JSON: ${(error as Error).message}` })
  }
  const parsed = Trace.safeParse(value)
  if (parsed.success) return ok(parsed.data)
  const issue = parsed.error.issues[0]
  const session = z.object({ session: z.coerce.string() }).safeParse(value).data?.session
  return err({ ...(session !== undefined && { session }), error: `${issue?.path.join('.') || 'line'}: ${issue?.message ?? 'not a session'}` })
}

/** The call in Paddock's own form. Tools that it has no form for, or whose arguments do not fit, are tools of the agent. */
export function callOf({ tool, args }: RecordedCall): Call {
  const own = Call.safeParse(tool === 'mcp' ? { arguments: {}, ...args, tool } : { ...args, tool })
  if (own.success && own.data.tool !== 'agent') return own.data
  const mcp = /^mcp__(.+?)__(.+)$/.exec(tool)
  if (mcp) return { tool: 'mcp', server: mcp[1]!, name: mcp[2]!, arguments: args }
  return { tool: 'agent', name: tool, arguments: args }
}

/** The folder that a recorded session worked in, as far as its calls tell: a working directory, where it went first, or where its files are. */
export function workspaceOf({ workspace, calls }: Trace): string {
  if (workspace !== undefined) return workspace
  const counts = new Map<string, number>()
  for (const call of calls.slice(0, 200)) {
    const place = placeOf(call)
    if (place !== undefined) counts.set(place, (counts.get(place) ?? 0) + 1)
  }
  const places = [...counts].toSorted((a, b) => b[1] - a[1] || a[0].length - b[0].length)
  return places[0]?.[0].replace(/\/$/, '') || '/workspace'
}

function placeOf({ tool, args: { cwd, command, path } }: RecordedCall): string | undefined {
  if (typeof cwd === 'string' && cwd.startsWith('/')) return cwd
  if (typeof command === 'string') return /^\s*cd ["']?(\/[\w.@/-]+)/.exec(command)?.[1]
  if ((tool === 'read' || tool === 'write') && typeof path === 'string') return /^\/(?:home|Users)\/[^/]+\/[^./][^/]*(?:\/[^./][^/]*)?(?=\/)/.exec(path)?.[0]
  return undefined
}
