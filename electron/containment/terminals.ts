import { parse } from 'yaml'
import * as z from 'zod'
import { err, ok, type Result } from '../contract/result.ts'
import { findProgram } from './program.ts'

/** `policies/knowledge/terminals.yaml`; the comments there say what each part means. */
const Terminals = z.strictObject({
  terminals: z.array(
    z.strictObject({
      name: z.string(),
      platform: z.enum(['linux', 'darwin', 'win32']),
      program: z.string(),
      needs: z.array(z.string()),
      words: z.array(z.string()),
    }),
  ),
})
export type Terminal = z.infer<typeof Terminals>['terminals'][number]

/** A terminal of this machine; `program` is the file that was found. */
export type FoundTerminal = Pick<Terminal, 'name' | 'program' | 'words'>

/** Reads the knowledge. The error names the part that is wrong. */
export function parseTerminals(text: string): Result<Terminal[], string> {
  let raw: unknown
  try {
    raw = parse(text)
  } catch (error) {
    return err((error as Error).message)
  }
  const read = Terminals.safeParse(raw)
  if (read.success) return ok(read.data.terminals)
  const issue = read.error.issues[0]
  return err(`${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'malformed'}`)
}

/** The first terminal that is installed and has a screen to open on. */
export function findTerminal(terminals: readonly Terminal[], env: Readonly<Record<string, string | undefined>>): FoundTerminal | undefined {
  for (const { name, platform, program, needs, words } of terminals) {
    if (platform !== process.platform || (needs.length > 0 && !needs.some((variable) => env[variable]))) continue
    const found = findProgram(program, env['PATH'], '/')
    if (found !== undefined) return { name, program: found, words }
  }
  return undefined
}

/** The words to start it with. Each word of the command stays one word: no shell reads any of this. */
export function wordsFor({ words }: FoundTerminal, folder: string, command: readonly string[]): string[] {
  return words.flatMap((word) => (word === '${command}' ? [...command] : [word.replaceAll('${folder}', () => folder)]))
}
