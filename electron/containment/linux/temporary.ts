import { dirname } from 'node:path'
import type { Effect } from '../../contract/effect.ts'
import type { Answer } from './listener.ts'
import type { Operation } from './operation.ts'
import { keyAt, type OwnFiles } from './own-files.ts'

/** What of the temporary folder that everybody uses is the tree's: a folder that was made for it, and what it has made beside that. */
export interface Temporary {
  temporary: string
  ownFiles: OwnFiles
}

/**
 * The operation, with `foreign` on effects in the temporary folder that are about what others put there. What stands directly in the
 * folder belongs to whoever made it, with everything below.
 */
export function inTemporary(operation: Operation, { temporary, ownFiles }: Temporary): Operation {
  const folder = dirname(temporary)
  const touched = operation.effects.flatMap((effect) => entryOf(effect, folder) ?? [])
  if (touched.length === 0) return operation
  const entries = new Map(touched.filter((entry) => entry !== temporary).map((entry) => [entry, keyAt(entry)]))
  const marked = (effect: Effect): Effect => {
    const entry = entryOf(effect, folder)
    if (!isAboutFile(effect) || entry === undefined) return effect
    const { foreign, ...own } = effect
    const key = entries.get(entry)
    // In its own folder there never was anything of others.
    if (entry === temporary) return own
    return foreign || (key !== undefined && !ownFiles.hasKey(key)) ? { ...own, foreign: true } : own
  }
  const made = <Given extends Answer | 'would wait'>(answer: Given): Given => {
    if (answer === 'would wait' || !succeeded(answer)) return answer
    for (const effect of operation.effects) {
      if (effect.kind !== 'write' || !entries.has(effect.path)) continue
      const now = keyAt(effect.path)
      if (now !== undefined && now !== entries.get(effect.path)) ownFiles.addKey(now)
    }
    return answer
  }
  return {
    ...operation,
    effects: operation.effects.map(marked),
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
