import { directives, type Directive } from './directives.ts'
import type { MonitorKnowledge } from './knowledge.ts'
import type { Request } from './request.ts'
import { signsIn } from './signs.ts'
import { bounded } from './words.ts'

/** Of a text that says what is to be done no more is kept. */
const LONGEST_DELEGATED = 16 * 1024

/** What a text that a tool gave back tells its reader to do. */
export interface Reading {
  /** Position of the call that gave it back. */
  call: number
  tool: string
  directives: readonly Directive[]
  /** Kinds of signs that it speaks to the agent itself. */
  signs: readonly string[]
  /** The person left it to this text to say what is to be done; then it is kept, in lower case, for the addresses in it. */
  delegated: string | undefined
}

/** Reads one result. */
export function readingOf(text: string, call: number, tool: string, request: Request, { vocabulary, signs }: MonitorKnowledge): Reading | undefined {
  const found = directives(text, vocabulary)
  const speaks = signsIn(text, signs)
  if (found.length === 0 && speaks.length === 0) return undefined
  const delegated = request.delegates ? bounded(text, LONGEST_DELEGATED).toLowerCase() : undefined
  const isNamed = delegated !== undefined && [...request.marks].some((mark) => delegated.includes(mark))
  return { call, tool, directives: found, signs: speaks, delegated: isNamed ? delegated : undefined }
}
