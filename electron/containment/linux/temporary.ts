import type { Effect } from '../../contract/effect.ts'
import type { Answer } from './listener.ts'
import type { Operation } from './operation.ts'
import { keyAt, type OwnFiles } from './own-files.ts'

/** The folder for temporary files that everybody uses, with what the tree has made in it. */
export interface Temporary {
  folder: string
  ownFiles: OwnFiles
}

/**
 * The operation, with `foreign` on effects in the temporary folder that are about what others put there. What stands directly in the
 * folder belongs to whoever made it, with everything below.
 */
export function inTemporary(operation: Operation, { folder, ownFiles }: Temporary): Operation {
  const entries = new Map(operation.effects.flatMap((effect) => entryOf(effect, folder) ?? []).map((entry) => [entry, keyAt(entry)]))
  if (entries.size === 0) return operation
  const isForeign = (effect: Effect): boolean => {
    const entry = entryOf(effect, folder)
    const key = entry === undefined ? undefined : entries.get(entry)
    return key !== undefined && !ownFiles.hasKey(key)
  }
  const made = <Given extends Answer | 'would wait'>(answer: Given): Given => {
    if (answer === 'would wait' || !succeeded(answer)) return answer
    for (const [entry, before] of entries) {
      const now = keyAt(entry)
      if (now !== undefined && now !== before) ownFiles.addKey(now)
    }
    return answer
  }
  return {
    ...operation,
    effects: operation.effects.map((effect) => (isAboutFile(effect) && isForeign(effect) ? { ...effect, foreign: true } : effect)),
    perform: (mayWait) => {
      const answer = operation.perform(mayWait)
      return answer instanceof Promise ? answer.then(made) : made(answer)
    },
  }
}

type FileEffect = Extract<Effect, { kind: 'read' | 'write' | 'delete' }>

function isAboutFile(effect: Effect): effect is FileEffect {
  return effect.kind === 'read' || effect.kind === 'write' || effect.kind === 'delete'
}

/** What stands directly in the folder and has the file of the effect in it, or is it. */
function entryOf(effect: Effect, folder: string): string | undefined {
  if (!isAboutFile(effect) || !effect.path.startsWith(`${folder}/`)) return undefined
  const end = effect.path.indexOf('/', folder.length + 1)
  return end < 0 ? effect.path : effect.path.slice(0, end)
}

function succeeded(answer: Answer): boolean {
  return answer.kind === 'descriptor' || (answer.kind === 'result' && answer.value >= 0)
}
