import { directives, type Directive } from './directives.ts'
import type { MonitorKnowledge } from './knowledge.ts'
import type { Request } from './request.ts'
import { signsIn } from './signs.ts'

/** What a text that a tool gave back tells its reader to do. */
export interface Reading {
  /** Position of the call that gave it back. */
  call: number
  tool: string
  directives: readonly Directive[]
  /** Kinds of signs that it speaks to the agent itself. */
  signs: readonly string[]
  /** The person left it to this text to say what is to be done. */
  isDelegated: boolean
}

/** Reads one result. */
export function readingOf(text: string, call: number, tool: string, request: Request, { vocabulary, signs }: MonitorKnowledge): Reading | undefined {
  const found = directives(text, vocabulary)
  const speaks = signsIn(text, signs)
  if (found.length === 0 && speaks.length === 0) return undefined
  const lower = text.length > 64 * 1024 ? text.slice(0, 64 * 1024).toLowerCase() : text.toLowerCase()
  const isDelegated = request.delegates && [...request.marks].some((mark) => lower.includes(mark))
  return { call, tool, directives: found, signs: speaks, isDelegated }
}
