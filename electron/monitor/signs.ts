import * as z from 'zod'
import { err, ok, type Result } from '../contract/result.ts'
import { readYaml } from '../effects/yaml.ts'
import { Expression } from './expression.ts'
import { bounded } from './words.ts'

const File = z.strictObject({ signs: z.array(z.strictObject({ kind: z.string(), pattern: Expression })) })

/** One kind of sign that a text speaks to the agent that reads it. */
export interface Sign {
  /** Completes "a text that ...". */
  kind: string
  pattern: RegExp
}

/** Reads `policies/knowledge/behaviour/instructions.yaml`. Errors are `file:line:column: what is wrong`. */
export function parseSigns(file: string, text: string): Result<Sign[], string[]> {
  const parsed = readYaml(file, text, File)
  return parsed.ok ? ok(parsed.value.signs) : err(parsed.error)
}

/** The kinds of signs in a text. */
export function signsIn(text: string, signs: readonly Sign[]): string[] {
  const looked = bounded(text).replace(/\s+/g, ' ')
  return signs.filter(({ pattern }) => pattern.test(looked)).map(({ kind }) => kind)
}
