import { posix } from 'node:path'
import * as z from 'zod'
import type { Call } from '../../contract/call.ts'

// What Claude Code's own tools take, as its PreToolUse hook shows it, and the call each one is. Only the fields that
// are used are checked; the rest may be anything.

const noNul = (text: string): boolean => !text.includes('\0')
const text = z.string().refine(noNul, 'holds a NUL byte, which no command or address can')
/** Claude Code trims paths before it uses them, so one with white space around it may mean two files. */
const path = z
  .string()
  .min(1, 'is empty')
  .refine(noNul, 'holds a NUL byte, which no path can')
  .refine((value) => value === value.trim(), 'has white space around it')

const Shell = z.looseObject({ command: text })
/** The shell that Bash and Monitor use is the user's own, which the message does not name. */
const shell = Shell.transform(({ command }): Call => ({ tool: 'shell', command }))
const powershell = Shell.transform(({ command }): Call => ({ tool: 'shell', command, shell: 'powershell' }))

const searched = z
  .looseObject({ path: path.optional() })
  .transform((input): Call => ({ tool: 'read', path: input.path ?? '.', recursive: true }))

const found = z.looseObject({ pattern: path, path: path.optional() }).transform((input, context): Call => {
  const { pattern } = input
  const { folder, rest } = splitGlob(pattern)
  if (climbs(rest)) context.addIssue(`pattern: "${pattern}" leaves its folder after a wildcard`)
  const rooted = posix.isAbsolute(folder) || /^[A-Za-z]:/.test(folder) || folder.startsWith('~')
  return { tool: 'read', path: rooted ? folder : posix.join(input.path ?? '.', folder), recursive: true }
})

const Replacement = z.looseObject({ old_string: z.string(), new_string: z.string() })

/** Claude Code's tools that reach outside it, by name. */
export const tools: ReadonlyMap<string, z.ZodType<Call>> = new Map<string, z.ZodType<Call>>([
  ['Bash', shell],
  ['Monitor', shell],
  ['PowerShell', powershell],
  ['Read', z.looseObject({ file_path: path }).transform((input): Call => ({ tool: 'read', path: input.file_path }))],
  ['Grep', searched],
  ['LS', searched],
  ['Glob', found],
  [
    'Write',
    z
      .looseObject({ file_path: path, content: z.string() })
      .transform((input): Call => ({ tool: 'write', path: input.file_path, content: input.content })),
  ],
  [
    'Edit',
    Replacement.extend({ file_path: path }).transform(
      (input): Call => ({ tool: 'write', path: input.file_path, content: shown([input]) }),
    ),
  ],
  [
    'MultiEdit',
    z
      .looseObject({ file_path: path, edits: z.array(Replacement) })
      .transform((input): Call => ({ tool: 'write', path: input.file_path, content: shown(input.edits) })),
  ],
  [
    'NotebookEdit',
    z
      .looseObject({ notebook_path: path, new_source: z.string().optional() })
      .transform((input): Call => ({ tool: 'write', path: input.notebook_path, content: input.new_source })),
  ],
  ['WebFetch', z.looseObject({ url: text }).transform((input): Call => ({ tool: 'fetch', url: input.url }))],
])

/** Replacements as a person reads them: removed lines with `-`, added ones with `+`. */
function shown(replacements: readonly z.infer<typeof Replacement>[]): string {
  return replacements.map((edit) => `${marked('-', edit.old_string)}\n${marked('+', edit.new_string)}`).join('\n\n')
}

const marked = (sign: string, lines: string): string => lines.replace(/^/gm, `${sign} `)

/** The folder that a glob starts in, and the part from its first wildcard on. */
function splitGlob(pattern: string): { folder: string; rest: string } {
  const segments = pattern.split('/')
  const wild = segments.findIndex((segment) => /[*?[\]{}()!]/.test(segment))
  if (wild === -1) return { folder: pattern, rest: '' }
  const folder = segments.slice(0, wild).join('/') || (pattern.startsWith('/') ? '/' : '.')
  return { folder, rest: segments.slice(wild).join('/') }
}

/** Whether the part of a glob after its first wildcard may reach outside the folder it starts in. */
function climbs(rest: string): boolean {
  return /(^|[/{,(|])\.\.([/},)|]|$)/.test(rest) || /[{,(|][/~]/.test(rest)
}
