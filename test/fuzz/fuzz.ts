import { AbsolutePath } from '../../electron/contract/ids.ts'
import type { Effect } from '../../electron/contract/effect.ts'
import { effectsOf } from '../../electron/effects/effects-of.ts'
import { realWorld } from '../../electron/broker/real-world.ts'
import { shippedKnowledge } from '../support/shipped-knowledge.ts'
import { unpredicted, type Miss } from './check.ts'
import { Generator, randomFrom } from './generate.ts'
import type { Sandbox, ShellKind } from './sandbox.ts'

/** A command that did something which was not predicted. `declared` is the shell that it was judged for, if any. */
export interface Missed {
  command: string
  shell: ShellKind
  declared: ShellKind | undefined
  miss: Miss
}

export interface Tally {
  /** Commands that were generated. */
  tried: number
  /** Of those, the ones with an `unknown` effect: nothing was promised of them, so they were not run. */
  unknown: number
  /** Programs started, files read and things changed that were looked for in the prediction. */
  checked: number
  /** The kinds of unknown, and how often each was the first. */
  reasons: Map<string, number>
  /** What happened and was not predicted, in the smallest command that still shows it. */
  misses: Missed[]
  /** More of the same kinds, which were not made smaller. */
  alike: number
}

/** As many misses of one kind are made smaller; that takes long, and more would say the same. */
const ENOUGH = 3

export interface Options {
  seed: number
  milliseconds: number
  most?: number
  /** Ends the run early; what was found so far is given back. */
  stop?: AbortSignal
  /** Told of each miss as soon as it is small. */
  onMiss?: (missed: Missed) => void
}

/**
 * Generates commands and runs each that Paddock says it understands, until `milliseconds` have passed or `most` have been
 * tried. What happened must have been predicted; what was not is made as small as it will go.
 */
export async function fuzz(sandbox: Sandbox, { seed, milliseconds, most = Infinity, stop, onMiss }: Options): Promise<Tally> {
  const generator = new Generator(seed)
  const random = randomFrom(seed + 1)
  const until = performance.now() + milliseconds
  const tally: Tally = { tried: 0, unknown: 0, checked: 0, reasons: new Map(), misses: [], alike: 0 }
  const kinds = new Map<string, number>()
  const predict = predictorFor(sandbox)

  const isOver = (): boolean => performance.now() >= until || tally.tried >= most || stop?.aborted === true
  while (!isOver()) {
    const shell: ShellKind = random() < 0.85 ? 'bash' : 'sh'
    const command = generator.next(shell === 'sh')
    const declared = shell === 'sh' || random() < 0.5 ? shell : undefined
    tally.tried += 1
    const effects = predict(command, declared)
    const unknown = effects.find((effect) => effect.kind === 'unknown')
    if (unknown) {
      tally.unknown += 1
      tally.reasons.set(unknown.reason, (tally.reasons.get(unknown.reason) ?? 0) + 1)
      continue
    }
    const observed = await sandbox.run(command, shell)
    // Ctrl-C reaches the sandbox as well.
    if (observed === undefined && stop?.aborted) break
    if (observed === undefined) throw new Error('the sandbox ended')
    tally.checked += observed.execs.length + observed.reads.length + observed.changes.length
    const miss = unpredicted(effects, observed)
    if (miss === undefined) continue
    const kind = `${miss.kind} ${miss.kind === 'exec' ? miss.what.split(' ')[0] : miss.what}`
    kinds.set(kind, (kinds.get(kind) ?? 0) + 1)
    if (kinds.get(kind)! > ENOUGH) {
      tally.alike += 1
      continue
    }
    const isMissed = async (text: string): Promise<Miss | undefined> => {
      const predicted = predict(text, declared)
      if (predicted.some((effect) => effect.kind === 'unknown')) return undefined
      const seen = await sandbox.run(text, shell)
      const one = seen && unpredicted(predicted, seen)
      return one?.kind === miss.kind ? one : undefined
    }
    const small = await minimised(command, async (text) => (await isMissed(text)) !== undefined)
    const smallMiss = await isMissed(small)
    if (smallMiss === undefined) continue
    const missed = { command: small, shell, declared, miss: smallMiss }
    tally.misses.push(missed)
    onMiss?.(missed)
    // One that does not happen again depended on the time, such as what a background job managed to do.
  }
  return tally
}

export function predictorFor({ box }: Sandbox): (command: string, shell: ShellKind | undefined) => Effect[] {
  const world = realWorld(AbsolutePath.parse(box.home))
  const workspace = AbsolutePath.parse(box.workspace)
  return (command, shell) =>
    effectsOf({ tool: 'shell', command, ...(shell && { shell }) }, { cwd: workspace, workspace, world, knowledge: shippedKnowledge })
}

/** Takes away pieces while the fault stays: halves first, single words last. */
export async function minimised(command: string, isFaulty: (text: string) => Promise<boolean>): Promise<string> {
  let pieces: string[] = command.match(/\s+|[;&|(){}]|[^\s;&|(){}]+/g) ?? []
  for (let size = Math.ceil(pieces.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let at = 0; at < pieces.length; ) {
      const fewer = [...pieces.slice(0, at), ...pieces.slice(at + size)]
      if (fewer.length > 0 && (await isFaulty(fewer.join('')))) pieces = fewer
      else at += size
    }
  }
  return pieces.join('')
}

/** The account of a run, for people. */
export function summary({ tried, unknown, checked, reasons, misses, alike }: Tally): string {
  const often = [...reasons].toSorted((a, b) => b[1] - a[1]).slice(0, 12)
  return [
    `${tried} commands tried; ${((unknown / (tried || 1)) * 100).toFixed(1)} % told as unknown; ${checked} effects of the other ${tried - unknown} checked; ${misses.length + alike} not predicted`,
    ...often.map(([reason, count]) => `  unknown ${String(count).padStart(5)} x ${reason}`),
    ...misses.map((missed) => `  ${described(missed)}`),
  ].join('\n')
}

/** A miss, for people. */
export function described({ command, shell, declared, miss }: Missed): string {
  return `MISSED ${miss.kind} ${miss.what}\n    by ${JSON.stringify(command)} in ${shell}${declared ? '' : ' (judged for any shell)'}`
}
