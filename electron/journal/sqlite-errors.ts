/** Primary result codes of SQLite, https://www.sqlite.org/rescode.html */
const BUSY = 5
const READONLY = 8
const IO_ERROR = 10
const CORRUPT = 11
const FULL = 13
const CANTOPEN = 14
const NOT_A_DATABASE = 26

/** Why the journal can't be written and what to do, for a person. */
export function whyUnwritable(file: string, error: unknown): string {
  const why = causeOf(error)
  return `The journal can't be written (${why.cause}): ${file}. ${why.remedy}`
}

/** Why the journal can't be read and what to do, for a person. */
export function whyUnreadable(file: string, error: unknown): string {
  const why = causeOf(error)
  return `The journal can't be read (${why.cause}): ${file}. ${why.remedy}`
}

function causeOf(error: unknown): { cause: string; remedy: string } {
  const { errcode, code, message } = error as { errcode?: number; code?: string; message?: string }
  // Extended codes carry the primary one in the low byte.
  switch (errcode === undefined ? undefined : errcode & 0xff) {
    case FULL:
      return { cause: 'disk full', remedy: 'Free space on that disk; Paddock then goes on by itself.' }
    case BUSY:
      return { cause: 'another program holds it', remedy: 'Close the program that has it open.' }
    case READONLY:
    case CANTOPEN:
      return { cause: 'no permission', remedy: 'Make the file and its folder writable for your user.' }
    case IO_ERROR:
      return { cause: 'the disk reports an error', remedy: 'Check that the disk is there and has free space.' }
    case CORRUPT:
    case NOT_A_DATABASE:
      return { cause: 'the file is damaged', remedy: 'Move it away, keep it as evidence, and start Paddock again.' }
    default:
      if (code === 'ENOSPC') return { cause: 'disk full', remedy: 'Free space on that disk and start Paddock again.' }
      if (code === 'EACCES' || code === 'EROFS')
        return { cause: 'no permission', remedy: 'Make the file and its folder writable for your user.' }
      return { cause: message ?? String(error), remedy: 'Check the file and its folder.' }
  }
}
