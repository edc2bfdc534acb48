import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startBroker, type Broker } from '../../electron/broker/broker.ts'
import { foldersOf, journalFile, journalKeyFile, userPolicies, type Folders } from '../../electron/broker/folders.ts'
import { connectorsFor } from '../../electron/connectors/installed.ts'
import { channelPair } from '../../electron/contract/channel.ts'
import { EndpointReply } from '../../electron/contract/endpoint.ts'
import type { EventBody } from '../../electron/contract/event.ts'
import { operatorClient, type OperatorClient } from '../../electron/contract/operator-client.ts'
import type { Role, State } from '../../electron/contract/operator.ts'
import type { PendingRequest } from '../../electron/contract/request.ts'
import { Journal } from '../../electron/journal/journal.ts'
import { readOrCreateKey } from '../../electron/journal/key.ts'
import { exchange } from './exchange.ts'

/** Reads inside the workspace are allowed, `secret` is denied, everything else asks. */
export const POLICY = `
paddock: 1
name: mine
match: { agents: [claude-code] }
default: ask
files:
  read:
    allow: ["\${workspace}/**"]
    deny: [{ pattern: "\${workspace}/secret", why: It is secret., advice: Do without it. }]
`

/** A user's home with a policy and a workspace, in a temporary folder of its own. */
export interface Home {
  root: string
  folders: Folders
  workspace: string
  policy(text: string): void
  remove(): void
}

export function makeHome(policy = POLICY): Home {
  const home = homeAt(realpathSync(mkdtempSync(join(tmpdir(), 'paddock-'))))
  for (const folder of [home.workspace, home.folders.home, userPolicies(home.folders)]) mkdirSync(folder, { recursive: true })
  home.policy(policy)
  // What else runs on this machine is no part of a test.
  writeFileSync(join(home.folders.config, 'agents.yaml'), 'paddock: 1\nwatch: false\n')
  return home
}

/** A home that `makeHome` made, for another process. */
export function homeAt(root: string): Home {
  const folders = foldersOf({ HOME: join(root, 'home'), PADDOCK_HOME: join(root, 'paddock') })
  return {
    root,
    folders,
    workspace: join(root, 'work'),
    policy: (text) => writeFileSync(join(userPolicies(folders), 'mine.yaml'), text),
    remove: () => rmSync(root, { recursive: true, force: true }),
  }
}

export async function start({ folders }: Home): Promise<Broker> {
  const started = await startBroker({ folders, version: '0.0.0', connectors: connectorsFor(folders, {}) })
  if (!started.ok) throw new Error(started.error)
  return started.value
}

export async function say(address: string, request: unknown): Promise<EndpointReply> {
  return EndpointReply.parse(JSON.parse(await exchange(address, `${JSON.stringify(request)}\n`)))
}

export interface HookCall {
  tool: string
  input: Record<string, unknown>
  session?: string
  waits?: number
}

export function hookLine({ workspace }: Home, { tool, input, session = 'session-1', waits = 60_000 }: HookCall): string {
  const message = { hook_event_name: 'PreToolUse', session_id: session, cwd: workspace, tool_name: tool, tool_input: input }
  return `${JSON.stringify({ type: 'hook', agent: 'claude-code', payload: JSON.stringify(message), waits })}\n`
}

/** What Claude Code would be told about a call. */
export async function judged(home: Home, call: HookCall): Promise<{ verdict: string; message: string }> {
  const reply = EndpointReply.parse(JSON.parse(await exchange(home.folders.endpoint, hookLine(home, call))))
  if (reply.type !== 'hook') return { verdict: 'error', message: reply.type === 'error' ? reply.message : reply.type }
  const { hookSpecificOutput: output } = JSON.parse(reply.stdout) as {
    hookSpecificOutput: { permissionDecision: string; permissionDecisionReason?: string }
  }
  return { verdict: output.permissionDecision, message: output.permissionDecisionReason ?? '' }
}

export const read = (path: string, more: Partial<HookCall> = {}): HookCall => ({ tool: 'Read', input: { file_path: path }, ...more })
export const write = (path: string, more: Partial<HookCall> = {}): HookCall => ({
  tool: 'Write',
  input: { file_path: path, content: 'x' },
  ...more,
})

/** A window of the operator. */
export function openWindow(broker: Broker, ...roles: Role[]): OperatorClient & { close(): void } {
  const [window, served] = channelPair()
  broker.attach(served, roles)
  return { ...operatorClient(window), close: () => window.close() }
}

/** Resolves with the state once it is as wanted. */
export function until(window: OperatorClient, wanted: (state: State) => boolean): Promise<State> {
  return new Promise((resolve, reject) => {
    const look = (state: State): void => {
      if (!wanted(state)) return
      stop()
      resolve(state)
    }
    const stop = window.on('state', look)
    window.call('state', {}).then(look, reject)
  })
}

/** Resolves with the requests once there are this many. */
export async function waiting(window: OperatorClient, count = 1): Promise<PendingRequest[]> {
  return (await until(window, ({ requests }) => requests.length === count)).requests
}

/** Everything in the journal, oldest first, read as another process would. */
export function recorded({ folders }: Home): { events: EventBody[]; problem: string | undefined } {
  const key = readOrCreateKey(journalKeyFile(folders))
  const journal = key.ok ? Journal.openReadOnly(journalFile(folders), key.value) : key
  if (!journal.ok) throw new Error(journal.error)
  const events = [...journal.value.after(0)].map(({ body }) => body)
  const { problem } = journal.value.verify()
  journal.value.close()
  return { events, problem }
}
