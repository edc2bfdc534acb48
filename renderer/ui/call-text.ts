import type { Call } from '../../electron/contract/call.ts'
import { operationText } from './operation-text.ts'

/** A call in words for a person. */
export interface CallText {
  /** Completes "wants to ...". Never contains anything of the call. */
  wish: string
  /** For what stands still until the answer: that it does, and what each answer means. Nothing of the call either. */
  paused?: string
  /** The complete call, part by part, verbatim. */
  parts: { label: string; text: string }[]
}

/** The complete text of a call; nothing is left out. */
export function callText(call: Call): CallText {
  switch (call.tool) {
    case 'shell':
      return { wish: 'run a command', parts: [{ label: call.shell ? `Command for ${call.shell}` : 'Command', text: call.command }] }
    case 'read':
      return {
        wish: call.recursive ? 'read everything below a folder' : 'read a file',
        parts: [{ label: call.recursive ? 'Folder' : 'File', text: call.path }],
      }
    case 'write':
      return {
        wish: 'write a file',
        parts: [
          { label: 'File', text: call.path },
          ...(call.content === undefined ? [] : [{ label: 'Content', text: call.content }]),
        ],
      }
    case 'delete':
      return { wish: 'delete a file', parts: [{ label: 'File', text: call.path }] }
    case 'fetch':
      return { wish: 'use the network', parts: [{ label: 'Request', text: `${call.method ?? 'GET'} ${call.url}` }] }
    case 'mcp':
      return {
        wish: 'use a tool of an MCP server',
        parts: [{ label: 'Tool', text: `${call.server}/${call.name}` }, argumentsOf(call.arguments)],
      }
    case 'operation':
      return operationText(call)
    case 'agent':
      return { wish: 'use a tool of its own', parts: [{ label: 'Tool', text: call.name }, argumentsOf(call.arguments)] }
  }
}

function argumentsOf(values: Record<string, unknown>): { label: string; text: string } {
  return { label: 'Arguments', text: JSON.stringify(values, undefined, 2) }
}
