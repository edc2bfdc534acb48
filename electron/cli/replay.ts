import { readFileSync } from 'node:fs'
import { ok, type Result } from '../contract/result.ts'
import { parseProfiles, Profiles } from '../monitor/profile-file.ts'
import { replay, type Replayed } from '../monitor/replay.ts'
import { parseTrace } from '../monitor/trace.ts'
import { badInput } from './policy-machine.ts'
import { shippedReplay, traceLines } from './traces.ts'

export interface ReplayOptions {
  traces: string
  profile?: string
  json?: boolean
}

/**
 * `paddock replay`: recorded sessions through the monitor, a line for each. A line that can't be read gets an error of its own and
 * the rest go on. Exit code 0, 2 for a file that can't be read at all.
 */
export async function replayCommand({ traces, profile: file, json }: ReplayOptions): Promise<number> {
  const knowledge = shippedReplay()
  if (!knowledge.ok) return badInput(knowledge.error)
  const profiles = readProfiles(file)
  if (!profiles.ok) return badInput([profiles.error])
  try {
    for await (const line of traceLines(traces)) {
      const trace = parseTrace(line)
      if (!trace.ok) {
        console.log(json ? JSON.stringify(trace.error) : `error: ${trace.error.error}`)
        continue
      }
      const { flaggedAt: _at, ...replayed } = replay(trace.value, profiles.value.of(trace.value.agent, trace.value.workspace), knowledge.value)
      console.log(json ? JSON.stringify(replayed) : textOf(replayed))
    }
  } catch (error) {
    return badInput([`${traces} can't be read: ${(error as Error).message}`])
  }
  return 0
}

function readProfiles(file: string | undefined): Result<Profiles, string> {
  if (file === undefined) return ok(new Profiles([]))
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    return { ok: false, error: `${file} can't be read: ${(error as Error).message}` }
  }
  const parsed = parseProfiles(text)
  return parsed.ok ? ok(new Profiles(parsed.value)) : { ok: false, error: `${file}: ${parsed.error}` }
}

function textOf({ session, flagged, deviations }: Replayed): string {
  const head = `${session}  ${flagged ? 'FLAGGED' : deviations.length > 0 ? 'noticed' : 'as usual'}`
  return [head, ...deviations.map(({ kind, call, score, why }) => `  call ${call + 1}  +${score}  ${kind}: ${why}`)].join('\n')
}
