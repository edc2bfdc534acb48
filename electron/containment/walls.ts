import type { Wall } from '../contract/endpoint.ts'
import { err, ok, type Result } from '../contract/result.ts'

/** The wall that bears the others: without it nothing is asked about, so no agent starts. */
const BEARING = 'programs'

/**
 * Whether an agent may start: with every wall, or without those that the operator named. A wall that stands is kept, whatever was named.
 * The error says which are missing, and what can be done.
 */
export function admits(walls: readonly Wall[], without: readonly string[]): Result<void, string> {
  const missing = walls.filter(({ stands }) => !stands)
  if (missing.some(({ name }) => name === BEARING)) return err(`this machine can't hold it. Missing is ${described(missing)}.`)
  const unnamed = missing.filter(({ name }) => !without.includes(name))
  if (unnamed.length === 0) return ok(undefined)
  const options = unnamed.map(({ name }) => `--without ${name}`).join(' ')
  return err(`this machine can't hold it from every side. Missing is ${described(unnamed)}. To start it held less, say so with ${options}.`)
}

/** What holds an agent and what does not, as one sentence: `Held by files (Landlock 7 and the supervisor), …`. */
export function levelOf(walls: readonly Wall[]): string {
  const missing = walls.filter(({ stands }) => !stands)
  const held = `Held by ${described(walls.filter(({ stands }) => stands))}`
  return missing.length > 0 ? `${held}; less than contained, because missing is ${described(missing)}.` : `${held}.`
}

function described(walls: readonly Wall[]): string {
  return walls.map(({ name, how }) => `${name} (${how})`).join(', ')
}
