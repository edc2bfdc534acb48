import { basename } from 'node:path'
import { nameMatcher } from '../../effects/names.ts'

/** Programs that run another inside of themselves, so that the kernel never hears of its start: loaders and collections. */
export interface Carrier {
  programs: readonly string[]
  /** Options that stand before the other program and have a value in the next word. */
  values: readonly string[]
}

/** What a program with these words runs in itself: its name or path, and the words after it; undefined where that is itself. */
export function carriedBy(program: string, args: readonly (string | null)[], carriers: readonly Carrier[]): { given: string; args: (string | null)[] } | undefined {
  const carrier = carriers.find(({ programs }) => nameMatcher(programs)(basename(program)))
  if (!carrier) return undefined
  let at = 0
  while (args[at]?.startsWith('-')) at += carrier.values.includes(args[at]!) ? 2 : 1
  const given = args[at]
  return typeof given === 'string' ? { given, args: args.slice(at + 1) } : undefined
}
