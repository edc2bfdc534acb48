import * as z from 'zod'
import { AgentId } from './ids.ts'

/** One reason to take a process for an agent. Of each family the strongest item counts. */
export const Evidence = z.object({
  /** `identity` what it is, `state` files and ports of one agent, `code` what its script does, `network` whom it talks to, … */
  family: z.enum(['identity', 'name', 'state', 'client', 'agency', 'origin', 'relation', 'network', 'environment', 'pattern']),
  /** One clause that completes "because": `its package is @openai/codex`. */
  what: z.string(),
  /** How much it says, from 0 to 1. */
  weight: z.number(),
})
export type Evidence = z.infer<typeof Evidence>

/** A socket of a process. Addresses are canonical; of Unix sockets they are paths, or `@name`, and empty for an end without one. */
export const ProcessConnection = z.object({
  protocol: z.enum(['tcp', 'udp', 'unix']),
  state: z.enum(['established', 'connecting', 'listening', 'closing', 'open']),
  local: z.string(),
  remote: z.string().optional(),
  /** The process at the other end of a Unix socket. */
  peer: z.object({ pid: z.number().int(), program: z.string() }).optional(),
  /** Every name the address answers to, as far as known; with several none of them is certain. */
  hosts: z.array(z.string()).optional(),
  /** Set when the other end is a model service, or stands for one. */
  model: z.string().optional(),
})
export type ProcessConnection = z.infer<typeof ProcessConnection>

/** A credential that a process can reach: kind and name, never its value. */
export const Credential = z.object({
  kind: z.string(),
  /** The variable, file, profile or server it is in. */
  name: z.string(),
  where: z.enum(['environment', 'file', 'profile', 'socket', 'mcp-config']),
  /** It is for production, going by its name. */
  production: z.literal(true).optional(),
})
export type Credential = z.infer<typeof Credential>

/** How firmly an agent is held. DESIGN, section 6. */
export const Level = z.enum(['observed', 'hooked', 'mediated', 'contained'])
export type Level = z.infer<typeof Level>

/** Levels from the loosest to the firmest. */
export const LEVELS: readonly Level[] = Level.options

/** A running agent, named by process number and start time. */
export const AgentProcess = z.object({
  pid: z.number().int(),
  /** Milliseconds since the epoch. */
  startedAt: z.number(),
  /** The agent in the catalogue, the framework it is built with, or `custom`. */
  agent: AgentId,
  /** For people: the agent's name, or that of the script. */
  name: z.string(),
  /** From 0 to 1: 1 minus the product of what each family of evidence leaves open. */
  confidence: z.number(),
  evidence: z.array(Evidence),
  authorized: z.boolean(),
  /** `file:line` of the entry in the registry that authorises it. */
  authorizedBy: z.string().optional(),
  /** The level in force, not the one that was asked for. */
  level: Level,
  connections: z.array(ProcessConnection),
  credentials: z.array(Credential),
  /** The executable, as far as it can be read. */
  program: z.string(),
  script: z.string().optional(),
  /** The first words of its command line, with what looks like a secret left out. */
  command: z.array(z.string()),
  folder: z.string().optional(),
  user: z.string(),
  /** What started it. */
  startedBy: z.object({ pid: z.number().int(), program: z.string() }).optional(),
  /** The agent that it descends from, where there is one. */
  startedByAgent: z.object({ pid: z.number().int(), agent: AgentId }).optional(),
  /** Its own processes and everything below them, itself first. */
  processes: z.array(z.number().int()),
  /** Options that switch its own questions off. */
  bypass: z.array(z.string()),
  /** It runs in a container or another mount namespace. */
  container: z.literal(true).optional(),
})
export type AgentProcess = z.infer<typeof AgentProcess>
