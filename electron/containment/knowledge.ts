import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'
import * as z from 'zod'
import type { FenceKnowledge } from '../contract/containment.ts'
import { err, ok, type Result } from '../contract/result.ts'
import { literalWord } from '../policy/command-index.ts'
import { escapeGlob } from '../policy/variables.ts'
import { ofTheSame } from './of-the-same.ts'

const patterns = z.array(z.string())
const files = z.strictObject({ read: patterns, write: patterns, delete: patterns })

/** `policies/knowledge/containment.yaml`; the comments there say what each part means. */
const ContainmentKnowledge = z.strictObject({
  files,
  listen: patterns,
  plain: patterns,
  quiet: z.strictObject({ read: patterns, write: patterns, network: patterns }),
  transparent: patterns,
  carriers: z.array(z.strictObject({ programs: patterns, values: patterns })),
  tended: z.array(z.strictObject({ programs: patterns, commands: patterns, without: patterns, variables: z.strictObject({ steering: patterns, harmless: patterns }), write: patterns, delete: patterns })),
  agents: z.record(z.string(), z.strictObject({ programs: patterns, state: patterns, commands: patterns, own: z.strictObject({ read: patterns, write: patterns }), hosts: patterns })),
})
export type ContainmentKnowledge = z.infer<typeof ContainmentKnowledge>

/** Reads the knowledge. The error names the part that is wrong. */
export function parseContainmentKnowledge(text: string): Result<ContainmentKnowledge, string> {
  let raw: unknown
  try {
    raw = parse(text)
  } catch (error) {
    return err((error as Error).message)
  }
  const read = ContainmentKnowledge.safeParse(raw)
  if (read.success) return ok(read.data)
  const issue = read.error.issues[0]
  return err(`${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'malformed'}`)
}

const parseOnce = ofTheSame(parseContainmentKnowledge)

/** What is shipped, as the file is now. The error says what a person can do. */
export function loadContainmentKnowledge(shipped: string): Result<ContainmentKnowledge, string> {
  const file = join(shipped, 'knowledge/containment.yaml')
  try {
    const knowledge = parseOnce(readFileSync(file, 'utf8'))
    return knowledge.ok ? knowledge : err(`${file}: ${knowledge.error}. Install Paddock again.`)
  } catch (error) {
    return err(`${file} can't be read: ${(error as Error).message}. Install Paddock again.`)
  }
}

/** The agent that a program of this name is; undefined for any other program. */
export function agentOfProgram({ agents }: ContainmentKnowledge, program: string): string | undefined {
  return Object.entries(agents).find(([, { programs }]) => programs.includes(program))?.[0]
}

/** What runs when a hook of the agent asks the broker. */
export interface HookFiles {
  node: string
  client: string
  endpoint: string
}

/**
 * What programs under one agent may have. `installed` are folders that only this run knows: the programs on its PATH and its own. An
 * agent that is connected as well runs its hook from inside the fence.
 */
export function knowledgeFor(knowledge: ContainmentKnowledge, agent: string, installed: readonly string[], hook: HookFiles): FenceKnowledge {
  const { files: all, agents, listen, plain, quiet, transparent, carriers, tended } = knowledge
  const own = Object.hasOwn(agents, agent) ? agents[agent] : undefined
  const state = own?.state ?? []
  return {
    files: { read: [...all.read, ...state, ...installed.map(escapeGlob).flatMap((folder) => [folder, `${folder}/**`]), escapeGlob(hook.node), escapeGlob(hook.client)], write: [...all.write, ...state], delete: [...all.delete, ...state] },
    listen,
    network: own?.hosts ?? [],
    plain: [...plain, ...[...installed, hook.node, hook.client].map(escapeGlob)],
    quiet,
    transparent,
    carriers,
    tended,
    doors: [`unix:${escapeGlob(hook.endpoint)}`],
    commands: [...(own?.commands ?? []), ...hookCommands(hook)],
    own: own?.own ?? { read: [], write: [] },
  }
}

/** The words of the hook's programs, one after the other: an empty environment, a shell that sees to the exit code, the client. */
function hookCommands({ node, client }: HookFiles): string[] {
  const words = `${literalWord(node)} ${literalWord(client)} *`
  return [`env -i {/bin/sh,ELECTRON_RUN_AS_NODE=1 /bin/sh} -c * ${words}`, `{sh,dash,bash,busybox} -c * ${words}`, words]
}
