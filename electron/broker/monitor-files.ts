import { join } from 'node:path'
import { err, type Result } from '../contract/result.ts'
import { parseMonitorKnowledge, type MonitorKnowledge } from '../monitor/knowledge.ts'
import { readFolder, readSource, type SourceFile } from './policy-files.ts'

/** Where files that add to what the monitor knows lie. */
export interface AddedFolders {
  /** The user's, and IT's folder: `behaviour/*.yaml` in them. */
  config: string
  managed: string
}

/** What the monitor knows beforehand: `policies/knowledge/behaviour/`, and what is added to it. Errors are `file:line:column: why`. */
export function loadMonitorKnowledge(shipped: string, secrets: readonly string[], added: readonly SourceFile[], home?: string): Result<MonitorKnowledge, string[]> {
  const read = (name: string) => readSource(join(shipped, 'knowledge/behaviour', name), `policies/knowledge/behaviour/${name}`)
  const words = read('words.yaml')
  if (!words.ok) return err([words.error])
  const sequences = read('sequences.yaml')
  if (!sequences.ok) return err([sequences.error])
  const instructions = read('instructions.yaml')
  if (!instructions.ok) return err([instructions.error])
  return parseMonitorKnowledge({ words: words.value, sequences: sequences.value, instructions: instructions.value }, secrets, home, added)
}

/** The files that IT and the user add, IT's first; none where a folder is not there. */
export function addedKnowledge({ config, managed }: AddedFolders): Result<SourceFile[], string> {
  const [its, users] = [managed, config].map((folder) => readFolder(join(folder, 'behaviour'), `${join(folder, 'behaviour')}/`))
  if (!its!.ok) return its!
  return users!.ok ? { ok: true, value: [...its!.value, ...users!.value] } : users!
}
