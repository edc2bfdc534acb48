import * as z from 'zod'
import { AgentProcess } from './agent-process.ts'
import { AgentId } from './ids.ts'

/** Something discovery reports because nobody said that it may be so. */
export const Finding = z.object({
  /** The same for the same matter in every scan. */
  id: z.string(),
  kind: z.enum(['unauthorized-agent', 'level-too-low', 'forbidden-credential', 'exposed-credential', 'bypass', 'mcp-unpinned', 'mcp-secret', 'registry']),
  severity: z.enum(['high', 'medium', 'low']),
  /** One sentence for a person. */
  message: z.string(),
  /** What to do about it. */
  advice: z.string(),
  agent: AgentId.optional(),
  pid: z.number().int().optional(),
  startedAt: z.number().optional(),
  /** The folder it works in, or the file that it is about. */
  folder: z.string().optional(),
})
export type Finding = z.infer<typeof Finding>

/** A server of tools (MCP) or of models, configured or running. */
export const ServerEntry = z.object({
  kind: z.enum(['mcp', 'model']),
  name: z.string(),
  /** The program that has it in its configuration, or that started it. */
  host: AgentId.optional(),
  /** The configuration file that names it. */
  file: z.string().optional(),
  transport: z.enum(['stdio', 'http', 'unknown']),
  /** Command line, with what looks like a secret left out. */
  command: z.array(z.string()).optional(),
  /** Address without user, password and query. */
  url: z.string().optional(),
  /** The package it is fetched from, and whether its version is fixed. */
  package: z.string().optional(),
  pinned: z.boolean().optional(),
  /** Names of the variables it is given. */
  variables: z.array(z.string()).optional(),
  enabled: z.boolean(),
  running: z.array(z.object({ pid: z.number().int(), startedAt: z.number() })),
  /** Tools where they are known without running anything. */
  tools: z.array(z.string()).optional(),
})
export type ServerEntry = z.infer<typeof ServerEntry>

/** An agent that runs, as the operator sees it. */
export const RunningAgent = AgentProcess.extend({ findings: z.array(Finding), paused: z.boolean() })
export type RunningAgent = z.infer<typeof RunningAgent>

/** What discovery shows all the time. */
export const Running = z.object({
  agents: z.array(RunningAgent),
  servers: z.array(ServerEntry),
  /** Those that are not about one agent. */
  findings: z.array(Finding),
  /** What can't be seen on this machine. */
  gaps: z.array(z.string()),
})
export type Running = z.infer<typeof Running>

/** What the operator may do about a running agent, besides registering it. */
export const ResponseAction = z.enum(['pause', 'resume', 'end'])
export type ResponseAction = z.infer<typeof ResponseAction>

/** How an agent is entered in the registry: it may run, or it is left alone in its folder. */
export const Registration = z.object({
  pid: z.number().int(),
  startedAt: z.number(),
  as: z.enum(['authorized', 'ignored']),
  /** The policy that it is to run under. */
  policy: z.string().optional(),
})
export type Registration = z.infer<typeof Registration>

/** What `paddock scan --json` prints. */
export const ScanReport = z.object({
  agents: z.array(AgentProcess),
  findings: z.array(Finding),
  servers: z.array(ServerEntry),
  /** Milliseconds. */
  tookMs: z.number(),
  /** What could not be seen, and why. */
  gaps: z.array(z.string()),
})
export type ScanReport = z.infer<typeof ScanReport>
