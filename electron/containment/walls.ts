import type { Wall } from '../contract/endpoint.ts'
import { err, ok, type Result } from '../contract/result.ts'

/**
 * Whether an agent may start: with every wall, or without those that the operator named, but never with none. A wall that stands is kept,
 * whatever was named. The error says which are missing, and what can be done.
 */
export function admits(walls: readonly Wall[], without: readonly string[]): Result<void, string> {
  const missing = walls.filter(({ stands }) => !stands)
  if (missing.length === walls.length) return err(`nothing holds it on this machine. Missing is ${described(missing)}. Connect it instead: paddock connect AGENT.`)
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
