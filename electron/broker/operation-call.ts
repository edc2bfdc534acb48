import { basename } from 'node:path'
import { canonicalJson } from '../connectors/canonical-json.ts'
import type { Call } from '../contract/call.ts'
import type { SupervisorMessage } from '../contract/containment.ts'
import type { Effect } from '../contract/effect.ts'
import type { Identity } from './contained-runs.ts'
import type { IncomingCall } from './incoming-call.ts'
import { canonicalPath } from './real-world.ts'

type Asked = Extract<SupervisorMessage, { type: 'operation' }>

/** A paused operation as a call: what is asked about is exactly what the program waits to do, or all of its kind in the folder. */
export function operationCall({ agent, session, subject }: Identity, { process: { pid, program, argv, cwd }, effects, folder, within }: Asked): IncomingCall {
  const { workspace } = subject
  const [first] = effects
  const whole = folder === undefined ? effects : inFolder(effects, folder)
  const call: Call = { tool: 'operation', pid, program, argv, effects: whole, ...(folder !== undefined && first && { first }), ...(within !== undefined && { within }) }
  return {
    caller: { agent, session, workspace, process: { pid, program } },
    decoded: { session, workspace, cwd, toolName: basename(program), call, canonicalInput: canonicalJson(call) ?? '' },
    subject,
    cwd: canonicalPath(cwd),
  }
}

/** The effects for everything in a folder, each kind once. */
function inFolder(effects: readonly Effect[], folder: string): Effect[] {
  const isForeign = effects.some((effect) => 'foreign' in effect && effect.foreign)
  return [...new Set(effects.map(({ kind }) => kind))].flatMap((kind): Effect[] =>
    kind === 'read' || kind === 'write' || kind === 'delete' ? [{ kind, path: folder, recursive: true, ...(isForeign && { foreign: true }) }] : [],
  )
}
