import * as z from 'zod'
import { Expression } from './expression.ts'
import { bounded } from './words.ts'

/** The form of `policies/knowledge/behaviour/instructions.yaml`. */
export const SignsFile = z.strictObject({ signs: z.array(z.strictObject({ kind: z.string(), pattern: Expression })) })

/** One kind of sign that a text speaks to the agent that reads it. */
export interface Sign {
  /** Completes "a text that ...". */
  kind: string
  pattern: RegExp
}

/** The kinds of signs in a text. */
export function signsIn(text: string, signs: readonly Sign[]): string[] {
  const looked = bounded(text).replace(/\s+/g, ' ')
  return signs.filter(({ pattern }) => pattern.test(looked)).map(({ kind }) => kind)
}
