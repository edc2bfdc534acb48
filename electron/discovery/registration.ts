import { isSeq, parseDocument, stringify } from 'yaml'
import type { AgentProcess } from '../contract/agent-process.ts'
import type { Registration } from '../contract/finding.ts'
import { err, ok, type Result } from '../contract/result.ts'
import { Registry } from './registry.ts'

/** A registry file with one entry more. */
export interface Registered {
  /** The whole text. */
  text: string
  /** The lines that are new. */
  adds: string
}

/**
 * The text of a user's registry with an entry for exactly this agent: its program where it is not of the catalogue, and the folder
 * it works in. Comments and order of what is there stay. Refused when the file has an error, or the entry would change nothing.
 */
export function registered(text: string, file: string, agent: AgentProcess, { as, policy }: Registration, home: string): Result<Registered, string> {
  const before = Registry.parse([{ file, text: text === '' ? 'paddock: 1\n' : text, layer: 'user' }], home)
  if (!before.ok) return err(`${before.error.join('; ')}. Correct the file first.`)
  const folder = agent.folder === undefined || agent.folder === '/' ? undefined : `${short(agent.folder, home)}/**`
  if (as === 'ignored' && folder === undefined) return err('It works in no folder of its own, so there is nothing to ignore it in.')
  const program = agent.script ?? agent.program
  const own = agent.agent === 'custom' ? { programs: [short(program, home)] } : {}
  const entry = {
    agent: agent.agent as string,
    ...own,
    ...(folder !== undefined && { workspaces: [folder] }),
    ...(as === 'authorized' && policy !== undefined && { policy }),
  }
  const key = as === 'authorized' ? 'agents' : 'ignore'
  const document = parseDocument(text === '' ? 'paddock: 1\n' : text)
  if (!isSeq(document.get(key))) document.set(key, document.createNode([]))
  document.addIn([key], document.createNode(entry))
  const after = document.toString({ lineWidth: 0 })
  const parsed = Registry.parse([{ file, text: after, layer: 'user' }], home)
  if (!parsed.ok) return err(`The entry would not be valid: ${parsed.error.join('; ')}`)
  return ok({ text: after, adds: stringify({ [key]: [entry] }, { lineWidth: 0 }) })
}

/** Under the home folder a path is written with `~`. */
function short(path: string, home: string): string {
  return path.startsWith(`${home}/`) ? `~${path.slice(home.length)}` : path
}
