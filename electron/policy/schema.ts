import * as z from 'zod'
import { AgentId } from '../contract/ids.ts'
import type { LimitName } from './limits.ts'

/** A pattern, alone or with what people and agents are told when it matches. */
const Pattern = z
  .union([
    z.string().min(1, 'an empty pattern matches nothing'),
    z.strictObject({
      pattern: z.string().min(1, 'an empty pattern matches nothing'),
      why: z.string().optional().describe('Shown to the person who is asked.'),
      advice: z.string().optional().describe('Told to the agent when the call does not run.'),
      tags: z.array(z.string()).optional().describe('OWASP ASI, MITRE ATLAS or own ids.'),
    }),
  ])
  .describe('A pattern, or an object with pattern, why, advice and tags.')

const Rules = z.strictObject({
  allow: z.array(Pattern).optional(),
  ask: z.array(Pattern).optional(),
  deny: z.array(Pattern).optional(),
})

const UNITS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 } as const

/** `30s`, `2m`, `1h` as milliseconds. */
export const Duration = z
  .string()
  .regex(/^[1-9]\d{0,5}(ms|s|m|h)$/, 'a duration is a number with ms, s, m or h, such as 2m')
  .transform((text) => {
    const [, count, unit] = /^(\d+)(ms|s|m|h)$/.exec(text)!
    return Number(count) * UNITS[unit as keyof typeof UNITS]
  })

const WINDOWS = { s: 1000, min: 60_000, h: 3_600_000, day: 86_400_000 } as const

/** `120/min` as a count and a window in milliseconds. */
export const Rate = z
  .string()
  .regex(/^[1-9]\d{0,5}\/(s|min|h|day)$/, 'a rate is a number with /s, /min, /h or /day, such as 120/min')
  .transform((text) => {
    const [count, unit] = text.split('/') as [string, keyof typeof WINDOWS]
    return { text, count: Number(count), windowMs: WINDOWS[unit] }
  })

const Limits = z.strictObject({
  calls: Rate.optional(),
  commands: Rate.optional(),
  reads: Rate.optional(),
  writes: Rate.optional(),
  deletes: Rate.optional(),
  connections: Rate.optional(),
  tools: Rate.optional(),
} satisfies Record<LimitName, z.ZodType>)

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
    network: Rules.optional().describe('Hosts that may be connected to.'),
    listen: Rules.optional().describe('Addresses that may be listened on.'),
    tools: Rules.optional().describe('MCP tools as server/tool, the agent’s own tools by name.'),
    limits: Limits.optional().describe('How many calls of one session run without asking.'),
    approval: z
      .strictObject({
        timeout: Duration.optional().describe('How long a request waits for a person.'),
        onTimeout: z.literal('deny', 'silence can only deny').optional(),
        remember: z.array(z.enum(['once', 'session', 'rule'])).min(1).optional(),
      })
      .optional(),
  })
  .meta({ title: 'Paddock policy', description: 'What an agent may do. Deny beats ask beats allow.' })

export type PolicyDocument = z.output<typeof PolicySchema>
export type PatternEntry = z.output<typeof Pattern>
export type RuleLists = z.output<typeof Rules>

/** The JSON Schema that editors complete and check policy files with. */
export function policyJsonSchema(): object {
  return z.toJSONSchema(PolicySchema, { io: 'input' })
}
