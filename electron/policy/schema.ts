import * as z from 'zod'
import { Call } from '../contract/call.ts'
import { Verdict } from '../contract/decision.ts'
import { DetectorName } from '../contract/deviation.ts'
import { AgentId } from '../contract/ids.ts'
import { Remember } from '../contract/request.ts'
import { canonicalHost } from '../effects/host.ts'
import type { LimitName } from './limits.ts'

const PatternText = z.string().min(1, 'an empty pattern matches nothing')
const details = {
  pattern: PatternText,
  why: z.string().optional().describe('Shown to the person who is asked.'),
  advice: z.string().optional().describe('Told to the agent when the call does not run.'),
  tags: z.array(z.string()).optional().describe('OWASP ASI, MITRE ATLAS or own ids.'),
}

/** A pattern, alone or with what people and agents are told when it matches. */
const Pattern = z.union([PatternText, z.strictObject(details)]).describe('A pattern, or an object with pattern, why, advice and tags.')

const HostPattern = z.union([
  PatternText,
  z.strictObject({
    ...details,
    methods: z.array(z.string().regex(/^[A-Z]+$/, 'a method is written in upper case, such as GET')).min(1).optional().describe('HTTP methods it is for.'),
    paths: z.array(z.string().startsWith('/', 'a path begins with /')).min(1).optional().describe('HTTP paths it is for, as globs.'),
  }),
])

/** What an argument of a tool has to be. */
const ArgumentCondition = z.union([
  z.strictObject({ path: z.string().describe('A glob for the file it names.') }),
  z.strictObject({ host: z.string().describe('A host pattern for the host or URL it names.') }),
  z.strictObject({ equals: z.union([z.string(), z.number(), z.boolean()]) }),
  z.strictObject({ like: z.string().describe('A glob for its text.') }),
  z.strictObject({ min: z.number().optional(), max: z.number().optional() }),
])
export type ArgumentCondition = z.output<typeof ArgumentCondition>

const ToolPattern = z.union([
  PatternText,
  z.strictObject({
    ...details,
    when: z
      .record(z.string().regex(/^(\/([^~/]|~[01])*)+$/, 'an argument is named by a JSON pointer, such as /path'), ArgumentCondition)
      .optional()
      .describe('Conditions on arguments, by JSON pointer. All must hold.'),
    definition: z
      .string()
      .regex(/^[0-9a-f]{64}$/, 'a SHA-256 has 64 hexadecimal digits')
      .optional()
      .describe('SHA-256 of the definition of the tool: another definition does not match.'),
  }),
])

const rulesOf = <P extends z.ZodType>(pattern: P) =>
  z.strictObject({ allow: z.array(pattern).optional(), ask: z.array(pattern).optional(), deny: z.array(pattern).optional() })

const Rules = rulesOf(Pattern)
const NetworkRules = rulesOf(HostPattern)
const ToolRules = rulesOf(ToolPattern)

const UNITS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 } as const

/** `30s`, `2m`, `1h` as milliseconds. */
export const Duration = z
  .string()
  .regex(/^[1-9]\d{0,5}(ms|s|m|h)$/, 'a duration is a number with ms, s, m or h, such as 2m')
  .transform((text) => {
    const [, count, unit] = /^(\d+)(ms|s|m|h)$/.exec(text)!
    return Number(count) * UNITS[unit as keyof typeof UNITS]
  })

const Remembered = z.string().regex(/^(?:once|session|rule|[1-9]\d{0,5}[smh])$/, 'an Allow is remembered once, session, rule, or for a time such as 1h').pipe(Remember)

const WINDOWS = { s: 1000, min: 60_000, h: 3_600_000, day: 86_400_000 } as const

/** `120/min` as a count and a window in milliseconds. */
export const Rate = z
  .string()
  .regex(/^[1-9]\d{0,5}\/(s|min|h|day)$/, 'a rate is a number with /s, /min, /h or /day, such as 120/min')
  .transform((text) => {
    const [count, unit] = text.split('/') as [string, keyof typeof WINDOWS]
    return { text, count: Number(count), windowMs: WINDOWS[unit] }
  })

const DAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const
const HOURS = /^(?:(mon|tue|wed|thu|fri|sat|sun)(?:-(mon|tue|wed|thu|fri|sat|sun))? )?([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-4]):([0-5]\d)$/

/** `mon-fri 08:00-18:00`, in local time; days may be left out. */
export const Hours = z
  .string()
  .regex(HOURS, 'hours are written as 08:00-18:00, or mon-fri 08:00-18:00')
  .transform((text) => {
    const [, first, last, ...clock] = HOURS.exec(text)!
    const from = first ? DAYS.indexOf(first as (typeof DAYS)[number]) : 0
    const to = last ? DAYS.indexOf(last as (typeof DAYS)[number]) : first ? from : 6
    const days = DAYS.map((_, day) => (from <= to ? day >= from && day <= to : day >= from || day <= to))
    const [fromHour, fromMinute, toHour, toMinute] = clock.map(Number) as [number, number, number, number]
    return { text, days, fromMinute: fromHour * 60 + fromMinute, toMinute: toHour * 60 + toMinute }
  })

const Limited = z.union([Rate, z.strictObject({ rate: Rate, per: z.enum(['session', 'agent']).optional(), tool: z.string().optional() })])
const OneOrMore = z.union([Limited, z.array(Limited).min(1)])

const Limits = z.strictObject({
  calls: OneOrMore.optional(),
  commands: OneOrMore.optional(),
  reads: OneOrMore.optional(),
  writes: OneOrMore.optional(),
  deletes: OneOrMore.optional(),
  connections: OneOrMore.optional(),
  tools: OneOrMore.optional(),
  hours: Hours.optional().describe('When calls run without asking, in local time.'),
} satisfies Record<LimitName | 'hours', z.ZodType>)

const Points = z.number().positive('a score is more than 0').max(1000)

/** How the monitor weighs sessions: thresholds for its score, what does not count, and where tainted sessions may send. */
const Monitor = z.strictObject({
  record: Points.optional().describe('From this score on deviations are recorded; 1 when absent.'),
  ask: Points.optional().describe('From this score on calls that act ask; 4 when absent.'),
  pause: Points.optional().describe('From this score on every call asks; 12 when absent.'),
  unannounced: z.enum(['record', 'ask']).optional().describe('What a contained agent gets to start although no call of its hook announced it; record when absent.'),
  off: z.array(DetectorName).optional().describe('Detectors that do not count.'),
  flows: z.array(PatternText).optional().describe('Hosts and addresses, as globs, where a session may send although it has read strangers’ texts and holds secrets.'),
})

/** A host as itself: no pattern, for what goes there goes nowhere else. */
const SingleHost = z.string().refine((host) => !host.includes('*') && canonicalHost(host) !== undefined, 'a secret is for one host, such as api.example.com')

/** Which of the operator's environment variables reach a contained agent, and which go into its requests instead. */
const Environment = z.strictObject({
  pass: z
    .array(z.string().regex(/^[A-Za-z0-9_*]+$/, 'a variable is named by letters, digits and "_"; "*" stands for any of them'))
    .optional()
    .describe('Variables that are passed on. Names that sound like secrets have to be written in full.'),
  inject: z
    .array(
      z.strictObject({
        variable: z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'a variable is named by letters, digits and "_"').describe('The agent has a placeholder in it.'),
        host: SingleHost.describe('The only host whose requests get the value.'),
        headers: z.array(z.string().regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/, 'a header is named as in HTTP, such as authorization')).min(1).describe('Headers in which the placeholder is replaced.'),
        upgrade: z.boolean().optional().describe('Whether plain requests for the host are sent over TLS; true when absent.'),
      }),
    )
    .optional()
    .describe('Secrets that the agent knows only as a placeholder.'),
})

/** Calls in a policy file have no keys that nothing reads. */
const [shell, read, write, remove, fetch, mcp, agent] = Call.options
const StrictCall = z.discriminatedUnion('tool', [
  shell.strict(), read.strict(), write.strict(), remove.strict(), fetch.strict(), mcp.strict(), agent.strict(),
])

/** What the policy is meant to say of a call; `paddock policy check` tells where it does not. */
const Test = z.strictObject({
  call: z.union([z.string().min(1, 'an empty command does nothing'), StrictCall]).describe('A shell command, or a call such as { tool: read, path: src/a.ts }.'),
  expect: Verdict,
  workspace: z.string().regex(/^(\/|~\/|[A-Za-z]:[\\/])/, 'a workspace begins with / or ~/').optional().describe('The folder the session works in; /workspace when absent.'),
  note: z.string().optional().describe('Why it should be so.'),
})

/** A policy file, version 1. Unknown keys are errors: a misspelt `deny` must not be a silent hole. */
export const PolicySchema = z
  .strictObject({
    paddock: z.literal(1, 'the version of the policy language is 1').describe('Version of the policy language.'),
    name: z.string().regex(/^[a-z0-9][a-z0-9-]*$/, 'a name is made of lower-case letters, digits and "-"'),
    description: z.string().optional(),
    extends: z.array(z.string()).optional().describe('Names of policies whose rules come first.'),
    match: z
      .strictObject({
        agents: z.array(AgentId).min(1).optional().describe('Agents it is for; all when absent.'),
        workspaces: z.array(z.string()).min(1).optional().describe('Folders it is for, as globs; all when absent.'),
      })
      .optional(),
    default: z.enum(['allow', 'ask', 'deny']).optional().describe('For what no rule matches; ask when absent.'),
    files: z.strictObject({ read: Rules.optional(), write: Rules.optional(), delete: Rules.optional() }).optional(),
    commands: Rules.optional(),
    network: NetworkRules.optional().describe('Hosts that may be connected to.'),
    listen: Rules.optional().describe('Addresses that may be listened on.'),
    tools: ToolRules.optional().describe('MCP tools as server/tool, the agent’s own tools by name.'),
    limits: Limits.optional().describe('How many calls of one session run without asking.'),
    monitor: Monitor.optional().describe('When a session that departs from the normal is recorded, asked about or paused.'),
    environment: Environment.optional().describe('What a contained agent gets of the environment of "paddock run".'),
    approval: z
      .strictObject({
        timeout: Duration.optional().describe('How long a request waits for a person.'),
        onTimeout: z.literal('deny', 'silence can only deny').optional(),
        remember: z.array(Remembered).min(1).optional().describe('How an Allow may be remembered: once, session, rule, or a time such as 1h.'),
      })
      .optional(),
    tests: z.array(Test).optional().describe('Calls with the verdict that this policy should give them; run by "paddock policy check".'),
  })
  .meta({ title: 'Paddock policy', description: 'What an agent may do. Deny beats ask beats allow.' })

export type PolicyDocument = z.output<typeof PolicySchema>
export type PatternEntry = z.output<typeof Pattern> | z.output<typeof HostPattern> | z.output<typeof ToolPattern>
export interface RuleLists {
  allow?: PatternEntry[] | undefined
  ask?: PatternEntry[] | undefined
  deny?: PatternEntry[] | undefined
}

/** The JSON Schema that editors complete and check policy files with. */
export function policyJsonSchema(): object {
  return z.toJSONSchema(PolicySchema, { io: 'input' })
}
