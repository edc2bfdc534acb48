import { Command, CommanderError } from 'commander'

/** The `paddock` command, without its subcommands. */
export function newProgram(description: string): Command {
  return new Command('paddock').description(description).exitOverride().enablePositionalOptions()
}

/** Carries out what this process was started with. Exit codes: 0 done, 1 the answer is no, 2 bad usage or input. */
export async function parse(program: Command): Promise<void> {
  try {
    await program.parseAsync()
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error
    if (error.code === 'paddock.number') console.error(error.message)
    process.exitCode = error.exitCode === 0 ? 0 : 2
  }
}

/** Of an option: a whole number of at least `least`, or bad usage. */
export function wholeNumber(least: number): (text: string) => number {
  return (text) => {
    const number = Number(text)
    if (Number.isInteger(number) && number >= least) return number
    throw new CommanderError(2, 'paddock.number', `error: "${text}" is not a whole number of at least ${least}`)
  }
}

/** Of an option that may be repeated. */
export const collect = (value: string, before: string[]): string[] => [...before, value]
