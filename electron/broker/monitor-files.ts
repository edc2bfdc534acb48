import { join } from 'node:path'
import { err, type Result } from '../contract/result.ts'
import { parseMonitorKnowledge, type MonitorKnowledge } from '../monitor/knowledge.ts'
import { readSource } from './policy-files.ts'

/** What the monitor knows beforehand, from `policies/knowledge/behaviour/`. Errors mean a damaged installation. */
export function loadMonitorKnowledge(shipped: string, secrets: readonly string[], home?: string): Result<MonitorKnowledge, string[]> {
  const read = (name: string) => readSource(join(shipped, 'knowledge/behaviour', name), `policies/knowledge/behaviour/${name}`)
  const words = read('words.yaml')
  if (!words.ok) return err([words.error])
  const sequences = read('sequences.yaml')
  if (!sequences.ok) return err([sequences.error])
  const instructions = read('instructions.yaml')
  if (!instructions.ok) return err([instructions.error])
  return parseMonitorKnowledge({ words: words.value, sequences: sequences.value, instructions: instructions.value }, secrets, home)
}
