import { writeFileSync } from 'node:fs'
import { emptyProfile, learn, SESSIONS_TO_LEARN, type Profile } from '../monitor/profile.ts'
import { profilesText } from '../monitor/profile-file.ts'
import { lessonOf } from '../monitor/replay.ts'
import { parseTrace } from '../monitor/trace.ts'
import { badInput } from './policy-machine.ts'
import { shippedReplay, traceLines } from './traces.ts'

/**
 * `paddock profile learn`: makes profiles, one for each agent, from recorded sessions. A session that raises an alarm by itself teaches
 * nothing. Lines that can't be read are named and left out. Exit code 0, 2 for what can't be read or written.
 */
export async function profileLearn({ traces, out }: { traces: string; out: string }): Promise<number> {
  const knowledge = shippedReplay()
  if (!knowledge.ok) return badInput(knowledge.error)
  const profiles = new Map<string, Profile>()
  const left = { unreadable: 0, alarming: 0 }
  try {
    for await (const line of traceLines(traces)) {
      const trace = parseTrace(line)
      if (!trace.ok) {
        left.unreadable += 1
        console.error(`left out: ${trace.error.error}`)
        continue
      }
      const { agent } = trace.value
      const lesson = lessonOf(trace.value, knowledge.value)
      if (lesson) profiles.set(agent, learn(profiles.get(agent) ?? emptyProfile(agent), lesson))
      else left.alarming += 1
    }
  } catch (error) {
    return badInput([`${traces} can't be read: ${(error as Error).message}`])
  }
  try {
    writeFileSync(out, profilesText([...profiles.values()]))
  } catch (error) {
    return badInput([`${out} can't be written: ${(error as Error).message}`])
  }
  for (const { agent, sessions } of profiles.values())
    console.log(`${agent}: learned ${sessions} ${sessions === 1 ? 'session' : 'sessions'}${sessions < SESSIONS_TO_LEARN ? `, still learning until ${SESSIONS_TO_LEARN}` : ''}`)
  if (left.alarming > 0) console.log(`${left.alarming} left out because they raise an alarm`)
  if (left.unreadable > 0) console.log(`${left.unreadable} left out because they can't be read`)
  return 0
}
