import * as z from 'zod'

/** What the hook runs: the program that is Node, the hook client, and the broker's endpoint. */
export interface HookProgram {
  /** Node itself; or Electron, which is told by the environment to be Node. */
  node: string
  nodeIsElectron: boolean
  client: string
  endpoint: string
}

/** A command hook in the exec form: `command` is run with `args`, without a shell. */
export interface HookEntry {
  type: 'command'
  command: string
  args: string[]
  /** Seconds. */
  timeout: number
  onFailure: 'block'
  statusMessage: string
}

/** One element of `hooks.PreToolUse` in Claude Code's settings; with whatever else a user has put there. */
export type HookGroup = Record<string, unknown>

/** Seconds that Claude Code waits for the hook: its own default, so as long as a person may take to answer. */
const TIMEOUT_S = 600
/** The hook client gives up before Claude Code does, so that the denial has a reason. */
const WAIT_MS = (TIMEOUT_S - 5) * 1000
const STATUS = 'Paddock is deciding'

/**
 * Passes on what the client prints, if that is an object and it ended well. Everything else, a missing file, a crash and
 * an empty one included, becomes exit code 2 with a sentence on standard error: the one thing that blocks in every
 * version of Claude Code. (No output, or text, at exit code 0 counts as no decision even with `onFailure`.)
 */
const GUARD = `out=$("$0" "$@"); case $?$out in
'0{'*'}') printf %s "$out"; exit;;
2) ;;
*) echo 'Paddock did not answer, so this call is refused.' >&2;;
esac; exit 2`

/** Paddock's element of `hooks.PreToolUse`: the entry, for every tool. */
export function hookGroup(program: HookProgram): HookGroup {
  return { matcher: '*', hooks: [hookEntry(program)] }
}

/**
 * The hook itself; blocks when it fails. The environment is emptied first (`env -i`), because the `env` settings of a
 * repository reach hooks, and `NODE_OPTIONS` among them would be code inside the hook.
 */
export function hookEntry(program: HookProgram): HookEntry {
  const { node, nodeIsElectron, client, endpoint } = program
  const run = [client, 'claude-code', endpoint, String(WAIT_MS)]
  const electron = nodeIsElectron ? ['ELECTRON_RUN_AS_NODE=1'] : []
  const [command, args] =
    process.platform === 'win32'
      ? [node, run]
      : ['/usr/bin/env', ['-i', ...electron, '/bin/sh', '-c', GUARD, node, ...run]]
  return { type: 'command', command, args, timeout: TIMEOUT_S, onFailure: 'block', statusMessage: STATUS }
}

const Ours = z.looseObject({
  hooks: z.array(z.looseObject({ statusMessage: z.unknown().optional(), args: z.unknown().optional() })),
})

/** Whether a group is Paddock's, even if it was changed or is from another installation. */
export function isPaddocks(group: unknown): group is HookGroup {
  const parsed = Ours.safeParse(group)
  if (!parsed.success) return false
  return parsed.data.hooks.some(({ statusMessage, args }) => statusMessage === STATUS || runsClient(args))
}

function runsClient(args: unknown): boolean {
  if (!Array.isArray(args)) return false
  const at = args.indexOf('claude-code')
  return at > 0 && /[\\/]hook\.cjs$/.test(String(args[at - 1]))
}
