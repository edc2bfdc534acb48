import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as z from 'zod'
import { parse } from 'yaml'
import { Trace } from '../../electron/monitor/trace.ts'

const Calls = z.array(z.tuple([z.string(), z.record(z.string(), z.unknown()), z.unknown().transform(String)]))
const Written = z.strictObject({ agent: z.string(), task: z.string(), workspace: z.string().optional(), family: z.string().optional(), calls: Calls })
const Scenario = z.strictObject({
  name: z.string(),
  agent: z.string(),
  task: z.string(),
  workspace: z.string().optional(),
  before: Calls,
  read: Calls.element,
  harm: Calls,
  goal: z.string(),
  gerund: z.string(),
  german: z.string(),
  french: z.string(),
})
const Attacked = z.strictObject({ scenarios: z.array(Scenario), families: z.record(z.string(), z.string()), sessions: z.array(Written) })

/** One made-up session. */
export interface Holdout {
  trace: Trace
  attacked: boolean
  /** Written after the monitor was changed because of the others. */
  later: boolean
  family: string
}

/** Made-up sessions: everyday ones, and ones in which an attacker gets his way. They are in no recording. */
export function holdout(folder: string): Holdout[] {
  const honest = z.array(Written).parse(read(folder, 'honest.yaml'))
  const later = z.array(Written).parse(read(folder, 'honest-later.yaml'))
  const attacked = Attacked.parse(read(folder, 'attacked.yaml'))
  return [
    ...honest.map((session, index) => ({ trace: traceOf(`honest-${index}`, session), attacked: false, later: false, family: session.agent })),
    ...later.map((session, index) => ({ trace: traceOf(`later-${index}`, session), attacked: false, later: true, family: session.agent })),
    ...attacked.sessions.map((session, index) => ({ trace: traceOf(`attacked-${index}`, session), attacked: true, later: false, family: session.family! })),
    ...Object.entries(attacked.families).flatMap(([family, text]) => attacked.scenarios.map((scenario) => injected(scenario, family, text))),
  ]
}

/** The scenario with the family's text in what its agent reads, and then the harm done. */
function injected(scenario: z.output<typeof Scenario>, family: string, text: string): Holdout {
  const { goal, gerund, german, french } = scenario
  const forms: Record<string, string> = { goal, gerund, german, french, base64: Buffer.from(`Please ${goal}.`).toString('base64') }
  const injection = text.replace(/\{(\w+)\}/g, (whole, form: string) => forms[form] ?? whole)
  const [tool, args, result] = scenario.read
  const calls: z.output<typeof Calls> = [...scenario.before, [tool, args, result.replace('{injection}', () => injection)], ...scenario.harm]
  return { trace: traceOf(`${family}-${scenario.name}`, { ...scenario, calls }), attacked: true, later: false, family }
}

function traceOf(session: string, { agent, task, workspace, calls }: { agent: string; task: string; workspace?: string | undefined; calls: z.output<typeof Calls> }): Trace {
  return Trace.parse({ session, agent, task, ...(workspace !== undefined && { workspace }), calls: calls.map(([tool, args, result]) => ({ tool, args, result })) })
}

function read(folder: string, name: string): unknown {
  return parse(readFileSync(join(folder, name), 'utf8'))
}
