import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import type { SandboxAskCallback } from '@anthropic-ai/sandbox-runtime'
import { err, ok, type Result } from '../../contract/result.ts'
import { askOver } from '../ask.ts'
import type { ContainedRun, Containment, Wall } from '../containment.ts'
import { exitCodeOf } from '../exit-code.ts'
import { readDarwinProcess } from './processes.ts'
import { settingsFor } from './settings.ts'
import { processesBelow } from './tree.ts'

const SEATBELT = '/usr/bin/sandbox-exec'

/**
 * Containment by Seatbelt, through sandbox-runtime. Its proxy asks about each connection; files are settled when the agent starts.
 * Written by the library's types and its source; it has not run on a Mac yet.
 */
export const macosContainment: Containment = {
  walls,
  folders: () => [],
  prepare: () => ({ run, abandon: () => {} }),
}

async function walls(): Promise<Wall[]> {
  const stands = existsSync(SEATBELT)
  const how = (what: string): string => (stands ? what : `nothing: this system has no ${SEATBELT}`)
  return [
    { name: 'files', how: how('Seatbelt; what no rule allows is refused without a question, and changes of policy need a new start'), stands },
    { name: 'programs', how: 'nothing: Seatbelt lets every program start, each held to the same files and hosts', stands: false },
    { name: 'network', how: how('Seatbelt and the proxy of sandbox-runtime'), stands },
    { name: 'signals', how: how('Seatbelt'), stands },
  ]
}

async function run(contained: ContainedRun): Promise<Result<number, string>> {
  const { opened, link, cwd } = contained
  const settings = settingsFor(opened.terms)
  if (!settings.ok) return settings
  const { SandboxManager } = await import('@anthropic-ai/sandbox-runtime')
  const missing = SandboxManager.checkDependencies().errors
  if (missing.length > 0) return err(`sandbox-runtime can't work here: ${missing.join('; ')}.`)
  await SandboxManager.initialize(settings.value, networkAsk(contained))
  try {
    const held = await SandboxManager.wrapWithSandbox(`exec ${commandOf(contained)}`, 'sh')
    // Each program becomes the next, so that the process that is started is the agent's in the end.
    const child = spawn('/bin/sh', ['-c', `exec ${held}`], { cwd, env: environmentOf(contained), stdio: 'inherit' })
    const exit = exitCodeOf(child)
    if (child.pid === undefined) return err('/bin/sh could not be started.')
    const { pid } = child
    const end = (): void => endTree(pid)
    link.onMessage((message) => {
      if (message.type === 'end') end()
    })
    link.onClose(end)
    link.send({ type: 'started', pid, startedAt: readDarwinProcess(pid)?.startedAt ?? 0 })
    return ok(await exit)
  } finally {
    SandboxManager.cleanupAfterCommand()
    await SandboxManager.reset()
  }
}

/** Connections are the broker's to decide: what a rule allows is answered at once, and everything is on record. */
function networkAsk({ link, program, argv, cwd }: ContainedRun): SandboxAskCallback {
  const ask = askOver(link)
  // The proxy does not know which program of the agent's connects.
  const process = { pid: 0, program, argv: [...argv], cwd }
  return async ({ host, port }) => {
    const effect = { kind: 'connect' as const, host, ...(port !== undefined && { port }) }
    return (await ask({ process, effects: [effect] })) === 'allow'
  }
}

/** sandbox-runtime sets a temporary folder of its own, which policy does not know. */
function commandOf({ program, argv, environment }: ContainedRun): string {
  const temporary = environment['TMPDIR'] === undefined ? [] : ['env', `TMPDIR=${environment['TMPDIR']}`]
  return [...temporary, program, ...argv.slice(1)].map(quoted).join(' ')
}

/** Without the broker's own proxy: Seatbelt lets the agent reach that of sandbox-runtime only. */
function environmentOf({ environment, opened }: ContainedRun): Record<string, string> {
  const added = Object.entries(opened.environment).filter(([name]) => !/_proxy$/i.test(name))
  return { ...environment, ...Object.fromEntries(added), PADDOCK_RUN: opened.session }
}

function quoted(word: string): string {
  return `'${word.replaceAll("'", String.raw`'\''`)}'`
}

function endTree(pid: number): void {
  for (const each of [pid, ...processesBelow(pid)]) {
    try {
      process.kill(each, 'SIGKILL')
    } catch {
      // It ended by itself.
    }
  }
}
