import type { Call } from '../contract/call.ts'

/** A call as one line: what a person would call it by. */
export function callText(call: Call): string {
  switch (call.tool) {
    case 'shell':
      return call.command
    case 'read':
    case 'write':
    case 'delete':
      return `${call.tool} ${call.path}`
    case 'fetch':
      return `fetch ${call.url}`
    case 'mcp':
      return `${call.server}/${call.name} ${JSON.stringify(call.arguments)}`
    case 'agent':
      return call.name
  }
}
