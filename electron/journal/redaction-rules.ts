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
  /** Lower case, letters and digits only. */
  names: readonly string[]
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
    names: names.map(bareName),
    headers: new Set(headers.map((header) => header.toLowerCase())),
    options: optionsByProgram(options),
  })
}

/** A name without case and separators: `DB_PASSWORD` and `dbPassword` are one. */
export function bareName(name: string): string {
  return name.toLowerCase().replaceAll(/[^a-z0-9]/g, '')
}

function optionsByProgram(options: z.infer<typeof RedactionFile>['options']): Map<string, SecretOption[]> {
  const byProgram = new Map<string, SecretOption[]>()
  for (const { programs, names, form, after } of options)
    for (const program of programs)
      byProgram.set(program, [...(byProgram.get(program) ?? []), ...names.map((name) => ({ name, form, after }))])
  return byProgram
}
