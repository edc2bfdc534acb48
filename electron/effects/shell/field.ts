/** One word of a command as the program will get it: the exact text, or what is known of it. */
export type Field = string | Within | Unknown

/** The name of something in or below a directory, matched by a pattern when the command runs. */
export interface Within {
  readonly kind: 'within'
  /** As written: empty for the working directory. */
  readonly directory: string
  /** Patterns for its name, where that is known. */
  readonly names?: readonly string[] | undefined
  /** All that it can be, where that is known though not which of them. */
  readonly known?: readonly string[]
  /** It may be any number of folders down, links among them. */
  readonly isDeep?: boolean
  /** It is one of the files that git keeps: no secret and no way out of the repository is looked for. */
  readonly isTracked?: true | undefined
}

/** A whole number that is only known at run time: the value of `$((i + 1))`. */
export const DIGITS = { kind: 'digits' } as const

/** Text that exists only at run time. */
export interface Unknown {
  readonly kind: 'unknown'
  /** What it certainly begins with. */
  readonly prefix: string
  /** It may become any number of words. */
  readonly many: boolean
  /** How it is written. */
  readonly source: string
}

/** The form in which an `exec` effect carries the word. */
export const asArgument = (field: Field): string | null => (typeof field === 'string' ? field : null)

/** How a person knows the word. */
export function asWritten(field: Field): string {
  if (typeof field === 'string') return field
  return field.kind === 'unknown' ? field.source : `${field.directory}*`
}
