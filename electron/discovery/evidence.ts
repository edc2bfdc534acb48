import type { Evidence } from '../contract/agent-process.ts'

/** From here on a process is reported as an agent. */
export const IS_AGENT = 0.8

/**
 * What each kind of evidence says. A name alone stays below the threshold, so does the network alone, so does any
 * one sign of a script: it takes two families, or the identity of an installed package.
 */
export const WEIGHT = {
  /** The executable or script is a program of the agent's package. */
  package: 0.9,
  /** It only lies in such a package: a checkout, a tool of its build. */
  besidePackage: 0.3,
  extension: 0.9,
  /** Its bytes repeat the agent's package name. */
  embedded: 0.85,
  /** It starts the agent's own Python module. */
  module: 0.85,
  /** It runs the extensions of an editor, this one among them, and one of them asks a model. */
  hostOfExtension: 0.7,
  installPath: 0.6,
  distinctiveName: 0.6,
  commonName: 0.25,
  openState: 0.6,
  ownPort: 0.3,
  /** An agent started it as it starts others of its kind. */
  relation: 0.5,
  client: 0.5,
  /** A request that is only shaped like one to a model. */
  clientByShape: 0.45,
  clientThatServes: 0.25,
  tools: 0.6,
  toolsAndActs: 0.65,
  actingWords: 0.6,
  /** What a model answers is run, called by its name, or the path of a file that is written. */
  flow: 0.65,
  /** An interpreter that shows nothing of what it runs, and whether it is a server. */
  hidden: 0.6,
  hiddenServer: 0.25,
  toolsInBundle: 0.2,
  dedicated: 0.5,
  namedByEnvironment: 0.5,
  namedByScript: 0.45,
  /** The script names the address, but not what is there. */
  somewhere: 0.2,
  exact: 0.4,
  shared: 0.1,
  localServer: 0.4,
  baseUrl: 0.3,
  periodic: 0.3,
} as const

/** Agency that says less than this supports, and decides nothing: to ask a model is not to act. */
export const DECISIVE = 0.4

/** 1 minus the product of what each family leaves open; of each family the strongest item counts. */
export function confidenceOf(evidence: readonly Evidence[]): number {
  const strongest = new Map<string, number>()
  for (const { family, weight } of evidence) strongest.set(family, Math.max(strongest.get(family) ?? 0, weight))
  // A name supports an identity, it does not add to it.
  if (strongest.has('identity') && strongest.has('name')) strongest.delete('name')
  const open = [...strongest.values()].reduce((product, weight) => product * (1 - weight), 1)
  return Math.round((1 - open) * 1000) / 1000
}

/** Evidence with the strongest first, each only once. */
export function sorted(evidence: readonly Evidence[]): Evidence[] {
  const unique = new Map(evidence.map((item) => [`${item.family} ${item.what}`, item]))
  return [...unique.values()].toSorted((a, b) => b.weight - a.weight)
}
