import type { Call } from '../contract/call.ts'
import { callSubject } from '../contract/describe.ts'

/** A call as one line that tells tools apart: `write src/a.ts`, `files/read {"path":"x"}`. */
export function callText(call: Call): string {
  if (call.tool === 'shell' || call.tool === 'agent') return callSubject(call)
  return call.tool === 'mcp' ? `${callSubject(call)} ${JSON.stringify(call.arguments)}` : `${call.tool} ${callSubject(call)}`
}
