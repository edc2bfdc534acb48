/** A line for a POSIX shell that enters a folder and runs a command there, each word as it is. */
export function commandLine(folder: string, argv: readonly string[]): string {
  return `cd ${shellWord(folder)} && ${argv.map(shellWord).join(' ')}`
}

/** The word in single quotes where it has anything that a shell could read; inside of them nothing is. */
export function shellWord(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`
}

/** Whether a terminal takes all of it for text when it is pasted: control characters are keys there. */
export function isPasteable(text: string): boolean {
  return !/\p{Cc}/u.test(text)
}
