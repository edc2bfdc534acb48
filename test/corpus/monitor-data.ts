import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { parseMonitorKnowledge, type MonitorKnowledge } from '../../electron/monitor/knowledge.ts'
import type { Replay } from '../../electron/monitor/replay.ts'
import { Trace } from '../../electron/monitor/trace.ts'
import { shippedKnowledge } from '../support/shipped-knowledge.ts'

const behaviour = join(import.meta.dirname, '../../policies/knowledge/behaviour')

/** What the monitor is shipped with. */
export function shippedMonitorKnowledge(): MonitorKnowledge {
  const file = (name: string): { file: string; text: string } => ({ file: name, text: readFileSync(join(behaviour, name), 'utf8') })
  const parsed = parseMonitorKnowledge({ words: file('words.yaml'), sequences: file('sequences.yaml'), instructions: file('instructions.yaml') }, shippedKnowledge.secrets)
  if (!parsed.ok) throw new Error(parsed.error.join('\n'))
  return parsed.value
}

export function shippedReplay(): Replay {
  return { effects: shippedKnowledge, monitor: shippedMonitorKnowledge() }
}

export type Label = 'benign' | 'attacked-succeeded' | 'attacked-failed' | 'attack'

/** One recorded session with what the recorders say of it, which the monitor does not get. */
export interface Recorded {
  trace: Trace
  label: Label
  /** AgentDojo: suite/task/model/attack/goal. Others: each session is a task of its own. */
  suite: string
  task: string
  model: string
  family: string
  source: string
  /** The first call after the injected text was read. */
  injected: number | undefined
}

/** The folder of recorded sessions, if there is one: `PADDOCK_TRACES`, or beside the repository. */
export function tracesFolder(): string | undefined {
  const folder = process.env['PADDOCK_TRACES'] ?? join(import.meta.dirname, '../../../shared/data/traces')
  return existsSync(join(folder, 'agentdojo.jsonl.gz')) ? folder : undefined
}

export function recordedSessions(folder: string, name: 'agentdojo' | 'coding' | 'attacks'): Recorded[] {
  const text = gunzipSync(readFileSync(join(folder, `${name}.jsonl.gz`))).toString('utf8')
  return text.split('\n').flatMap((line) => {
    if (line === '') return []
    const raw = JSON.parse(line) as { label: Label; source: string; injected?: number }
    const parts = raw.source.split('/')
    const last = parts.at(-1)!
    const [, suite = '', task = '', model = '', family = ''] = name === 'agentdojo' ? parts : ['', parts[0], last, last, parts[1]]
    return [{ trace: Trace.parse(raw), label: raw.label, suite, task, model, family, source: raw.source, injected: raw.injected }]
  })
}
