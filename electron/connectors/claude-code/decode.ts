import { join } from 'node:path'
import * as z from 'zod'
import type { Call } from '../../contract/call.ts'
import { AbsolutePath, SessionId } from '../../contract/ids.ts'
import { err, ok, type Result } from '../../contract/result.ts'
import { canonicalJson } from '../canonical-json.ts'
import type { DecodedCall } from '../connector.ts'
import { tools } from './tools.ts'

/** What Claude Code writes to a PreToolUse hook (code.claude.com/docs/en/hooks); unknown fields are let through. */
const Message = z.looseObject({
  hook_event_name: z.literal('PreToolUse'),
  session_id: SessionId,
  cwd: AbsolutePath.refine((path) => !path.includes('\0'), 'holds a NUL byte, which no path can'),
  tool_name: z.string().min(1).max(500),
  tool_input: z.record(z.string(), z.unknown()),
  transcript_path: z.string().optional().catch(undefined),
  tool_use_id: z.string().optional().catch(undefined),
  agent_id: z.string().min(1).max(200).optional().catch(undefined),
  mcp_server: z.looseObject({ name: z.string().min(1) }).optional(),
})
type Message = z.infer<typeof Message>

/**
 * Reads a PreToolUse message. `home` is the user's, for paths that begin with `~`. The workspace is the message's
 * `cwd`: the project folder is not in the message, and who needs it keeps the first one of each session.
 */
export function decode(payload: string, home: string): Result<DecodedCall, string> {
  const json = parseJson(payload)
  if (!json.ok) return json
  const message = Message.safeParse(json.value)
  if (!message.success) return err(`Claude Code's hook message can't be read: ${sentence(message.error)}`)
  const { session_id: session, cwd, tool_name: toolName, tool_input: input, transcript_path: file, tool_use_id: callId, agent_id: subAgent } = message.data

  const canonicalInput = canonicalJson((json.value as { tool_input: unknown }).tool_input)
  if (canonicalInput === undefined) return err(`The input of the tool "${toolName}" is nested too deeply to be judged.`)
  const call = callOf(message.data)
  if (!call.ok) return call
  const claim = claimOf(call.value, input)
  return ok({
    session,
    workspace: cwd,
    cwd,
    toolName,
    call: { ...inHome(call.value, home), cwd },
    canonicalInput,
    ...(claim === undefined ? {} : { claim }),
    ...(file === undefined ? {} : { transcript: { ...transcriptOf(file, subAgent), ...(callId !== undefined && { callId }) } }),
    ...(subAgent === undefined ? {} : { subAgent }),
  })
}

/**
 * A sub-agent's message names the transcript of the session; its own is `SESSION/subagents/agent-ID.jsonl` beside that (seen with Claude Code 2.1,
 * not documented).
 */
function transcriptOf(file: string, subAgent: string | undefined): { file: string; parent?: string } {
  if (subAgent === undefined || !/^[\w-]+$/.test(subAgent)) return { file }
  return { file: join(file.replace(/\.jsonl$/, ''), 'subagents', `agent-${subAgent}.jsonl`), parent: file }
}

function parseJson(payload: string): Result<unknown, string> {
  try {
    return ok(JSON.parse(payload) as unknown)
  } catch {
    return err("Claude Code's hook message is not JSON.")
  }
}

function callOf(message: Message): Result<Call, string> {
  const { tool_name: name, tool_input: input } = message
  if (message.mcp_server || name.startsWith('mcp__')) return mcpCall(message)
  const schema = tools.get(name)
  if (!schema) return ok({ tool: 'agent', name, arguments: input })
  const call = schema.safeParse(input)
  return call.success ? ok(call.data) : err(`The input of the tool "${name}" can't be read: ${sentence(call.error)}`)
}

/**
 * The server and the tool in a name like `mcp__SERVER__TOOL`. Claude Code writes each character of the server's name
 * other than letters, digits, `_` and `-` as `_`, and names the server beside it. Without that, a name that could be
 * split in two ways is an error: the wrong half of it might be what a policy allows.
 */
function mcpCall({ tool_name: toolName, tool_input, mcp_server: server }: Message): Result<Call, string> {
  const call = (serverName: string, name: string): Result<Call, string> =>
    ok({ tool: 'mcp', server: serverName, name, arguments: tool_input })
  if (server) {
    const prefix = `mcp__${server.name.replace(/[^A-Za-z0-9_-]/g, '_')}__`
    if (!toolName.startsWith(prefix) || toolName === prefix)
      return err(`The tool "${toolName}" is not one of the MCP server "${server.name}" that it is said to belong to.`)
    return call(server.name, toolName.slice(prefix.length))
  }
  const rest = toolName.slice('mcp__'.length)
  const splits = [...rest.matchAll(/(?=__)/g)].map(({ index }) => index).filter((at) => at > 0 && at + 2 < rest.length)
  const [at] = splits
  if (at === undefined || splits.length > 1)
    return err(`The name "${toolName}" does not say for certain which MCP server the tool belongs to.`)
  return call(rest.slice(0, at), rest.slice(at + 2))
}

/** Claude Code reads `~` in the paths of its file tools as the home folder. */
function inHome(call: Call, home: string): Call {
  if (call.tool !== 'read' && call.tool !== 'write') return call
  if (call.path !== '~' && !call.path.startsWith('~/')) return call
  return { ...call, path: join(home, call.path.slice(1)) }
}

/** `description` is the model's word for what a command or a sub-agent is for; an MCP tool may use it for anything. */
function claimOf(call: Call, input: Record<string, unknown>): string | undefined {
  const description = input['description']
  if (typeof description !== 'string' || (call.tool !== 'shell' && call.tool !== 'agent')) return undefined
  return description
}

/** The first thing that is wrong, as `field: what`. */
function sentence(error: z.ZodError): string {
  const [issue] = error.issues
  if (!issue) return 'it has an unexpected form.'
  return `${issue.path.length > 0 ? `"${issue.path.join('.')}": ` : ''}${issue.message}.`
}
