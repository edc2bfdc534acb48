import { parse } from 'yaml'
import * as z from 'zod'
import { err, ok, type Result } from '../contract/result.ts'

const words = z.array(z.string().min(1))

/** `policies/knowledge/redaction.yaml`: how secrets are recognised. Comments there say what each part means. */
const RedactionFile = z.strictObject({
  redaction: z.literal(1),
  tokens: z.array(z.strictObject({ prefix: z.string().min(2), length: z.number().int().min(8) })),
  names: words,
  headers: words,
  options: z.array(
    z.strictObject({
      programs: words,
      names: words,
      form: z.enum(['next', 'joined', 'either']),
      after: z.string().length(1).optional(),
    }),
  ),
})

/** One option of one program. */
export interface SecretOption {
  name: string
  form: 'next' | 'joined' | 'either'
  after: string | undefined
}

/** How secrets are recognised, ready to be looked up. */
export interface RedactionRules {
  /** Prefixes by their first two characters. */
  tokens: ReadonlyMap<string, readonly { prefix: string; length: number }[]>
  /** Matches a name that ends in one of the names: built from literal words, for names of limited length. */
  names: RegExp
  headers: ReadonlySet<string>
  options: ReadonlyMap<string, readonly SecretOption[]>
}

/** Reads the text of a redaction file. The error says where it departs from the schema. */
export function parseRedactionRules(text: string): Result<RedactionRules, string> {
  let raw: unknown
  try {
    raw = parse(text)
  } catch (error) {
    return err((error as Error).message)
  }
  const file = RedactionFile.safeParse(raw)
  if (!file.success) return err(z.prettifyError(file.error))
  const { tokens, names, headers, options } = file.data
  return ok({
    tokens: Map.groupBy(tokens, ({ prefix }) => prefix.slice(0, 2)),
    names: endingIn(names),
    headers: new Set(headers.map((header) => header.toLowerCase())),
    options: optionsByProgram(options),
  })
}

/** Without regard to case and separators: for "db pass", `DB_PASS`, `dbPass` and `my.db-pass` match. */
function endingIn(names: readonly string[]): RegExp {
  const patterns = names.map((name) => name.split(/[^A-Za-z0-9]+/).map((word) => RegExp.escape(word)).join('[^A-Za-z0-9]*'))
  return new RegExp(`(?:${patterns.join('|')})[^A-Za-z0-9]*$`, 'i')
}

function optionsByProgram(options: z.infer<typeof RedactionFile>['options']): Map<string, SecretOption[]> {
  const byProgram = new Map<string, SecretOption[]>()
  for (const { programs, names, form, after } of options)
    for (const program of programs)
      byProgram.set(program, [...(byProgram.get(program) ?? []), ...names.map((name) => ({ name, form, after }))])
  return byProgram
}
