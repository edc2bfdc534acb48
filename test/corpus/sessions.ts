import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import * as z from 'zod'
import type { Verdict } from '../../electron/contract/decision.ts'
import { judgeFor, type Outcome } from './judge.ts'

const Session = z.object({
  agent: z.string(),
  label: z.string(),
  calls: z.array(z.object({ tool: z.string(), args: z.record(z.string(), z.unknown()) })),
})
type Session = z.infer<typeof Session>

/** Where recorded sessions of coding agents are, if anywhere: `PADDOCK_TRACES`, or beside the repository. */
export function tracesFile(): string | undefined {
  const folder = process.env['PADDOCK_TRACES'] ?? join(import.meta.dirname, '../../../shared/data/traces')
  const file = join(folder, 'coding.jsonl.gz')
  return existsSync(file) ? file : undefined
}

export interface RecordedCommand extends Outcome {
  agent: string
  /** The text names no path outside the workspace and the temporary folder, no host, and nothing that leaves the machine. */
  inside: boolean
}

/** Every shell command of the benign sessions, judged in the workspace that its session was recorded in. */
export function judgeSessions(file: string): RecordedCommand[] {
  const judges = new Map<string, ReturnType<typeof judgeFor>>()
  const recorded: RecordedCommand[] = []
  for (const line of gunzipSync(readFileSync(file)).toString('utf8').split('\n')) {
    if (line === '') continue
    const session = Session.parse(JSON.parse(line))
    if (session.label !== 'benign') continue
    const commands = session.calls.flatMap(({ tool, args }) => (tool === 'shell' && typeof args['command'] === 'string' ? [args['command']] : []))
    const workspace = workspaceOf(session, commands)
    const home = /^\/(?:home|Users)\/[^/]+/.exec(workspace)?.[0] ?? '/home/user'
    const key = `${home}\0${workspace}`
    const judge = judges.get(key) ?? judgeFor(home, workspace)
    judges.set(key, judge)
    for (const command of commands) recorded.push({ ...judge(command), agent: session.agent, inside: staysInside(command, workspace) })
  }
  return recorded
}

/** The folder that most of the commands' `cd`s and absolute paths share; `/testbed` for the SWE-bench containers. */
function workspaceOf({ agent }: Session, commands: readonly string[]): string {
  if (agent === 'mini-swe-agent') return '/testbed'
  const counts = new Map<string, number>()
  for (const command of commands)
    for (const [path] of command.matchAll(/(?<![\w.~-])\/(?:home|Users)\/[\w.-]+(?:\/[\w.-]+){1,2}|(?<=cd )\/[\w.-]+/g)) {
      const folder = path.split('/').slice(0, path.startsWith('/Users/') || path.startsWith('/home/') ? 5 : 2).join('/')
      counts.set(folder, (counts.get(folder) ?? 0) + 1)
    }
  return [...counts].toSorted((a, b) => b[1] - a[1])[0]?.[0] ?? '/testbed'
}

const LEAVES = /\bsudo\b|\bgit\s+(?:push|clone)\b|\b(?:ssh|scp|gh|brew|apt|apt-get|docker)\s|https?:\/\/(?!localhost|127\.0\.0\.1)|(?<![\w.])~|\$HOME\b|(?<![\w.*])\.\.\/\.\./

/** A guess by the text alone, so that it does not depend on what is measured. */
function staysInside(command: string, workspace: string): boolean {
  const text = withoutDocuments(command)
  if (LEAVES.test(text)) return false
  return [...text.matchAll(/(?<=^|[\s=<>"'(:])\/(?:[a-zA-Z][\w.-]*)(?:\/[\w.@-]+)*/g)].every(
    ([path]) => path === workspace || path.startsWith(`${workspace}/`) || /^\/(?:tmp|dev\/null)(?:\/|$)/.test(path) || !/^\/(?:usr|etc|opt|var|home|root|Users|bin|lib|proc|sys|mnt|srv)\b/.test(path),
  )
}

/** The command without the bodies of its here-documents: those are contents. */
function withoutDocuments(command: string): string {
  return command.replaceAll(/<<-?\s*(['"]?)(\w+)\1([^\n]*)\n[^]*?\n\s*\2(?=\n|$)/g, '$3')
}

/** How often each verdict was given. */
export function shares(outcomes: readonly Outcome[]): Record<Verdict, number> {
  const share = (verdict: Verdict): number => outcomes.filter((one) => one.verdict === verdict).length / (outcomes.length || 1)
  return { allow: share('allow'), ask: share('ask'), deny: share('deny') }
}
