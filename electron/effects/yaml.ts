import { isNode, LineCounter, parseDocument } from 'yaml'
import type * as z from 'zod'
import { err, ok, type Result } from '../contract/result.ts'

/**
 * Reads one YAML 1.2 document and parses it by `schema`. Every error, of syntax or of schema, is told as
 * `file:line:column: what is wrong`; a warning (such as an unknown tag) is an error as well.
 */
export function readYaml<T>(file: string, text: string, schema: z.ZodType<T>): Result<T, string[]> {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, strict: true, uniqueKeys: true, prettyErrors: false })
  const at = (offset: number, message: string): string => {
    const { line, col } = lines.linePos(offset)
    return `${file}:${line}:${col}: ${message}`
  }
  const faults = [...document.errors, ...document.warnings]
  if (faults.length > 0) return err(faults.map((fault) => at(fault.pos[0], fault.message)))

  let value: unknown
  try {
    value = document.toJS({ maxAliasCount: 100 }) ?? {}
  } catch (error) {
    return err([at(0, error instanceof Error ? error.message : String(error))])
  }
  const parsed = schema.safeParse(value)
  if (parsed.success) return ok(parsed.data)
  return err(parsed.error.issues.map((issue) => at(offsetOf(issue.path), `${issue.path.join('.')}: ${issue.message}`)))

  /** Where the deepest existing node on the path begins. */
  function offsetOf(path: readonly PropertyKey[]): number {
    for (let length = path.length; length > 0; length -= 1) {
      const node = document.getIn(path.slice(0, length), true)
      if (isNode(node) && node.range) return node.range[0]
    }
    return 0
  }
}
